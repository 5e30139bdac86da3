import {
  createAuthority,
  issue,
  noNames,
  openAuthority,
} from "../../../lib/api/pki/certificates.js";
import type { ApiServerOptions } from "../../../lib/apiserver/apiServerOptions.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { startTestApiServer, type TestApiServer } from "./testApiServer.js";

const tokens = { name: "tokens", text: "bad-token,bad,1\ngood-token,good,2\n" };

/** A test server with few seats that also listens over TLS, to `bad-token` and `good-token`. */
export async function startTlsApiServer(
  overrides: Partial<ApiServerOptions> = {},
): Promise<TestApiServer> {
  const now = nodePlatform.clock.now();
  const validity = { notBefore: now - 60_000, notAfter: now + 3_600_000 };
  const authority = await openAuthority(await createAuthority({ commonName: "ca" }, validity));
  const names = { ...noNames, ips: ["127.0.0.1"] };
  const tls = await issue(authority, { commonName: "server" }, ["server"], names, validity);
  const where = { address: "127.0.0.1", port: 0, tls };
  const options = { maxRequestsInFlight: 60, maxMutatingRequestsInFlight: 20, ...overrides };
  return await startTestApiServer(
    { secure: where, secureRpc: where, ...options },
    { tokenFile: tokens, authorizationModes: ["AlwaysAllow"] },
  );
}
