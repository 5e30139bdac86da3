import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";

/** Kernel modules without which ipvs mode cannot work. */
const ipvsModules = ["ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh", "nf_conntrack"];

/** Why a mode is refused; one line for the user. */
export class ProxyModeError extends Error {}

async function readOrEmpty(platform: Platform, path: string): Promise<string> {
  return platform.files.readText(path).catch(() => "");
}

/** The modules of `wanted` that are neither loaded, built in, nor can be loaded. */
async function missingModules(platform: Platform, wanted: readonly string[]): Promise<string[]> {
  const loaded = await readOrEmpty(platform, "/proc/modules");
  const folder = `/lib/modules/${platform.host.kernelVersion()}`;
  const builtIn = await readOrEmpty(platform, `${folder}/modules.builtin`);
  const missing: string[] = [];
  for (const name of wanted) {
    const isLoaded = loaded.split("\n").some((line) => line.split(" ")[0] === name);
    if (isLoaded || builtIn.includes(`/${name}.ko`)) continue;
    // Built into a kernel that has no list of it, or loaded on demand.
    if (await platform.files.exists(`/sys/module/${name}`)) continue;
    const result = await platform.processes.run("modprobe", [name]).catch(() => undefined);
    if (result?.exitCode !== 0) missing.push(name);
  }
  return missing;
}

/**
 * The mode that is really run for the one asked for (`--proxy-mode`). Rejects with ProxyModeError
 * for modes that are retired, unknown or not there yet.
 */
export async function chooseProxyMode(
  platform: Platform,
  logger: Logger,
  mode: string,
): Promise<"iptables"> {
  switch (mode) {
    case "iptables":
      return "iptables";
    case "":
      logger.info("Using iptables proxier because no proxy mode was given");
      return "iptables";
    case "ipvs": {
      const missing = await missingModules(platform, ipvsModules);
      if (missing.length > 0 || !(await platform.files.exists("/proc/net/ip_vs"))) {
        logger.warning("Can't use the ipvs proxier: kernel modules are missing; using iptables", {
          missing: missing.length > 0 ? missing : ["ip_vs"],
        });
      } else {
        logger.warning("The ipvs proxier comes in a later version; using iptables");
      }
      return "iptables";
    }
    case "nftables":
      throw new ProxyModeError("proxy mode nftables is not supported yet; use iptables");
    case "userspace":
      throw new ProxyModeError("proxy mode userspace is retired; use iptables");
    default:
      throw new ProxyModeError(`unknown proxy mode ${JSON.stringify(mode)}`);
  }
}
