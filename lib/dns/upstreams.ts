import type { Platform } from "../platform/platform.js";
import type { DnsAddress } from "./dnsAddress.js";

const resolvConf = "/etc/resolv.conf";
const dnsPort = 53;
/** Name servers of the file that are asked, as many as CoreDNS takes. */
const maxUpstreams = 15;

/** The name servers that a file of resolv.conf(5) names, as they stand there. */
export function nameServersOf(text: string): string[] {
  const found = text.split("\n").flatMap((line) => {
    const [word, host] = line
      .replace(/[#;].*/, "")
      .trim()
      .split(/\s+/);
    return word === "nameserver" && host !== undefined ? [host] : [];
  });
  return found.slice(0, maxUpstreams);
}

/** Whether a server that listens there would ask itself. */
export function isOwnAddress(
  platform: Pick<Platform, "host">,
  upstream: DnsAddress,
  listen: readonly DnsAddress[],
): boolean {
  const own = platform.host.addresses().map(({ address }) => address);
  const isLocal = (host: string): boolean =>
    own.includes(host) || host.startsWith("127.") || host === "::1";
  return listen.some(({ host, port }) => {
    if (port !== upstream.port) return false;
    const isEvery = host === "0.0.0.0" || host === "::";
    return host === upstream.host || (isEvery && isLocal(upstream.host));
  });
}

/** The machine's resolvers; none where it has no file that names any. */
export async function machineUpstreams(
  platform: Pick<Platform, "files">,
): Promise<readonly DnsAddress[]> {
  let text: string;
  try {
    text = await platform.files.readText(resolvConf);
  } catch {
    return [];
  }
  return nameServersOf(text)
    .filter((host) => /^[\d.]+$|^[\da-f:.]+$/i.test(host))
    .map((host) => ({ host, port: dnsPort }));
}
