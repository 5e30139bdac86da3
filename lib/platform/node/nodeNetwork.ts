import { lookup } from "node:dns/promises";
import * as net from "node:net";
import type { Duplex } from "node:stream";
import type { Network, TcpListener } from "../network.js";
import { LazyChannel } from "./lazyChannel.js";
import { nodeHttpClient } from "./nodeHttpClient.js";

type Target = { host: string; port: number } | { path: string };

function connect(
  target: Target,
  options: { timeoutMilliseconds?: number; signal?: AbortSignal } = {},
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({
      ...target,
      ...(options.signal ? { signal: options.signal } : {}),
      allowHalfOpen: true,
    } as net.NetConnectOpts);
    const timer =
      options.timeoutMilliseconds === undefined
        ? undefined
        : setTimeout(() => {
            socket.destroy(Object.assign(new Error("timed out"), { code: "ETIMEDOUT" }));
          }, options.timeoutMilliseconds);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", reject);
      socket.on("error", () => socket.destroy());
      resolve(socket);
    });
    socket.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

function listenTcp(
  target: { address: string; port: number } | { path: string },
  onConnection: (socket: Duplex) => void,
): Promise<TcpListener> {
  return new Promise((resolve, reject) => {
    const sockets = new Set<net.Socket>();
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => sockets.delete(socket));
      onConnection(socket);
    });
    server.once("error", reject);
    const where = "path" in target ? target : { host: target.address, port: target.port };
    server.listen(where, () => {
      const bound = server.address();
      resolve({
        address: typeof bound === "object" && bound ? bound.address : String(bound),
        port: typeof bound === "object" && bound ? bound.port : 0,
        close: () =>
          new Promise<void>((done) => {
            server.close(() => done());
            for (const socket of sockets) socket.destroy();
          }),
      });
    });
  });
}

export const nodeNetwork: Network = {
  // Threads and the addon load only where something listens.
  listenHttp: async (options) =>
    (await import("./front/nativeHttpListener.js")).listenNativeHttp(options),
  httpClient: nodeHttpClient,
  webSocket: async (call) => (await import("./nodeWebSocket.js")).openWebSocket(call),
  connect,
  listenTcp,
  // gRPC loads only where it is used: the in-process cluster starts without it.
  listenRpc: async (options) =>
    (await import("./front/nativeRpcListener.js")).listenNativeRpc(options),
  rpcChannel: (options) => new LazyChannel(options),
  resolve: async (host) => (await lookup(host, { all: true })).map((entry) => entry.address),
};
