import { Quantity } from "../../api/quantity.js";
import type { KubeletOptions } from "../../kubelet/kubeletOptions.js";
import { FlagError } from "../flags/flagValues.js";
import type { KubeletSettings } from "./kubeletSettings.js";

type ReservedFlag = "system-reserved" | "kube-reserved";

const reservable = ["cpu", "memory", "ephemeral-storage", "pid"];

/** One flag's quantities. Throws a FlagError that names what is wrong. */
function quantitiesOf(settings: KubeletSettings, flag: ReservedFlag): Map<string, Quantity> {
  const entries = [...settings.map(flag)].map(([resource, text]): [string, Quantity] => {
    if (!reservable.includes(resource)) {
      const all = reservable.join(", ");
      throw new FlagError(`--${flag}: ${JSON.stringify(resource)} is none of ${all}`);
    }
    let quantity: Quantity;
    try {
      quantity = Quantity.parse(text);
    } catch {
      throw new FlagError(`--${flag}: ${resource}: ${JSON.stringify(text)} is no quantity`);
    }
    if (Number(quantity.milliValue()) < 0) {
      throw new FlagError(`--${flag}: ${resource}: ${text} is negative`);
    }
    return [resource, quantity];
  });
  return new Map(entries);
}

/** What --system-reserved and --kube-reserved keep from pods. */
export function reservedResources(settings: KubeletSettings): KubeletOptions["reserved"] {
  const all = [quantitiesOf(settings, "system-reserved"), quantitiesOf(settings, "kube-reserved")];
  const sum = (resource: string, read: (quantity: Quantity) => bigint | number): number =>
    all.reduce((total, one) => {
      const quantity = one.get(resource);
      return total + (quantity === undefined ? 0 : Number(read(quantity)));
    }, 0);
  return {
    cpuMilli: sum("cpu", (quantity) => quantity.milliValue()),
    memoryBytes: sum("memory", (quantity) => quantity.value()),
    ephemeralStorageBytes: sum("ephemeral-storage", (quantity) => quantity.value()),
  };
}

/** Of these a part is kept that nothing enforces yet. */
export function unenforcedReservations(settings: KubeletSettings): string[] {
  const flags = ["system-reserved", "kube-reserved"] as const;
  return flags.filter((flag) => settings.map(flag).has("pid")).map((flag) => `--${flag}: pid`);
}

/** The lesser of --max-pods and --pods-per-core's part of this machine; 0 of the latter is none. */
export function maxPodsOf(settings: KubeletSettings, cores: number): number {
  const [most, perCore] = [settings.integer("max-pods"), settings.integer("pods-per-core")];
  for (const [flag, value] of [["max-pods", most] as const, ["pods-per-core", perCore] as const]) {
    if (value < 0) throw new FlagError(`--${flag}: ${value} is negative`);
  }
  if (perCore > most) {
    throw new FlagError(`--pods-per-core: ${perCore} is greater than --max-pods ${most}`);
  }
  return perCore === 0 ? most : Math.min(most, perCore * cores);
}
