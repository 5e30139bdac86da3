import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import { IptablesCommand } from "./iptables/iptablesCommand.js";

/**
 * Removes every rule and chain that a proxy of this node made (`kube-proxy --cleanup`), this one's
 * or upstream's. The kubelet's chain stays. Returns false when something could not be removed,
 * which is logged.
 */
export async function cleanUpProxy(platform: Platform, logger: Logger): Promise<boolean> {
  let complete = true;
  for (const family of ["IPv4", "IPv6"] as const) {
    const iptables = await IptablesCommand.detect(platform, family);
    if (iptables === undefined) continue;
    try {
      const text = (await iptables.save()).removal();
      if (text !== "") await iptables.restoreText(text);
    } catch (error) {
      logger.error("Cannot remove the proxy's rules", { family, err: error });
      complete = false;
    }
  }
  return complete;
}
