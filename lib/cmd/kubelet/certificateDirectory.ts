import type { FlagValues } from "../flags/flagValues.js";

/** --cert-dir; with a --root-dir of its own a kubelet keeps its certificates below that. */
export function certificateDirectory(flags: FlagValues): string {
  if (flags.isSet("cert-dir")) return flags.string("cert-dir");
  return `${flags.string("root-dir") || "/var/lib/kubelet"}/pki`;
}
