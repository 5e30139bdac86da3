import type { Container } from "../../api/gen/types/coreV1.js";
import type { IntOrString } from "../../api/gen/types/intstr.js";

/**
 * A port by number, by the name that the container gives it, or by a number written as a name.
 * Throws with upstream's words, which people see in events.
 */
export function containerPort(port: IntOrString, container: Container): number {
  let number = port;
  if (typeof number === "string") {
    const named = (container.ports ?? []).find((candidate) => candidate.name === port);
    if (!named && !/^[+-]?\d+$/.test(number)) {
      throw new Error(`strconv.Atoi: parsing ${JSON.stringify(number)}: invalid syntax`);
    }
    number = named?.containerPort ?? Number(number);
  }
  if (number < 1 || number > 65_535) throw new Error(`invalid port number: ${number}`);
  return number;
}
