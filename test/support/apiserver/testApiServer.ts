import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { ApiServer } from "../../../lib/apiserver/apiServer.js";
import type { ApiServerOptions } from "../../../lib/apiserver/apiServerOptions.js";
import { alwaysAllowAuthorizer } from "../../../lib/apiserver/authorization/simpleAuthorizers.js";
import { StrategyTable } from "../../../lib/apiserver/registry/strategies.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import type { Storage } from "../../../lib/storage/storage.js";

export interface TestApiServer {
  readonly server: ApiServer;
  readonly storage: Storage;
  /** Of the insecure listener. */
  readonly url: string;
  stop(): Promise<void>;
}

/** An API server on the in-memory store with an insecure port, everything allowed, no admission. */
export async function startTestApiServer(
  overrides: Partial<ApiServerOptions> = {},
): Promise<TestApiServer> {
  const platform = overrides.platform ?? nodePlatform;
  const storage = overrides.storage ?? (await openEmbeddedStorage({ clock: platform.clock }));
  const strategies = new StrategyTable({ allowPrivileged: true });
  const server = await ApiServer.start({
    platform,
    storage,
    codec: nativeCodec,
    strategyFor: (group, kind) => strategies.lookup(group, kind),
    admission: [],
    authenticators: [],
    authorizer: alwaysAllowAuthorizer,
    insecure: { address: "127.0.0.1", port: 0 },
    shutdownGraceSeconds: 1,
    log: (message, error) => platform.host.writeError(`${message}: ${String(error)}\n`),
    ...overrides,
  });
  return {
    server,
    storage,
    url: `http://127.0.0.1:${server.addresses.insecure?.port ?? 0}`,
    stop: async () => {
      await server.stop();
      await storage.close();
    },
  };
}
