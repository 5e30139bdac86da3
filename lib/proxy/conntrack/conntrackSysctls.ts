import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import type { ConntrackConfig } from "../proxyConfig.js";

const folder = "/proc/sys/net/netfilter";

async function readNumber(platform: Platform, path: string): Promise<number | undefined> {
  const text = await platform.files.readText(path).catch(() => undefined);
  return text === undefined ? undefined : Number(text.trim());
}

/**
 * Sets a kernel setting that is not that already; false where this is not permitted or not there.
 */
export async function ensureSysctl(
  platform: Platform,
  path: string,
  value: number,
): Promise<boolean> {
  const current = await readNumber(platform, path);
  if (current === value) return true;
  if (current === undefined) return false;
  return platform.files.writeFile(path, `${value}\n`).then(
    () => true,
    () => false,
  );
}

export async function isSysctlSet(platform: Platform, path: string): Promise<boolean> {
  return ((await readNumber(platform, path)) ?? 0) !== 0;
}

export const routeLocalnetPath = "/proc/sys/net/ipv4/conf/all/route_localnet";
export const tcpBeLiberalPath = `${folder}/nf_conntrack_tcp_be_liberal`;

/**
 * Sets the connection tracker up. What is not permitted is logged in one line, and goes on without.
 */
export async function setConntrackSysctls(
  platform: Platform,
  logger: Logger,
  config: ConntrackConfig,
): Promise<void> {
  const refused: string[] = [];
  const ensure = async (name: string, value: number): Promise<void> => {
    if (!(await ensureSysctl(platform, `${folder}/${name}`, value))) refused.push(name);
  };
  const wantedMax =
    config.maxPerCore > 0 ? Math.max(config.maxPerCore * platform.host.cpuCount(), config.min) : 0;
  const currentMax = (await readNumber(platform, `${folder}/nf_conntrack_max`)) ?? 0;
  if (wantedMax > currentMax) await ensure("nf_conntrack_max", wantedMax);
  const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);
  const timeouts: readonly [string, number][] = [
    ["nf_conntrack_tcp_timeout_established", config.tcpEstablishedTimeoutMilliseconds],
    ["nf_conntrack_tcp_timeout_close_wait", config.tcpCloseWaitTimeoutMilliseconds],
    ["nf_conntrack_udp_timeout", config.udpTimeoutMilliseconds],
    ["nf_conntrack_udp_timeout_stream", config.udpStreamTimeoutMilliseconds],
  ];
  for (const [name, milliseconds] of timeouts) {
    if (milliseconds > 0) await ensure(name, seconds(milliseconds));
  }
  if (config.tcpBeLiberal) await ensure("nf_conntrack_tcp_be_liberal", 1);
  if (refused.length > 0) {
    logger.warning("Cannot change settings of the connection tracker", { settings: refused });
  }
}
