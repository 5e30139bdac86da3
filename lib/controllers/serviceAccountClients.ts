import type { Codec } from "../api/codec.js";
import { coreV1 } from "../api/gen/resources.js";
import { hasReason } from "../api/status.js";
import type { Client } from "../client/client.js";
import type { Credentials } from "../client/config/credentials.js";
import { connectClient } from "../client/connectClient.js";
import { tokenLifeMilliseconds } from "../client/tokenLife.js";
import type { TlsClientOptions } from "../platform/network.js";
import type { Platform } from "../platform/platform.js";

const namespace = "kube-system";
const tokenSeconds = 3600;
/** A token is replaced when so much of its life is over. */
const renewAfter = 0.8;

export interface ServiceAccountClientsOptions {
  readonly platform: Pick<Platform, "clock" | "network">;
  readonly codec: Codec;
  /** The controller manager's own client, which may make service accounts and their tokens. */
  readonly client: Client;
  readonly credentials: Credentials;
  readonly userAgent?: string;
}

/**
 * `--use-service-account-credentials`: a client for each controller, as its own service account.
 */
export function serviceAccountClients(
  options: ServiceAccountClientsOptions,
): (serviceAccount: string) => Promise<Client> {
  return (serviceAccount) =>
    connectClient({
      platform: options.platform,
      codec: options.codec,
      credentials: new ServiceAccountCredentials(options, serviceAccount),
      userAgent: `${options.userAgent ?? "kube-controller-manager"}/${serviceAccount}`,
    });
}

class ServiceAccountCredentials implements Credentials {
  readonly headers = {};
  readonly #options: ServiceAccountClientsOptions;
  readonly #name: string;
  #token: Promise<string> | undefined;
  /** By the monotonic clock. */
  #renewAtMilliseconds = 0;

  constructor(options: ServiceAccountClientsOptions, name: string) {
    this.#options = options;
    this.#name = name;
  }

  get server(): string {
    return this.#options.credentials.server;
  }

  /** The CA only: a client certificate would say who asks. */
  get tls(): TlsClientOptions | undefined {
    const { tls } = this.#options.credentials;
    if (tls === undefined) return undefined;
    const { certificate: _, key: __, ...rest } = tls;
    return rest;
  }

  async authorization(): Promise<string | undefined> {
    if (
      this.#token === undefined ||
      this.#options.platform.clock.monotonic() >= this.#renewAtMilliseconds
    ) {
      this.#renewAtMilliseconds = Number.POSITIVE_INFINITY;
      this.#token = this.#request();
      this.#token.catch(() => {
        this.#token = undefined;
      });
    }
    return `Bearer ${await this.#token}`;
  }

  async #request(): Promise<string> {
    const accounts = this.#options.client.resource(coreV1.serviceaccounts);
    const request = { metadata: {}, spec: { audiences: [], expirationSeconds: tokenSeconds } };
    const ask = () => accounts.createToken(this.#name, request, { namespace });
    let answer: Awaited<ReturnType<typeof ask>>;
    try {
      answer = await ask();
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
      await this.#createAccount();
      answer = await ask();
    }
    const { clock } = this.#options.platform;
    const { expirationTimestamp } = answer.status ?? {};
    const life = tokenLifeMilliseconds(expirationTimestamp, tokenSeconds, clock.now());
    this.#renewAtMilliseconds = clock.monotonic() + life * renewAfter;
    return answer.status?.token ?? "";
  }

  async #createAccount(): Promise<void> {
    const metadata = { name: this.#name, namespace };
    try {
      await this.#options.client.resource(coreV1.serviceaccounts).create({ metadata });
    } catch (error) {
      if (!hasReason(error, "AlreadyExists")) throw error;
    }
  }
}
