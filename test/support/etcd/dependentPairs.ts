import assert from "node:assert/strict";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { type Peer, tokens } from "../../bench/peers/peer.js";

export interface Tree {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status: { readonly token?: string; readonly authenticated?: boolean };
  readonly spec: { readonly clusterIP?: string; readonly ports?: { readonly nodePort?: number }[] };
}

export interface Asked {
  readonly method?: string;
  readonly body?: object;
  readonly user?: string;
  readonly token?: string;
}

interface Answered {
  readonly status: number;
  readonly text: string;
}

/** How long the second request may fail before the pair does. */
const mostMilliseconds = 10_000;

/** Two API servers on one etcd: one is asked first, the other by whoever needs what that made. */
export class ServerPair {
  /** Of pairs, how long the second request failed. */
  readonly lags: number[] = [];
  readonly #http = nodePlatform.network.httpClient();

  constructor(
    readonly first: Peer,
    readonly second: Peer,
  ) {}

  close(): void {
    this.#http.close();
  }

  async ask(peer: Peer, path: string, asked: Asked = {}): Promise<Answered> {
    const { method = "GET", body, user, token = tokens.administrator } = asked;
    const answer = await this.#http.call({
      url: peer.url + path,
      method,
      tls: { insecureSkipVerify: true },
      headers: {
        authorization: `Bearer ${token}`,
        ...(user === undefined ? {} : { "impersonate-user": user }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, text: Buffer.from(await answer.readAll()).toString("utf8") };
  }

  /** By the first server, which must take it. */
  async make(path: string, body: object): Promise<Tree> {
    const { status, text } = await this.ask(this.first, path, { method: "POST", body });
    assert.equal(status, 201, `${this.first.side}: ${text}`);
    return JSON.parse(text) as Tree;
  }

  /** By the first server, which must do it. */
  async remove(path: string): Promise<void> {
    const { status, text } = await this.ask(this.first, path, { method: "DELETE" });
    assert.ok(status < 300, `${this.first.side}: ${text}`);
  }

  /**
   * Asks the second server until its response is the wanted one, and notes how long it was another
   * one: 0 where the first was right. `also` are the codes that it may have before.
   */
  async comes(
    code: number,
    path: string,
    asked: Asked | (() => Asked) = {},
    also: readonly number[] = [],
  ): Promise<Tree> {
    const begin = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      const next = typeof asked === "function" ? asked() : asked;
      const { status, text } = await this.ask(this.second, path, next);
      const took = performance.now() - begin;
      if (status === code) {
        this.lags.push(attempt === 1 ? 0 : took);
        return JSON.parse(text) as Tree;
      }
      const isAllowed = also.length === 0 || also.includes(status);
      assert.ok(isAllowed && took < mostMilliseconds, `${this.second.side}, not ${code}: ${text}`);
    }
  }

  /** Whether the second server takes the token for somebody's. */
  async reviewed(token: string, authenticated: boolean): Promise<void> {
    const path = "/apis/authentication.k8s.io/v1/tokenreviews";
    const begin = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      const asked = { method: "POST", body: { spec: { token } } };
      const { status, text } = await this.ask(this.second, path, asked);
      assert.equal(status, 201, text);
      const took = performance.now() - begin;
      if (((JSON.parse(text) as Tree).status.authenticated === true) === authenticated) {
        this.lags.push(attempt === 1 ? 0 : took);
        return;
      }
      assert.ok(took < mostMilliseconds, `${this.second.side}: ${text}`);
    }
  }
}

export interface DependentPair {
  /** Whether the second must know of the first at once; else within a watch's lag. */
  readonly isAtOnce: boolean;
  /** Upstream's server remembers for ten seconds whose a token is. */
  readonly waitsForTokens?: boolean;
  run(servers: ServerPair, id: string): Promise<void>;
}

const within = (namespace: string, resource: string): string =>
  `/api/v1/namespaces/${namespace}/${resource}`;
const inDefault = (resource: string): string => within("default", resource);
const named = (name: string): { metadata: { name: string } } => ({ metadata: { name } });
const post = (body: object): Asked => ({ method: "POST", body });
const pod = (name: string, spec: object = {}): object => ({
  ...named(name),
  spec: { containers: [{ name: "c", image: "none.example/none" }], ...spec },
});
/** A new name for each attempt. */
function several(id: string, body: (name: string) => object): () => Asked {
  let number = 0;
  return () => {
    number += 1;
    return post(body(`${id}-${number}`));
  };
}
const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
const rbacGroup = "rbac.authorization.k8s.io";

async function makeAccount(servers: ServerPair, id: string): Promise<string> {
  await servers.make(inDefault("serviceaccounts"), named(id));
  return inDefault(`serviceaccounts/${id}`);
}

async function tokenOf(servers: ServerPair, account: string, spec: object = {}): Promise<string> {
  const { status } = await servers.make(`${account}/token`, { spec });
  assert.ok(status.token);
  return status.token;
}

const atOnce = (run: DependentPair["run"]): DependentPair => ({ isAtOnce: true, run });
const slow = (run: DependentPair["run"]): DependentPair => ({
  isAtOnce: false,
  waitsForTokens: true,
  run,
});
const soon = (run: DependentPair["run"]): DependentPair => ({ isAtOnce: false, run });

const objectPairs: Readonly<Record<string, DependentPair>> = {
  "a namespace, then an object in it": atOnce(async (servers, id) => {
    await servers.make("/api/v1/namespaces", named(id));
    await servers.comes(201, within(id, "configmaps"), post(named("m")));
  }),
  "an object, then its reads": atOnce(async (servers, id) => {
    await servers.make(inDefault("configmaps"), named(id));
    await servers.comes(200, inDefault(`configmaps/${id}`));
    await servers.comes(409, inDefault("configmaps"), post(named(id)));
    await servers.remove(inDefault(`configmaps/${id}`));
    await servers.comes(404, inDefault(`configmaps/${id}`));
  }),
  "an account, then a pod of it": atOnce(async (servers, id) => {
    await makeAccount(servers, id);
    await servers.comes(201, inDefault("pods"), post(pod(id, { serviceAccountName: id })));
  }),
  "an account, then its token, then the token's use": atOnce(async (servers, id) => {
    const account = await makeAccount(servers, id);
    const { status } = await servers.comes(201, `${account}/token`, post({ spec: {} }));
    await servers.reviewed(status.token ?? "", true);
    await servers.reviewed(await tokenOf(servers, account), true);
  }),
  "a pod, then a token bound to it": atOnce(async (servers, id) => {
    const account = await makeAccount(servers, id);
    const spec = { serviceAccountName: id };
    const { metadata } = await servers.make(inDefault("pods"), pod(id, spec));
    const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: id, uid: metadata.uid };
    const asked = post({ spec: { boundObjectRef } });
    const { status } = await servers.comes(201, `${account}/token`, asked);
    await servers.reviewed(status.token ?? "", true);
  }),
  "a class, then a pod that names it": atOnce(async (servers, id) => {
    await makeAccount(servers, id);
    await servers.make("/apis/scheduling.k8s.io/v1/priorityclasses", { ...named(id), value: 7 });
    await servers.make("/apis/node.k8s.io/v1/runtimeclasses", { ...named(id), handler: "runc" });
    const classes = { priorityClassName: id, runtimeClassName: id, serviceAccountName: id };
    await servers.comes(201, inDefault("pods"), post(pod(id, classes)));
  }),
  "a service, then its address and node port": atOnce(async (servers, id) => {
    const ports = [{ port: 80 }];
    const made = await servers.make(inDefault("services"), {
      ...named(id),
      spec: { type: "NodePort", ports },
    });
    const { clusterIP } = made.spec;
    const sameAddress = { ...named(`${id}-2`), spec: { clusterIP, ports } };
    await servers.comes(422, inDefault("services"), post(sameAddress));
    const nodePort = made.spec.ports?.[0]?.nodePort;
    const samePort = { type: "NodePort", ports: [{ port: 80, nodePort }] };
    await servers.comes(422, inDefault("services"), post({ ...named(`${id}-3`), spec: samePort }));
  }),
};

const policyPairs: Readonly<Record<string, DependentPair>> = {
  "a role and binding, then what they allow; their end, then no more": soon(async (servers, id) => {
    const read = inDefault("configmaps");
    const rules = [{ verbs: ["list"], apiGroups: [""], resources: ["configmaps"] }];
    await servers.make(`${rbac}/roles`, { ...named(id), rules });
    await servers.make(`${rbac}/rolebindings`, {
      ...named(id),
      roleRef: { apiGroup: rbacGroup, kind: "Role", name: id },
      subjects: [{ apiGroup: rbacGroup, kind: "User", name: id }],
    });
    await servers.comes(200, read, { user: id }, [403]);
    await servers.remove(`${rbac}/rolebindings/${id}`);
    await servers.comes(403, read, { user: id }, [200]);
  }),
  "an account's end, then a write with its token": slow(async (servers, id) => {
    const account = await makeAccount(servers, id);
    const token = await tokenOf(servers, account);
    await servers.reviewed(token, true);
    await servers.remove(account);
    const write = { ...post(named(id)), token };
    // Until the watch has come, it is the account's still, and nothing else.
    await servers.comes(401, inDefault("configmaps"), write, [403]);
  }),
  "a pod's end, then a token that was bound to it": soon(async (servers, id) => {
    const account = await makeAccount(servers, id);
    const spec = { serviceAccountName: id };
    const { metadata } = await servers.make(inDefault("pods"), pod(id, spec));
    const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: id, uid: metadata.uid };
    const token = await tokenOf(servers, account, { boundObjectRef });
    await servers.remove(`${inDefault("pods")}/${id}?gracePeriodSeconds=0`);
    await servers.reviewed(token, false);
  }),
  "a quota, then what is beyond it": soon(async (servers, id) => {
    await servers.make("/api/v1/namespaces", named(id));
    const spec = { hard: { "count/configmaps": "0" } };
    const quota = await servers.make(within(id, "resourcequotas"), { ...named("q"), spec });
    // No controller counts here: a quota without a status limits nothing.
    const status = { hard: spec.hard, used: spec.hard };
    const path = within(id, "resourcequotas/q/status");
    const counted = { method: "PUT", body: { ...quota, status } };
    assert.equal((await servers.ask(servers.first, path, counted)).status, 200);
    await servers.comes(403, within(id, "configmaps"), several("m", named), [201]);
  }),
  "limits, then a pod that is beyond them": soon(async (servers, id) => {
    await servers.make("/api/v1/namespaces", named(id));
    await servers.make(within(id, "serviceaccounts"), named("default"));
    const limits = [{ type: "Container", max: { cpu: "1" }, default: { cpu: "1" } }];
    await servers.make(within(id, "limitranges"), { ...named("l"), spec: { limits } });
    const resources = { limits: { cpu: "2" } };
    const containers = [{ name: "c", image: "none.example/none", resources }];
    const big = several("p", (name) => ({ ...named(name), spec: { containers } }));
    await servers.comes(403, within(id, "pods"), big, [201]);
  }),
};

/** Pairs of requests, the second of which needs what the first has done. */
export const dependentPairs: Readonly<Record<string, DependentPair>> = {
  ...objectPairs,
  ...policyPairs,
};
