import { PassThrough, Readable } from "node:stream";
import type { HttpClient, HttpClientResponse, Network } from "../network.js";
import { type RpcChannel, RpcCode, RpcError } from "../rpc.js";

const refused = (what: string): Error => new Error(`${what} has no place in a simulated network`);

/** grpc.health.v1.HealthCheckResponse: status (field 1) is SERVING (1). */
const serving = Uint8Array.of(8, 1);

function emptyResponse(): HttpClientResponse {
  return {
    status: 200,
    headers: {},
    body: Readable.from([]),
    readAll: async () => new Uint8Array(),
  };
}

const client: HttpClient = {
  call: async () => emptyResponse(),
  upgrade: async () => ({ upgraded: false, answer: emptyResponse() }),
  close: () => undefined,
};

const channel: RpcChannel = {
  unary: async () => serving,
  // biome-ignore lint/correctness/useYield: there is no stream to speak of.
  async *serverStream() {
    throw new RpcError(RpcCode.unimplemented, "a simulated network has no streams");
  },
  close: () => undefined,
};

/**
 * The network of simulated nodes. Every address and port is there and agrees: connections are
 * accepted, HTTP is answered with 200 and nothing, gRPC's health service says SERVING. Nothing
 * leaves the process, whatever address is named, and nothing can be listened on.
 */
export const agreeingNetwork: Network = {
  httpClient: () => client,
  webSocket: () => Promise.reject(refused("a WebSocket")),
  connect: async () => new PassThrough(),
  rpcChannel: () => channel,
  resolve: async () => [],
  listenHttp: () => Promise.reject(refused("a listener")),
  listenTcp: () => Promise.reject(refused("a listener")),
  listenRpc: () => Promise.reject(refused("a listener")),
};
