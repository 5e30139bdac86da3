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
import type { SteadyClient } from "./steadyClient.js";
import { startTestApiServer, type TestApiServer } from "./testApiServer.js";

/**
 * A whole API server with a TLS port that tells which requests its listener has served by itself,
 * and its owner, who writes over the insecure port.
 */
export class GrantingServer {
  readonly api: TestApiServer;
  readonly authority: Authority;
  readonly #rest: RestCaller;
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

  /** Gets one object until one of the gets passes JavaScript by. */
  async untilDirect(client: SteadyClient, path: string): Promise<void> {
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const get = async (): Promise<void> => {
        const { status, text } = await client.get(path);
        assert.equal(status, 200, text);
      };
      if (await this.isDirect(get)) return;
    }
    assert.fail(`${path} is asked of JavaScript each time`);
  }

  async stop(): Promise<void> {
    this.#rest.close();
    await this.api.stop();
  }
}
