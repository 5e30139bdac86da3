import type { Codec } from "../api/codec.js";
import { mediaTypes } from "../api/mediaTypes.js";
import type { MetricsRegistry } from "../api/metrics/metricsRegistry.js";
import type { Clock } from "../platform/clock.js";
import { type Logger, silentLogger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import type { RpcChannel } from "../platform/rpc.js";
import type { Client } from "./client.js";
import { ConfigError } from "./config/configError.js";
import type { Credentials } from "./config/credentials.js";
import { keyPairProblem } from "./config/keyPairProblem.js";
import { CountedTransport } from "./countedTransport.js";
import { RestTransport } from "./rest/restTransport.js";
import { RenewedChannel } from "./rpc/renewedChannel.js";
import { RpcTransport } from "./rpc/rpcTransport.js";
import type { Transport } from "./transport.js";
import { TransportClient } from "./transportClient.js";

/** Where a server says at which addresses it speaks gRPC. */
export const wellKnownEndpointsPath = "/.well-known/steersman-endpoints";

/** What that path answers. An unspecified address (0.0.0.0, ::) stands for the host asked. */
export interface SteersmanEndpoints {
  readonly grpc?: {
    /** `host:port` with TLS and authentication as on the secure port. */
    readonly secure?: string;
    /** `host:port` in plain text, beside the insecure port. */
    readonly insecure?: string;
  };
}

export interface ConnectOptions {
  readonly platform: Pick<Platform, "clock" | "network">;
  readonly codec: Codec;
  readonly credentials: Credentials;
  readonly userAgent?: string;
  readonly logger?: Logger;
  /** auto asks the server once. Default auto. */
  readonly transport?: "auto" | "rest";
  /** Of REST. Default json. */
  readonly contentType?: "json" | "protobuf";
  /** How long to go on asking a server that does not respond yet. Default 0: one try. */
  readonly waitMilliseconds?: number;
  readonly signal?: AbortSignal;
  /** Where its requests are counted. */
  readonly metrics?: MetricsRegistry;
}

const probeTimeoutMilliseconds = 5_000;
const probePauseMilliseconds = 500;
const maxProbeBytes = 64 * 1024;
/** A connection that is dead without a word is noticed within about twice this. */
const keepaliveMilliseconds = 30_000;

function counted(transport: Transport, { metrics, platform }: ConnectOptions): Client {
  return new TransportClient(
    metrics === undefined ? transport : new CountedTransport(transport, metrics, platform.clock),
  );
}

/**
 * A client of the server that the credentials name: over gRPC where it offers that, else over REST.
 * Rejects with ApiError when the server cannot be reached within the time, at once with
 * ConfigError when no connection can be made with these credentials.
 */
export async function connectClient(options: ConnectOptions): Promise<Client> {
  const { codec, credentials, userAgent } = options;
  refuseUnusable(credentials);
  const rest = new RestTransport({
    platform: options.platform,
    credentials,
    codec,
    contentType: options.contentType ?? "json",
    ...(userAgent === undefined ? {} : { userAgent }),
  });
  if (options.transport === "rest") return counted(rest, options);
  try {
    const target = rpcTargetOf(credentials.server, await probe(rest, options));
    if (target === undefined) return counted(rest, options);
    const channel = rpcChannel(options, target);
    return counted(
      new RpcTransport({
        channel,
        codec,
        credentials,
        server: target,
        clock: options.platform.clock,
        http: rest,
        ...(userAgent === undefined ? {} : { userAgent }),
      }),
      options,
    );
  } catch (error) {
    rest.close();
    throw error;
  }
}

/**
 * A client over a channel that carries the caller's identity itself, such as the in-process one.
 */
export function channelClient(
  channel: RpcChannel,
  codec: Codec,
  more: {
    /** Carries raw requests; without it they are refused. */
    readonly http?: Pick<Transport, "raw" | "webSocket" | "close">;
    readonly userAgent?: string;
    /** Waits where the server says when to come again; absent: no call is repeated. */
    readonly clock?: Clock;
  } = {},
): Client {
  return new TransportClient(new RpcTransport({ channel, codec, server: "in-process", ...more }));
}

function refuseUnusable({ server, tls }: Credentials): void {
  const { certificate, key } = tls ?? {};
  if (certificate === undefined || key === undefined) return;
  const problem = keyPairProblem({ certificate, key });
  if (problem !== undefined) throw new ConfigError(`credentials for ${server}: ${problem}`);
}

/** The server's own word, or nothing where it is another API server. */
async function probe(
  rest: RestTransport,
  options: ConnectOptions,
): Promise<SteersmanEndpoints | undefined> {
  const { clock } = options.platform;
  const { logger = silentLogger, signal } = options;
  const until = clock.monotonic() + (options.waitMilliseconds ?? 0);
  for (let tries = 1; ; tries++) {
    try {
      const answer = await rest.raw({
        path: wellKnownEndpointsPath,
        headers: { accept: mediaTypes.json },
        timeoutMilliseconds: probeTimeoutMilliseconds,
        ...(signal === undefined ? {} : { signal }),
      });
      const body = Buffer.from(await answer.readAll(maxProbeBytes)).toString("utf8");
      return answer.status === 200 ? (JSON.parse(body) as SteersmanEndpoints) : undefined;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      if (signal?.aborted === true || clock.monotonic() >= until) throw error;
      if (tries === 1) logger.info("Waiting for the API server", { server: rest.server, error });
      await clock.sleep(probePauseMilliseconds, signal);
      signal?.throwIfAborted();
    }
  }
}

function rpcTargetOf(
  server: string,
  endpoints: SteersmanEndpoints | undefined,
): string | undefined {
  const url = new URL(server);
  const offered = url.protocol === "https:" ? endpoints?.grpc?.secure : endpoints?.grpc?.insecure;
  if (offered === undefined || offered === "") return undefined;
  const colon = offered.lastIndexOf(":");
  const host = offered.slice(0, colon).replace(/^\[|\]$/g, "");
  const unspecified = host === "" || host === "0.0.0.0" || host === "::";
  const dialed = unspecified ? url.hostname.replace(/^\[|\]$/g, "") : host;
  return `${dialed.includes(":") ? `[${dialed}]` : dialed}${offered.slice(colon)}`;
}

function rpcChannel(options: ConnectOptions, target: string): RpcChannel {
  const { credentials, platform } = options;
  const url = new URL(credentials.server);
  if (url.protocol !== "https:")
    return platform.network.rpcChannel({ target, keepaliveMilliseconds });
  // The certificate was made for the name that the caller knows the server by.
  const elsewhere = target.slice(0, target.lastIndexOf(":")) !== url.hostname;
  return new RenewedChannel(
    () => credentials.tls,
    (given) => {
      const serverName = given?.serverName ?? (elsewhere ? url.hostname : undefined);
      const tls = { ...given, ...(serverName === undefined ? {} : { serverName }) };
      return platform.network.rpcChannel({ target, tls, keepaliveMilliseconds });
    },
  );
}
