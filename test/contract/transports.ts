import { nativeCodec } from "../../lib/api/nativeCodec.js";
import type { ApiServerOptions } from "../../lib/apiserver/apiServerOptions.js";
import type { Client } from "../../lib/client/client.js";
import { RestTransport } from "../../lib/client/rest/restTransport.js";
import { RpcTransport } from "../../lib/client/rpc/rpcTransport.js";
import { TransportClient } from "../../lib/client/transportClient.js";
import { nodePlatform } from "../../lib/platform/node/nodePlatform.js";
import type { Platform } from "../../lib/platform/platform.js";
import { startTestApiServer, type TestApiServer } from "../support/apiserver/testApiServer.js";

export interface ContractServer {
  readonly client: Client;
  readonly server: TestApiServer;
  stop(): Promise<void>;
}

export interface ContractOptions {
  /** Of the server. */
  readonly server?: Partial<ApiServerOptions>;
  /** Of the client. */
  readonly platform?: Platform;
}

type Start = (options?: ContractOptions) => Promise<ContractServer>;

/** The ways to the same pipeline, each with a server of its own. */
export const transports: Readonly<Record<string, Start>> = {
  "in process": async ({ server: overrides, platform = nodePlatform } = {}) => {
    const server = await startTestApiServer(overrides);
    const channel = server.server.channel();
    const client = new TransportClient(
      new RpcTransport({
        channel,
        codec: nativeCodec,
        server: "in process",
        clock: platform.clock,
      }),
    );
    return contractServer(server, client);
  },
  gRPC: async ({ server: overrides, platform = nodePlatform } = {}) => {
    const insecureRpc = { address: "127.0.0.1", port: 0 };
    const server = await startTestApiServer({ ...overrides, insecureRpc });
    const target = `127.0.0.1:${server.server.addresses.insecureRpc?.port}`;
    const channel = platform.network.rpcChannel({ target });
    const client = new TransportClient(
      new RpcTransport({ channel, codec: nativeCodec, server: target, clock: platform.clock }),
    );
    return contractServer(server, client);
  },
  "REST with JSON": (options) => restServer("json", options),
  "REST with protobuf": (options) => restServer("protobuf", options),
};

async function restServer(
  contentType: "json" | "protobuf",
  { server: overrides, platform = nodePlatform }: ContractOptions = {},
): Promise<ContractServer> {
  const server = await startTestApiServer(overrides);
  const transport = new RestTransport({
    platform,
    credentials: {
      server: server.url,
      tls: undefined,
      headers: {},
      authorization: () => Promise.resolve(undefined),
    },
    codec: nativeCodec,
    contentType,
  });
  return contractServer(server, new TransportClient(transport));
}

function contractServer(server: TestApiServer, client: Client): ContractServer {
  return {
    client,
    server,
    stop: async () => {
      client.close();
      await server.stop();
    },
  };
}
