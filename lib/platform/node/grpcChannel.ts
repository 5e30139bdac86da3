import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import {
  ChannelCredentials,
  Client,
  type ClientOptions,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { TlsClientOptions } from "../network.js";
import {
  type RpcCallOptions,
  type RpcChannel,
  type RpcChannelOptions,
  type RpcCode,
  RpcError,
} from "../rpc.js";
import { fromGrpcMetadata, toGrpcMetadata } from "./grpcMetadata.js";

const defaultMaxMessageBytes = 16 * 1024 * 1024;
const asBytes = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** What TLS is told as the server's name where the target is an address; no certificate has it. */
const nameForAddresses = "ip-address.invalid";

/** The target's host if it is an IP address and nothing else was said to be the server's name. */
function addressOf(options: RpcChannelOptions): string | undefined {
  if (!options.tls || options.tls.serverName) return undefined;
  const host = /^(?:(?:dns|ipv4|ipv6):)?(?:\[(.+)\]|([^:/]+)):\d+$/.exec(options.target);
  const address = host?.[1] ?? host?.[2] ?? "";
  return isIP(address) === 0 ? undefined : address;
}

/**
 * RFC 6066 allows no addresses as server names, and grpc-js would send one: it is given another
 * name, while the certificate is checked for the address.
 */
function credentials(
  tls: TlsClientOptions | undefined,
  address: string | undefined,
): ChannelCredentials {
  if (!tls) return ChannelCredentials.createInsecure();
  const pem = (text: string | undefined): Buffer | null => (text ? Buffer.from(text) : null);
  return ChannelCredentials.createSsl(
    pem(tls.certificateAuthorities),
    pem(tls.key),
    pem(tls.certificate),
    {
      rejectUnauthorized: !tls.insecureSkipVerify,
      ...(address === undefined
        ? {}
        : {
            checkServerIdentity: (_name: string, certificate: PeerCertificate) =>
              checkServerIdentity(address, certificate),
          }),
    },
  );
}

function toRpcError(error: unknown): RpcError {
  const grpc = error as Partial<ServiceError>;
  const metadata = grpc.metadata ? fromGrpcMetadata(grpc.metadata) : {};
  const code = (grpc.code ?? status.UNKNOWN) as RpcCode;
  return new RpcError(code, grpc.details ?? String(error), metadata);
}

/** One HTTP/2 connection to a gRPC server, remade when it breaks; messages stay bytes. */
export class GrpcChannel implements RpcChannel {
  readonly #client: Client;

  constructor(options: RpcChannelOptions) {
    const maxBytes = options.maxMessageBytes ?? defaultMaxMessageBytes;
    const address = addressOf(options);
    const serverName = options.tls?.serverName ?? (address && nameForAddresses);
    const settings: ClientOptions = {
      "grpc.max_receive_message_length": maxBytes,
      "grpc.max_send_message_length": maxBytes,
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_retries": 0,
      "grpc.initial_reconnect_backoff_ms": 200,
      "grpc.max_reconnect_backoff_ms": 5_000,
      ...(options.keepaliveMilliseconds
        ? { "grpc.keepalive_time_ms": options.keepaliveMilliseconds }
        : {}),
      ...(options.userAgent ? { "grpc.primary_user_agent": options.userAgent } : {}),
      ...(serverName ? { "grpc.ssl_target_name_override": serverName } : {}),
      // A Unix socket has no authority that servers would accept.
      ...(options.target.startsWith("unix:") ? { "grpc.default_authority": "localhost" } : {}),
    };
    this.#client = new Client(options.target, credentials(options.tls, address), settings);
  }

  unary(method: string, request: Uint8Array, options: RpcCallOptions = {}): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (options.signal?.aborted) {
        reject(new RpcError(1, "cancelled"));
        return;
      }
      const call = this.#client.makeUnaryRequest<Uint8Array, Uint8Array>(
        method,
        asBytes,
        (bytes) => bytes,
        request,
        toGrpcMetadata(options.metadata),
        deadlineOf(options),
        (error, answer) => {
          options.signal?.removeEventListener("abort", cancel);
          if (error) reject(toRpcError(error));
          else resolve(answer ?? new Uint8Array());
        },
      );
      const cancel = (): void => call.cancel();
      options.signal?.addEventListener("abort", cancel, { once: true });
      if (options.onInitialMetadata) {
        const onMetadata = options.onInitialMetadata;
        call.on("metadata", (metadata) => onMetadata(fromGrpcMetadata(metadata)));
      }
    });
  }

  async *serverStream(
    method: string,
    request: Uint8Array,
    options: RpcCallOptions = {},
  ): AsyncIterable<Uint8Array> {
    if (options.signal?.aborted) throw new RpcError(1, "cancelled");
    const call = this.#client.makeServerStreamRequest<Uint8Array, Uint8Array>(
      method,
      asBytes,
      (bytes) => bytes,
      request,
      toGrpcMetadata(options.metadata),
      deadlineOf(options),
    );
    const cancel = (): void => call.cancel();
    options.signal?.addEventListener("abort", cancel, { once: true });
    if (options.onInitialMetadata) {
      const onMetadata = options.onInitialMetadata;
      call.on("metadata", (metadata) => onMetadata(fromGrpcMetadata(metadata)));
    }
    try {
      for await (const message of call) yield message as Uint8Array;
    } catch (error) {
      throw toRpcError(error);
    } finally {
      options.signal?.removeEventListener("abort", cancel);
      call.cancel();
    }
  }

  close(): void {
    this.#client.close();
  }
}

function deadlineOf(options: RpcCallOptions): { deadline?: number } {
  return options.timeoutMilliseconds === undefined
    ? {}
    : { deadline: Date.now() + options.timeoutMilliseconds };
}
