import { readYaml, yamlJson } from "../../api/readYaml.js";
import { apiErrors } from "../../api/status.js";

/** YAML as JSON. Keys that a map has twice are told to `duplicate`; the last counts. */
export function yamlToJson(
  body: Uint8Array,
  duplicate: (message: string) => void = () => undefined,
): Uint8Array {
  try {
    return Buffer.from(yamlJson(readYaml(body, duplicate).value));
  } catch (error) {
    throw notYaml(error);
  }
}

/** The runtime's words for a recursion that went too deep, which the parser hands on. */
const stackMessage = "Maximum call stack size exceeded";

function notYaml(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const why = message.startsWith(stackMessage) ? "the document nests too deep" : message;
  return apiErrors.badRequest(`error converting YAML to JSON: yaml: ${why}`);
}
