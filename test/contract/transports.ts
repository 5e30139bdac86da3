import { nativeCodec } from "../../lib/api/nativeCodec.js";
import type { Client } from "../../lib/client/client.js";
import { RestTransport } from "../../lib/client/rest/restTransport.js";
import { RpcTransport } from "../../lib/client/rpc/rpcTransport.js";
import { TransportClient } from "../../lib/client/transportClient.js";
import { nodePlatform } from "../../lib/platform/node/nodePlatform.js";
import { startTestApiServer, type TestApiServer } from "../support/apiserver/testApiServer.js";

export interface ContractServer {
  readonly client: Client;
  readonly server: TestApiServer;
  stop(): Promise<void>;
}

/** The ways to the same pipeline, each with a server of its own. */
export const transports: Readonly<Record<string, () => Promise<ContractServer>>> = {
  "in process": async () => {
    const server = await startTestApiServer();
    const channel = server.server.channel();
    const client = new TransportClient(
      new RpcTransport({ channel, codec: nativeCodec, server: "in process" }),
    );
    return contractServer(server, client);
  },
  gRPC: async () => {
    const server = await startTestApiServer({ insecureRpc: { address: "127.0.0.1", port: 0 } });
    const target = `127.0.0.1:${server.server.addresses.insecureRpc?.port}`;
    const channel = nodePlatform.network.rpcChannel({ target });
    const client = new TransportClient(
      new RpcTransport({ channel, codec: nativeCodec, server: target }),
    );
    return contractServer(server, client);
  },
  "REST with JSON": () => restServer("json"),
  "REST with protobuf": () => restServer("protobuf"),
};

async function restServer(contentType: "json" | "protobuf"): Promise<ContractServer> {
  const server = await startTestApiServer();
  const transport = new RestTransport({
    platform: nodePlatform,
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
