import type { TlsClientOptions } from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";

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

/** How long a token from a file is believed before the file is read again, as client-go does. */
const tokenFileLifetimeMilliseconds = 60_000;

export interface CredentialParts {
  readonly server: string;
  readonly tls?: TlsClientOptions;
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

  constructor(platform: Pick<Platform, "clock" | "files">, parts: CredentialParts) {
    this.#platform = platform;
    this.#parts = { ...parts, server: normalizeServer(parts.server) };
  }

  get server(): string {
    return this.#parts.server;
  }

  get tls(): TlsClientOptions | undefined {
    return this.#parts.tls;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#parts.headers ?? {};
  }

  replace(parts: Partial<Omit<CredentialParts, "server">>): void {
    this.#parts = { ...this.#parts, ...parts };
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

  async #token(): Promise<string | undefined> {
    const { token, tokenFile } = this.#parts;
    if (tokenFile === undefined) return token;
    const now = this.#platform.clock.monotonic();
    if (now - this.#readAt >= tokenFileLifetimeMilliseconds) {
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
