import type { TlsClientOptions } from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import { keyPairProblem } from "./keyPairProblem.js";

/**
 * Where a server is and who asks. Read anew for every request, so that rotated credentials take
 * effect.
 */
export interface Credentials {
  /** Scheme, host, port and an optional path, without a slash at the end. */
  readonly server: string;
  readonly tls: TlsClientOptions | undefined;
  /** The Authorization header's value. */
  authorization(): Promise<string | undefined>;
  /** Impersonation and other headers that go with every request. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * How long a token from a file is believed before the file is read again, as client-go does. A
 * certificate's file, which client-go reads at each handshake and every five minutes, too.
 */
const fileLifetimeMilliseconds = 60_000;

export interface CredentialParts {
  readonly server: string;
  readonly tls?: TlsClientOptions;
  /** Where the client's pair in `tls` was read, to be read again: somebody may renew it. */
  readonly pairFiles?: { readonly certificate: string; readonly key: string };
  readonly token?: string;
  /** Wins over `token`, which stands in while the file cannot be read. */
  readonly tokenFile?: string;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly headers?: Readonly<Record<string, string>>;
}

/** Credentials whose parts may be replaced while a client uses them (certificate rotation). */
export class MutableCredentials implements Credentials {
  #parts: CredentialParts;
  readonly #platform: Pick<Platform, "clock" | "files">;
  #tokenFromFile: string | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #pairReadAt: number;

  constructor(platform: Pick<Platform, "clock" | "files">, parts: CredentialParts) {
    this.#platform = platform;
    this.#pairReadAt = platform.clock.monotonic();
    this.#parts = { ...parts, server: normalizeServer(parts.server) };
  }

  get server(): string {
    return this.#parts.server;
  }

  get tls(): TlsClientOptions | undefined {
    this.#readPair();
    return this.#parts.tls;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#parts.headers ?? {};
  }

  /** A pair that is given here counts from now on, whatever becomes of its former files. */
  replace(parts: Partial<Omit<CredentialParts, "server">>): void {
    const { pairFiles, ...kept } = this.#parts;
    const keepsPair = parts.tls === undefined && pairFiles !== undefined;
    this.#parts = { ...kept, ...(keepsPair ? { pairFiles } : {}), ...parts };
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  async authorization(): Promise<string | undefined> {
    const { basic } = this.#parts;
    const token = await this.#token();
    if (token !== undefined && token !== "") return `Bearer ${token}`;
    if (basic === undefined) return undefined;
    const pair = Buffer.from(`${basic.username}:${basic.password}`).toString("base64");
    return `Basic ${pair}`;
  }

  #readPair(): void {
    const { pairFiles, tls } = this.#parts;
    if (pairFiles === undefined) return;
    const { clock, files } = this.#platform;
    const now = clock.monotonic();
    if (now - this.#pairReadAt < fileLifetimeMilliseconds) return;
    this.#pairReadAt = now;
    try {
      const certificate = files.readTextNow(pairFiles.certificate);
      const key = files.readTextNow(pairFiles.key);
      if (certificate === tls?.certificate && key === tls.key) return;
      if (keyPairProblem({ certificate, key }) !== undefined) return;
      this.#parts = { ...this.#parts, tls: { ...tls, certificate, key } };
    } catch {
      // Being written, or gone: what was read before counts on, and the files are looked at again.
    }
  }

  async #token(): Promise<string | undefined> {
    const { token, tokenFile } = this.#parts;
    if (tokenFile === undefined) return token;
    const now = this.#platform.clock.monotonic();
    if (now - this.#readAt >= fileLifetimeMilliseconds) {
      try {
        this.#tokenFromFile = (await this.#platform.files.readText(tokenFile)).trim();
        this.#readAt = now;
      } catch (error) {
        if (this.#tokenFromFile === undefined && token === undefined) throw error;
      }
    }
    return this.#tokenFromFile ?? token;
  }
}

/** A server without a scheme is plain HTTP, as client-go takes it. */
export function normalizeServer(server: string): string {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(server) ? server : `http://${server}`;
  return whole.replace(/\/+$/, "");
}
