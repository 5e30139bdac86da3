import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { getSystemErrorMap } from "node:util";
import type { FrontLimits, FrontTls } from "../../../native/gen/addon.js";
import type {
  HttpLimits,
  HttpListener,
  HttpListenOptions,
  TlsServerOptions,
} from "../../network.js";
import { NativeFront } from "./nativeFront.js";

/** One for all listeners of the process; its threads end with the last of them. */
let front: NativeFront | undefined;

function tlsOf(tls: TlsServerOptions, onlyHttp2: boolean): FrontTls {
  return {
    certificate: tls.certificate,
    key: tls.key,
    onlyTls13: tls.minimumVersion === "TLSv1.3",
    withoutHttp2: tls.withoutHttp2 === true,
    onlyHttp2,
    byServerName: (tls.byServerName ?? []).map(({ names, certificate, key }) => ({
      names: [...names],
      certificate,
      key,
    })),
    ...(tls.clientCertificateAuthorities
      ? { clientAuthorities: tls.clientCertificateAuthorities }
      : {}),
    ...(tls.ciphers ? { ciphers: tls.ciphers } : {}),
    ...(tls.curves ? { curves: tls.curves } : {}),
  };
}

function limitsOf(limits: HttpLimits, options: HttpListenOptions): FrontLimits {
  const all: FrontLimits = {
    headBytes: options.maxHeaderBytes,
    bodyBytes: options.collectBodies?.maxBytes,
    streams: limits.maxStreams,
    resets: limits.maxResets,
    goawayChance: limits.goawayChance,
    headMilliseconds: limits.headMilliseconds,
    idleMilliseconds: limits.idleMilliseconds,
    bodyIdleMilliseconds: limits.bodyIdleMilliseconds,
    bodyMilliseconds: limits.bodyMilliseconds,
    responseStallMilliseconds: limits.responseStallMilliseconds,
    waitMilliseconds: options.waits?.milliseconds("/"),
  };
  return all;
}

function listenError(errno: number, address: string, port: number): Error {
  const [code, why] = getSystemErrorMap().get(-errno) ?? ["UNKNOWN", `error ${errno}`];
  const error = new Error(`listen ${code}: ${why} ${address}:${port}`);
  return Object.assign(error, { errno: -errno, code, syscall: "listen", address, port });
}

/** One listening socket of the front. */
class NativeHttpListener implements HttpListener {
  readonly address: string;
  readonly port: number;
  readonly #front: NativeFront;
  readonly #listener: number;
  readonly #onlyHttp2: boolean;
  readonly #closed: Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(owner: NativeFront, options: HttpListenOptions, address: string) {
    this.#front = owner;
    this.#onlyHttp2 = options.onlyHttp2 === true;
    const bound = owner.threads.listen({
      address,
      onlyHttp2: this.#onlyHttp2,
      port: options.port,
      asks: options.peerRule !== undefined,
      sharesPort: options.sharesPort === true,
      collectsBodies: options.collectBodies !== undefined,
      streamedPaths: [...(options.collectBodies?.exceptPaths ?? [])],
      limits: limitsOf(options.limits ?? {}, options),
      ...(options.tls ? { tls: tlsOf(options.tls, this.#onlyHttp2) } : {}),
    });
    if (bound.errno !== 0) throw listenError(bound.errno, options.address, options.port);
    this.#listener = bound.listener;
    this.address = bound.address;
    this.port = bound.port;
    this.#closed = new Promise((resolve) => {
      owner.add(bound.listener, { options, onClosed: resolve });
    });
  }

  reloadTls(options: TlsServerOptions): void {
    if (this.#closing !== undefined) return;
    this.#front.threads.reloadTls(this.#listener, tlsOf(options, this.#onlyHttp2));
  }

  endConnections(): void {
    if (this.#closing === undefined) this.#front.threads.endConnections(this.#listener);
  }

  close(graceMilliseconds = 0): Promise<void> {
    this.#closing ??= this.#close(graceMilliseconds);
    return this.#closing;
  }

  async #close(graceMilliseconds: number): Promise<void> {
    this.#front.threads.close(this.#listener);
    const cut = (): void => this.#front.threads.cut(this.#listener);
    const timer = setTimeout(cut, graceMilliseconds);
    await this.#closed;
    clearTimeout(timer);
    stopIdle(this.#front);
  }
}

function stopIdle(owner: NativeFront): void {
  if (!owner.isIdle || front !== owner) return;
  front = undefined;
  owner.threads.stop();
}

export async function listenNativeHttp(options: HttpListenOptions): Promise<HttpListener> {
  const { address } = options;
  const numeric =
    address === "" ? "::" : isIP(address) > 0 ? address : (await lookup(address)).address;
  front ??= new NativeFront();
  const owner = front;
  try {
    return new NativeHttpListener(owner, options, numeric);
  } catch (error) {
    stopIdle(owner);
    throw error;
  }
}
