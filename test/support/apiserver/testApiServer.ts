import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import type { AdmissionPlugin } from "../../../lib/apiserver/admission/admissionPlugin.js";
import { ApiServer } from "../../../lib/apiserver/apiServer.js";
import type { ApiServerOptions } from "../../../lib/apiserver/apiServerOptions.js";
import {
  createServerPolicy,
  type ServerPolicy,
  type ServerPolicyOptions,
} from "../../../lib/apiserver/serverPolicy.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import type { Storage } from "../../../lib/storage/storage.js";

export interface TestApiServer {
  readonly server: ApiServer;
  readonly storage: Storage;
  readonly policy: ServerPolicy;
  /** Of the insecure listener. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * A whole API server on the in-memory store: default admission, RBAC and Node, bootstrap objects,
 * and an insecure port of its own.
 */
export async function startTestApiServer(
  overrides: Partial<ApiServerOptions> = {},
  policyOverrides: Partial<ServerPolicyOptions> = {},
  /** Asked before the policy's own plugins. */
  firstPlugins: readonly AdmissionPlugin[] = [],
): Promise<TestApiServer> {
  const platform = overrides.platform ?? nodePlatform;
  const storage = overrides.storage ?? (await openEmbeddedStorage({ clock: platform.clock }));
  const log = (message: string, error?: unknown): void =>
    platform.host.writeError(`${message}: ${String(error)}\n`);
  const policy = await createServerPolicy({
    platform,
    storage,
    codec: nativeCodec,
    allowPrivileged: true,
    authorizationModes: ["Node", "RBAC"],
    service: { advertiseAddress: "10.0.0.9", securePort: 6443, reconciler: "lease" },
    ...policyOverrides,
  });
  await policy.bootstrap.start((error) => log("bootstrap", error));
  const server = await ApiServer.start({
    platform,
    storage,
    codec: nativeCodec,
    strategyFor: policy.strategyFor,
    admission: [...firstPlugins, ...policy.admission],
    claims: policy.claims,
    authenticators: policy.authenticators,
    authorizer: policy.authorizer,
    createHandlers: policy.createHandlers,
    documents: policy.documents,
    documentPaths: policy.documentPaths,
    flowControl: policy.flowControl,
    insecure: { address: "127.0.0.1", port: 0 },
    shutdownGraceSeconds: 1,
    log,
    ...overrides,
  });
  return {
    server,
    storage,
    policy,
    url: `http://127.0.0.1:${server.addresses.insecure?.port ?? 0}`,
    stop: async () => {
      await server.stop();
      await policy.bootstrap.stop();
      policy.close();
      await storage.close();
    },
  };
}
