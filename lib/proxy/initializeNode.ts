import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import {
  ensureSysctl,
  routeLocalnetPath,
  setConntrackSysctls,
} from "./conntrack/conntrackSysctls.js";
import { NodePortAddresses } from "./nodePortAddresses.js";
import type { ProxyConfig } from "./proxyConfig.js";

/**
 * Changes the kernel's settings as the proxy needs them: the part that wants full privileges, and
 * all that `kube-proxy --init-only` does. What is not permitted is logged, and the proxy goes on
 * without.
 */
export async function initializeNode(
  platform: Platform,
  logger: Logger,
  config: ProxyConfig,
): Promise<void> {
  await setConntrackSysctls(platform, logger, config.conntrack);
  const nodePorts = new NodePortAddresses("IPv4", config.nodePortAddresses);
  if (!config.localhostNodePorts || !nodePorts.containsLoopback) return;
  if (!(await ensureSysctl(platform, routeLocalnetPath, 1))) {
    logger.warning("Cannot set route_localnet: node ports will not answer on 127.0.0.1");
  }
}
