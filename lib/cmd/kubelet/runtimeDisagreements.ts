import type { FlagValues } from "../flags/flagValues.js";

interface RuntimeConfig {
  readonly cni?: { readonly binDir?: string; readonly confDir?: string };
  readonly sandboxImage?: string;
}

/**
 * What the kubelet's older flags say of the runtime and the runtime says otherwise, one text each;
 * the runtime's own configuration counts. `info` is CRI's verbose status; a runtime that does not
 * tell its configuration disagrees with nothing.
 */
export function runtimeDisagreements(
  flags: FlagValues,
  info: Readonly<Record<string, string>>,
): string[] {
  let config: RuntimeConfig;
  try {
    config = JSON.parse(info.config ?? "{}") as RuntimeConfig;
  } catch {
    return [];
  }
  const found: string[] = [];
  const compare = (flag: string, value: string, actual: string | undefined): void => {
    if (!flags.isSet(flag) || value === "" || actual === undefined || actual === value) return;
    found.push(`--${flag}=${value}, but the runtime has ${JSON.stringify(actual)}`);
  };
  const folder = (path: string | undefined): string | undefined => path?.replace(/(.)\/+$/, "$1");
  const bin = folder(flags.string("cni-bin-dir")) ?? "";
  const conf = folder(flags.string("cni-conf-dir")) ?? "";
  compare("cni-bin-dir", bin, folder(config.cni?.binDir));
  compare("cni-conf-dir", conf, folder(config.cni?.confDir));
  const image = flags.string("pod-infra-container-image");
  compare("pod-infra-container-image", image, config.sandboxImage);
  const plugin = flags.string("network-plugin");
  if (plugin !== "" && plugin !== "cni") found.push(`--network-plugin=${plugin}, but CRI has cni`);
  return found;
}
