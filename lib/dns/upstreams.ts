import { parseIp } from "../api/ipAddress.js";
import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import type { DnsAddress } from "./dnsAddress.js";

const resolvConf = "/etc/resolv.conf";
const dnsPort = 53;
/** Name servers of the file that are asked, as many as CoreDNS takes. */
const maxUpstreams = 15;

/** The name servers that a file of resolv.conf(5) names, as they stand there, each once. */
export function nameServersOf(text: string): string[] {
  const found = text.split("\n").flatMap((line) => {
    const [word, host] = line
      .replace(/[#;].*/, "")
      .trim()
      .split(/\s+/);
    return word === "nameserver" && host !== undefined ? [host] : [];
  });
  return [...new Set(found)].slice(0, maxUpstreams);
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

/** The machine's resolvers that can be asked; none where it has no file that names any. */
export async function machineUpstreams(
  platform: Pick<Platform, "files">,
  logger: Logger,
): Promise<readonly DnsAddress[]> {
  let text: string;
  try {
    text = await platform.files.readText(resolvConf);
  } catch {
    return [];
  }
  return nameServersOf(text)
    .filter((nameserver) => {
      // The file is the machine's: what is wrong there must not keep the cluster's names away.
      if (parseIp(nameserver) !== undefined) return true;
      const file = resolvConf;
      logger.warning("A name server is left out: it is no address without a zone", {
        ...{ nameserver, file },
      });
      return false;
    })
    .map((host) => ({ host, port: dnsPort }));
}
