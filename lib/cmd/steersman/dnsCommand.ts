import { parseIp } from "../../api/ipAddress.js";
import { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import { addProcessMetrics } from "../../api/metrics/processMetrics.js";
import { nativeCodec } from "../../api/nativeCodec.js";
import { gitVersion } from "../../api/versions.js";
import { loadClientConfig } from "../../client/config/clientConfig.js";
import { connectClient } from "../../client/connectClient.js";
import type { DnsAddress } from "../../dns/dnsAddress.js";
import { dnsMetricsText } from "../../dns/dnsMetrics.js";
import { DnsListenError, type DnsServer, startDnsServer } from "../../dns/dnsServer.js";
import { type DnsEndpoint, isReachable } from "../../dns/dnsService.js";
import { DnsServiceKeeper } from "../../dns/dnsServiceKeeper.js";
import { createLogger, type Logger } from "../../platform/logger.js";
import type { HttpListener, HttpRequest, HttpResponse } from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import { MemoryKeeper } from "./memoryKeeper.js";

export interface DnsFlags {
  readonly kubeconfig?: string;
  readonly listenAddress?: readonly string[];
  readonly clusterDomain: string;
  readonly forward: string;
  readonly ttl: string;
  readonly httpAddress: string;
  readonly serviceIp?: string;
  readonly v: string;
  readonly loggingFormat: string;
}

const dnsPort = 53;

function whole(flag: string, text: string, maximum: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > maximum) {
    throw new Error(`--${flag}: ${JSON.stringify(text)} is not a whole number up to ${maximum}`);
  }
  return value;
}

/** `1.2.3.4`, `1.2.3.4:53`, `::1` or `[::1]:53`. */
export function readDnsAddress(flag: string, text: string, port = dnsPort): DnsAddress {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  const plain = /^([^:]*)(?::(\d+))?$/.exec(text);
  const [, host, ownPort] = bracketed ?? plain ?? [undefined, text, undefined];
  const value = ownPort === undefined ? port : Number(ownPort);
  if (host === undefined || parseIp(host) === undefined || value > 65_535) {
    throw new Error(
      `--${flag}: ${JSON.stringify(text)} is not an IP address with or without a port`,
    );
  }
  return { host, port: value };
}

function formatAddress({ host, port }: DnsAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

interface DnsSettings {
  readonly listen: readonly DnsAddress[];
  readonly http: DnsAddress | undefined;
  readonly domain: string;
  readonly ttlSeconds: number;
  readonly upstreams: "machine" | readonly DnsAddress[];
  /** Of the Service that leads here; without any no Service is kept. */
  readonly serviceIps: readonly string[];
}

/** `auto`, `none`, or addresses with commas between. */
function readForward(text: string): DnsSettings["upstreams"] {
  if (text === "auto") return "machine";
  if (text === "none") return [];
  return text.split(",").map((one) => readDnsAddress("forward", one.trim()));
}

/** Addresses of a Service that somebody can be led here by. */
function readServiceIps(text: string | undefined, listen: readonly DnsAddress[]): string[] {
  if (text === undefined) return [];
  const ips = text.split(",").map((one) => one.trim());
  const wrong = ips.find((one) => parseIp(one) === undefined);
  if (wrong !== undefined) {
    throw new Error(`--service-ip: ${JSON.stringify(wrong)} is not an IP address`);
  }
  if (listen.some(({ host }) => isReachable(host))) return ips;
  throw new Error(
    "--service-ip: needs a --listen-address of this machine to lead to, neither on loopback nor " +
      "every address",
  );
}

function readSettings(flags: DnsFlags, platform: Platform): DnsSettings {
  const listen = (flags.listenAddress ?? []).map((text) => readDnsAddress("listen-address", text));
  const hasIpv6 = platform.host.addresses().some(({ family }) => family === "IPv6");
  const everywhere = ["0.0.0.0", ...(hasIpv6 ? ["::"] : [])];
  const domain = flags.clusterDomain.replace(/\.$/, "").toLowerCase();
  if (!/^(?=.{1,118}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/.test(domain)) {
    throw new Error(`--cluster-domain: ${JSON.stringify(flags.clusterDomain)} is no domain`);
  }
  return {
    listen: listen.length > 0 ? listen : everywhere.map((host) => ({ host, port: dnsPort })),
    http: flags.httpAddress === "" ? undefined : readDnsAddress("http-address", flags.httpAddress),
    domain,
    upstreams: readForward(flags.forward),
    ttlSeconds: whole("ttl", flags.ttl, 3_600),
    serviceIps: readServiceIps(flags.serviceIp, listen),
  };
}

const plainText = { "content-type": "text/plain; charset=utf-8" };
const metricsText = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };

/** `/healthz` and `/livez` (the process lives), `/readyz` (every object is known), `/metrics`. */
async function serveHttp(
  { host, port }: DnsAddress,
  dns: DnsServer,
  domain: string,
  platform: Platform,
): Promise<HttpListener> {
  const registry = new MetricsRegistry();
  addProcessMetrics(registry, platform.host, platform.clock.now());
  const [first] = dns.addresses;
  const server = `dns://${first?.host}:${first?.port}`;
  const onRequest = ({ target }: HttpRequest, response: HttpResponse): void => {
    const path = target.split("?", 1)[0];
    const counts = dns.counts();
    if (path === "/healthz" || path === "/livez") response.send(200, plainText, "ok");
    else if (path === "/readyz" && dns.isSynced) response.send(200, plainText, "ok");
    else if (path === "/readyz") response.send(503, plainText, "not every object is known yet");
    else if (path === "/metrics" && counts) {
      const own = dnsMetricsText(counts, dns.size, { server, domain });
      response.send(200, metricsText, `${own}${registry.expose()}`);
    } else response.send(404, plainText, "404 page not found\n");
  };
  try {
    return await platform.network.listenHttp({ address: host, port, onRequest });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const why = code === "EADDRINUSE" ? "the port is in use" : message;
    throw new Error(`--http-address: ${host}:${port}: ${why}`);
  }
}

/** Where the Service leads: to the addresses that pods of other nodes reach. */
function endpointsOf(dns: DnsServer, http: HttpListener | undefined): DnsEndpoint[] {
  return dns.addresses
    .filter(({ host }) => isReachable(host))
    .map(({ host, port }) => {
      const metrics = http?.address === host ? { metricsPort: http.port } : {};
      return { address: host, port, ...metrics };
    });
}

interface DnsRun {
  readonly flags: DnsFlags;
  readonly settings: DnsSettings;
  readonly platform: Platform;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Starts everything, tells where, and resolves with what stops it. */
async function run(parts: DnsRun): Promise<() => Promise<void>> {
  const { flags, settings, platform, logger, signal } = parts;
  const { kubeconfig } = flags;
  const config = loadClientConfig(platform, kubeconfig === undefined ? {} : { kubeconfig });
  // REST: the libraries of gRPC take more memory than everything else here.
  const client = await connectClient({
    ...{ platform, logger, signal, codec: nativeCodec, transport: "rest" },
    credentials: config.credentials,
    userAgent: `steersman-dns/${gitVersion}`,
  });
  const dns = await startDnsServer({
    ...{ platform, logger, client, listen: settings.listen },
    ...{ domain: settings.domain, ttlSeconds: settings.ttlSeconds },
    upstreams: settings.upstreams,
  }).catch((error: unknown) => {
    client.close();
    if (error instanceof DnsListenError) throw new Error(`--listen-address: ${error.message}`);
    throw error;
  });
  let http: HttpListener | undefined;
  const memory = new MemoryKeeper(platform, logger);
  let keeper: DnsServiceKeeper | undefined;
  const stop = async (): Promise<void> => {
    memory.stop();
    await keeper?.stop();
    await http?.close(0);
    await dns.stop();
    client.close();
  };
  try {
    if (settings.http) http = await serveHttp(settings.http, dns, settings.domain, platform);
  } catch (error) {
    await stop();
    throw error;
  }
  for (const { host, port } of dns.addresses) logger.info("Serving DNS", { host, port });
  const upstreams = dns.upstreams.map(formatAddress);
  if (upstreams.length > 0) logger.info("Other zones are forwarded", { upstreams });
  else logger.info("Other zones are refused: there is nobody to ask");
  if (http) logger.info("Serving health and metrics", { host: http.address, port: http.port });
  const isReady = dns.synced.then(async () => {
    logger.info("Every object is known", dns.size);
    if (settings.serviceIps.length > 0 && !signal.aborted) {
      const endpoints = endpointsOf(dns, http);
      const service = { client, clusterIps: settings.serviceIps, endpoints };
      keeper = new DnsServiceKeeper({ ...service, platform, logger });
      keeper.start();
    }
    await platform.host.notifyServiceManager("READY=1");
    memory.settle();
  });
  isReady.catch((error: unknown) => logger.error("Cannot tell that it is ready", { err: error }));
  return stop;
}

/**
 * `steersman dns`: the cluster's DNS server until SIGTERM or SIGINT. Throws an Error whose message
 * is for the user.
 */
export async function dns(flags: DnsFlags, platform: Platform): Promise<void> {
  const settings = readSettings(flags, platform);
  const logger = createLogger(platform, {
    format: flags.loggingFormat === "json" ? "json" : "text",
    verbosity: whole("v", flags.v, 10),
  }).named("dns");
  const abort = new AbortController();
  const signalled = new Promise<void>((resolve) => {
    platform.host.onTermination(() => {
      abort.abort();
      resolve();
    });
  });
  let stop: () => Promise<void>;
  try {
    stop = await run({ flags, settings, platform, logger, signal: abort.signal });
  } catch (error) {
    if (abort.signal.aborted) return;
    throw error;
  }
  await signalled;
  await stop();
}
