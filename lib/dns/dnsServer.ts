import type { Client } from "../client/client.js";
import { addon } from "../native/addon.js";
import type { DnsCounts, DnsSockets, DnsZone } from "../native/gen/addon.js";
import type { Timer } from "../platform/clock.js";
import { type Logger, silentLogger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import type { DnsAddress } from "./dnsAddress.js";
import { isOwnAddress, machineUpstreams } from "./upstreams.js";
import { ZoneFollower } from "./zoneFollower.js";

export interface DnsServerOptions {
  readonly platform: Pick<Platform, "clock" | "random" | "host" | "files">;
  readonly logger?: Logger;
  /** May list and watch services, endpointslices (discovery.k8s.io) and namespaces. */
  readonly client: Client;
  /** The cluster's domain. Default `cluster.local`. */
  readonly domain?: string;
  /** None: no socket is opened, and `resolve` alone asks. */
  readonly listen?: readonly DnsAddress[];
  /**
   * Who is asked for other zones: `machine` is whom /etc/resolv.conf names. This server itself is
   * left out. Default none: such queries are refused.
   */
  readonly upstreams?: "machine" | readonly DnsAddress[];
  /** Of every record. Default 30, as kubeadm's. */
  readonly ttlSeconds?: number;
  /** Aborting it stops the server. */
  readonly signal?: AbortSignal;
}

export const defaultDomain = "cluster.local";
export const defaultTtlSeconds = 30;

/** The DNS server of one cluster. It goes on answering while the API server is away. */
export interface DnsServer {
  /** As asked for, with the ports that were got. */
  readonly addresses: readonly DnsAddress[];
  /** Who is asked for other zones. */
  readonly upstreams: readonly DnsAddress[];
  /** Resolves when every object is known; before, every query fails, so that clients try again. */
  readonly synced: Promise<void>;
  readonly isSynced: boolean;
  /** How many Services are known, and addresses of ready endpoints. */
  readonly size: { readonly services: number; readonly endpoints: number };
  /**
   * The response to one message, as a socket gives it that forwards nothing; undefined where
   * nobody waits for one.
   */
  resolve(query: Uint8Array, transport?: "udp" | "tcp"): Uint8Array | undefined;
  /** Upstreams that ask this server in turn, and are asked no more. */
  loopedUpstreams(): readonly DnsAddress[];
  /** What the sockets have counted; undefined without sockets. */
  counts(): DnsCounts | undefined;
  /** Stops following and serving. Resolves when no socket is open. */
  stop(): Promise<void>;
}

/** An address that a DNS server cannot have; the message is one line for the user. */
export class DnsListenError extends Error {
  constructor(
    readonly code: string,
    readonly address: string,
    message: string,
  ) {
    super(message);
    this.name = "DnsListenError";
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use",
  EADDRNOTAVAIL: "this machine does not have the address",
  EACCES: "this user may not listen there",
};

function listenError(error: unknown): unknown {
  const match = /^(E[A-Z]+) (UDP|TCP) (\S+)$/.exec((error as Error).message);
  if (match === null) return error;
  const [, code = "", protocol = "", address = ""] = match;
  const why = reasons[code] ?? code;
  return new DnsListenError(code, address, `${address} (${protocol}): ${why}`);
}

/** Addresses at which others reach this server, for the zone's NS records. */
function reachedAt(
  platform: Pick<Platform, "host">,
  addresses: readonly DnsAddress[],
): readonly string[] {
  const all = platform.host.addresses();
  const isLoopback = (host: string): boolean => host.startsWith("127.") || host === "::1";
  const found = addresses.flatMap(({ host }) => {
    if (host !== "0.0.0.0" && host !== "::") return isLoopback(host) ? [] : [host];
    const family = host === "::" ? "IPv6" : "IPv4";
    return all
      .filter((one) => one.family === family && !one.loopback && !one.address.startsWith("fe80:"))
      .map((one) => one.address);
  });
  return [...new Set(found)];
}

/** By then a question that goes in a circle has come back. */
const loopCheckMilliseconds = 3_000;

class RunningDnsServer implements DnsServer {
  readonly addresses: readonly DnsAddress[];
  readonly synced: Promise<void>;
  readonly #zone: DnsZone;
  readonly #sockets: DnsSockets | undefined;
  readonly #abort = new AbortController();
  readonly #follows: Promise<void>;
  readonly #loopCheck: Timer | undefined;
  #isSynced = false;
  #stopped: Promise<void> | undefined;

  constructor(
    options: DnsServerOptions,
    zone: DnsZone,
    sockets: DnsSockets | undefined,
    readonly upstreams: readonly DnsAddress[],
  ) {
    const { platform, logger = silentLogger, client, signal } = options;
    this.#zone = zone;
    this.#sockets = sockets;
    this.addresses = sockets?.addresses() ?? [];
    zone.setServerAddresses([...reachedAt(platform, this.addresses)]);
    let onSynced = (): void => undefined;
    this.synced = new Promise((resolve) => {
      onSynced = () => {
        this.#isSynced = true;
        resolve();
      };
    });
    const follower = new ZoneFollower({ platform, logger, client, zone, onSynced });
    this.#follows = follower.run(this.#abort.signal);
    if (upstreams.length > 0) {
      const check = (): void => this.#tellLoops(logger);
      this.#loopCheck = platform.clock.setTimer(loopCheckMilliseconds, check);
    }
    signal?.addEventListener("abort", () => void this.stop(), { once: true });
    if (signal?.aborted) void this.stop();
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  get size(): { services: number; endpoints: number } {
    return { services: this.#zone.services(), endpoints: this.#zone.endpoints() };
  }

  resolve(query: Uint8Array, transport: "udp" | "tcp" = "udp"): Uint8Array | undefined {
    return this.#zone.answer(query, transport === "tcp").response;
  }

  loopedUpstreams(): readonly DnsAddress[] {
    return this.#sockets?.loopedUpstreams() ?? [];
  }

  #tellLoops(logger: Logger): void {
    for (const { host, port } of this.loopedUpstreams()) {
      logger.error("An upstream asks this server in turn; it is asked no more", { host, port });
    }
  }

  counts(): DnsCounts | undefined {
    return this.#sockets?.counts();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#abort.abort();
    this.#loopCheck?.cancel();
    await this.#sockets?.stop();
    await this.#follows;
  }
}

/** Without this server itself, which would ask itself for ever. */
async function upstreamsOf(options: DnsServerOptions): Promise<readonly DnsAddress[]> {
  const { platform, listen = [], upstreams = [], logger = silentLogger } = options;
  if (listen.length === 0) return [];
  const all = upstreams === "machine" ? await machineUpstreams(platform, logger) : upstreams;
  return all.filter((upstream) => {
    if (!isOwnAddress(platform, upstream, listen)) return true;
    logger.warning("An upstream is this server itself; it is left out", { ...upstream });
    return false;
  });
}

/**
 * Starts a DNS server: it listens when the promise resolves, and answers from the zone once it is
 * synced. Queries are answered and forwarded on threads of their own, never on the event loop.
 * Rejects with DnsListenError where an address cannot be had.
 */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  const { platform, listen = [] } = options;
  const zone = new addon.DnsZone({
    domain: options.domain ?? defaultDomain,
    ttl: options.ttlSeconds ?? defaultTtlSeconds,
    seed: platform.random.below(2 ** 32),
  });
  const plain = (all: readonly DnsAddress[]) => all.map(({ host, port }) => ({ host, port }));
  const upstreams = await upstreamsOf(options);
  let sockets: DnsSockets | undefined;
  try {
    if (listen.length > 0) sockets = new addon.DnsSockets(zone, plain(listen), plain(upstreams));
  } catch (error) {
    throw listenError(error);
  }
  return new RunningDnsServer(options, zone, sockets, upstreams);
}
