import assert from "node:assert/strict";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { createAuthority, issue, openAuthority } from "../../../../lib/api/pki/certificates.js";
import {
  createServerPolicy,
  type ServerPolicyOptions,
} from "../../../../lib/apiserver/serverPolicy.js";
import type { HttpClient, TlsClientOptions } from "../../../../lib/platform/network.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import { startTestApiServer } from "../../../support/apiserver/testApiServer.js";

export type Answer = { code: number; body: Tree; warnings: string };
/** An answer of any shape: what stands at a path is compared, never trusted. */
export interface Tree {
  readonly [key: string]: Tree | undefined;
}

/** Who asks: a client certificate, a token, a name and password, or nobody. */
export interface Caller {
  readonly certificate?: { certificate: string; key: string };
  readonly token?: string;
  readonly basic?: string;
}

export interface PolicyServer {
  readonly admin: Caller;
  certificateFor(name: string, ...groups: string[]): Promise<Caller>;
  call(caller: Caller, method: string, path: string, body?: object): Promise<Answer>;
  /** The body as it came. */
  text(caller: Caller, path: string): Promise<string>;
  /** As admin; the answer must be a success. */
  make(path: string, body: object): Promise<Tree>;
  stop(): Promise<void>;
}

/** A whole server over TLS, with the policy of a real one. */
export async function startPolicyServer(
  overrides: Partial<ServerPolicyOptions> = {},
): Promise<PolicyServer> {
  const { clock } = nodePlatform;
  const day = 24 * 3600 * 1000;
  const validity = { notBefore: clock.now() - day, notAfter: clock.now() + 36500 * day };
  const ca = await createAuthority({ commonName: "test" }, validity);
  const authority = await openAuthority(ca);
  const names = { dns: ["localhost"], ips: ["127.0.0.1"] };
  const serving = await issue(authority, { commonName: "server" }, ["server"], names, validity);
  const storage = await openEmbeddedStorage({ clock });
  const policy = await createServerPolicy({
    platform: nodePlatform,
    storage,
    codec: nativeCodec,
    allowPrivileged: true,
    authorizationModes: ["Node", "RBAC"],
    clientCertificateAuthorities: ca.certificate,
    admission: { enabled: ["NodeRestriction"] },
    service: { securePort: 6443, reconciler: "none" },
    ...overrides,
  });
  await policy.bootstrap.start((error) => assert.fail(String(error)));
  const started = await startTestApiServer({
    storage,
    ...policy,
    secure: {
      address: "127.0.0.1",
      port: 0,
      tls: { ...serving, clientCertificateAuthorities: ca.certificate },
    },
  });
  const client = nodePlatform.network.httpClient();
  const url = `https://127.0.0.1:${started.server.addresses.secure?.port ?? 0}`;
  const certificateFor = async (name: string, ...groups: string[]): Promise<Caller> => {
    const subject = { commonName: name, organizations: groups };
    const none = { dns: [], ips: [] };
    return { certificate: await issue(authority, subject, ["client"], none, validity) };
  };
  const admin = await certificateFor("admin", "system:masters");
  const call = (caller: Caller, method: string, path: string, body?: object) =>
    callServer(client, url, ca.certificate, caller, method, path, body);
  return {
    admin,
    certificateFor,
    call,
    text: (caller, path) => textOf(client, url, ca.certificate, caller, path),
    async make(path, body) {
      const answer = await call(admin, "POST", path, body);
      assert.equal(answer.code, 201, JSON.stringify(answer.body));
      return answer.body;
    },
    async stop() {
      client.close();
      await policy.bootstrap.stop();
      policy.close();
      await started.stop();
    },
  };
}

async function callServer(
  client: HttpClient,
  url: string,
  certificateAuthorities: string,
  caller: Caller,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const tls: TlsClientOptions = { certificateAuthorities, ...caller.certificate };
  const basic = caller.basic === undefined ? "" : Buffer.from(caller.basic).toString("base64");
  const answer = await client.call({
    url: `${url}${path}`,
    method,
    tls,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(caller.token === undefined ? {} : { authorization: `Bearer ${caller.token}` }),
      ...(caller.basic === undefined ? {} : { authorization: `Basic ${basic}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = Buffer.from(await answer.readAll()).toString("utf8");
  const warnings = String(answer.headers.warning ?? "");
  return { code: answer.status, body: JSON.parse(text) as Tree, warnings };
}

async function textOf(
  client: HttpClient,
  url: string,
  certificateAuthorities: string,
  caller: Caller,
  path: string,
): Promise<string> {
  const tls: TlsClientOptions = { certificateAuthorities, ...caller.certificate };
  const answer = await client.call({ url: `${url}${path}`, method: "GET", tls });
  return Buffer.from(await answer.readAll()).toString("utf8");
}
