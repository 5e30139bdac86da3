import assert from "node:assert/strict";
import {
  type Authority,
  createAuthority,
  issue,
  noNames,
  openAuthority,
} from "../../../lib/api/pki/certificates.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import type { Storage } from "../../../lib/storage/storage.js";
import { RestCaller } from "./restCaller.js";
import type { SteadyClient, SteadyOptions, SteadyResponse } from "./steadyClient.js";
import { startTestApiServer, type TestApiServer } from "./testApiServer.js";

export const namespacesPath = "/api/v1/namespaces";
export const rbacPath = "/apis/rbac.authorization.k8s.io/v1";
const rbacGroup = "rbac.authorization.k8s.io";

export interface Tree {
  readonly [name: string]: unknown;
  readonly metadata: Record<string, unknown>;
}

/**
 * A whole API server with a TLS port that tells which requests its listener has served by itself,
 * and its owner, who writes over the insecure port.
 */
export class GrantingServer {
  readonly api: TestApiServer;
  readonly authority: Authority;
  readonly #rest: RestCaller;
  readonly #clients: SteadyClient[] = [];
  /** Requests that JavaScript has seen. */
  #seen = 0;

  constructor(api: TestApiServer, authority: Authority) {
    this.api = api;
    this.authority = authority;
    this.#rest = new RestCaller(api.url);
    const { pipeline } = api.server;
    const handle = pipeline.handle.bind(pipeline);
    pipeline.handle = (request, auditId) => {
      this.#seen += 1;
      return handle(request, auditId);
    };
  }

  /** With users of a token file (`token,name,uid,groups`); the store is in memory by default. */
  static async start(tokens: string, storage?: Storage): Promise<GrantingServer> {
    const now = nodePlatform.clock.now();
    const validity = { notBefore: now - 60_000, notAfter: now + 3_600_000 };
    const clients = await createAuthority({ commonName: "ca" }, validity);
    const authority = await openAuthority(clients);
    const names = { ...noNames, ips: ["127.0.0.1"] };
    const own = await issue(authority, { commonName: "server" }, ["server"], names, validity);
    const tls = { ...own, clientCertificateAuthorities: clients.certificate };
    const api = await startTestApiServer(
      {
        secure: { address: "127.0.0.1", port: 0, tls },
        ...(storage === undefined ? {} : { storage }),
      },
      {
        clientCertificateAuthorities: clients.certificate,
        tokenFile: { name: "tokens", text: tokens },
      },
    );
    return new GrantingServer(api, authority);
  }

  get port(): number {
    return this.api.server.addresses.secure?.port ?? 0;
  }

  /** A client of its own connection, until closeClients. */
  connect(make: (options: SteadyOptions) => SteadyClient, token: string): SteadyClient {
    const client = make({ port: this.port, token });
    this.#clients.push(client);
    return client;
  }

  closeClients(): void {
    for (const client of this.#clients.splice(0)) client.close();
  }

  /** Makes a namespace with its account; gives its path. */
  async namespace(name: string, labels: Record<string, string> = {}): Promise<string> {
    const path = `${namespacesPath}/${name}`;
    await this.create(namespacesPath, { metadata: { name, labels } });
    await this.create(`${path}/serviceaccounts`, { metadata: { name: "default" } });
    return path;
  }

  /** Lets a user do in a namespace what a role says; the binding has the role's name. */
  async bind(
    namespace: string,
    kind: "Role" | "ClusterRole",
    role: string,
    user: string,
  ): Promise<void> {
    await this.create(`${rbacPath}/namespaces/${namespace}/rolebindings`, {
      metadata: { name: role },
      roleRef: { apiGroup: rbacGroup, kind, name: role },
      subjects: [{ kind: "User", name: user, apiGroup: rbacGroup }],
    });
  }

  async create(path: string, body: object): Promise<Record<string, unknown>> {
    return this.#write("POST", path, body);
  }

  async merge(path: string, body: object): Promise<void> {
    await this.#write("PATCH", path, body);
  }

  async remove(path: string): Promise<void> {
    await this.#write("DELETE", path, { gracePeriodSeconds: 0 });
  }

  async read(path: string): Promise<Record<string, unknown>> {
    return (await this.#rest.call(path)).json();
  }

  async #write(method: string, path: string, body: object): Promise<Record<string, unknown>> {
    const patch = "application/merge-patch+json";
    const contentType = method === "PATCH" ? patch : "application/json";
    const { status, text, json } = await this.#rest.call(path, { method, contentType, body });
    assert.ok(status < 300, `${method} ${path}: ${text()}`);
    return json();
  }

  /** Whether what is done passes JavaScript by. */
  async isDirect(act: () => Promise<unknown>): Promise<boolean> {
    const before = this.#seen;
    await act();
    return this.#seen === before;
  }

  /** Sends requests until one of them passes JavaScript by, and gives its response. */
  async untilDirect(
    status: number,
    send: (attempt: number) => Promise<SteadyResponse>,
  ): Promise<SteadyResponse> {
    for (let attempt = 0; attempt < 6; attempt += 1) {
      let response: SteadyResponse | undefined;
      const isDirect = await this.isDirect(async () => {
        response = await send(attempt);
      });
      assert.equal(response?.status, status, response?.text);
      if (response !== undefined && isDirect) return response;
    }
    return assert.fail("JavaScript is asked each time");
  }

  async stop(): Promise<void> {
    this.closeClients();
    this.#rest.close();
    await this.api.stop();
  }
}
