import assert from "node:assert/strict";
import { issue, noNames } from "../../../../lib/api/pki/certificates.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { GrantingServer } from "../../../support/apiserver/grantingServer.js";
import {
  type SteadyClient,
  steadyHttp1,
  steadyHttp2,
} from "../../../support/apiserver/steadyClient.js";

const maps = "/api/v1/namespaces/default/configmaps";
const accounts = "/api/v1/namespaces/default/serviceaccounts";
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const roles = `${rbac}/clusterroles`;
const clusterBindings = `${rbac}/clusterrolebindings`;
const bindings = `${rbac}/namespaces/default/rolebindings`;
const rule = { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] };
const apiGroup = "rbac.authorization.k8s.io";
const user = { kind: "User", name: "reader", apiGroup };
const account = { kind: "ServiceAccount", name: "robot", namespace: "default" };

interface Way {
  readonly name: string;
  /** Makes what allows; returns the credentials of the clients. */
  readonly allow: () => Promise<{ token?: string; certificate?: string; key?: string }>;
  readonly revoke: () => Promise<void>;
  /** What was made and is still there. */
  readonly rest: readonly string[];
}

describe("what ends gets that the listener serves by itself, on every connection at once", () => {
  let server: GrantingServer;
  const clients: SteadyClient[] = [];
  before(async () => {
    server = await GrantingServer.start("reader-token,reader,1,readers\n");
    await server.create(maps, { metadata: { name: "a" } });
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  after(() => server.stop());

  const bind = (path: string, subjects: readonly object[], name = "x"): Promise<unknown> =>
    server.create(path, {
      metadata: { name },
      roleRef: { apiGroup, kind: "ClusterRole", name },
      subjects,
    });
  const allowUser = (path: string, subjects: readonly object[]) => async () => {
    await server.create(roles, { metadata: { name: "x" }, rules: [rule] });
    await bind(path, subjects);
    return { token: "reader-token" };
  };
  const allowAccount = (bound?: () => Promise<Record<string, unknown>>) => async () => {
    await server.create(accounts, { metadata: { name: "robot" } });
    await allowUser(clusterBindings, [account])();
    const boundObjectRef = await bound?.();
    const spec = boundObjectRef === undefined ? {} : { boundObjectRef };
    const made = await server.create(`${accounts}/robot/token`, { spec });
    return { token: (made.status as { token: string }).token };
  };
  const node = async (): Promise<Record<string, unknown>> => {
    const { metadata } = await server.create("/api/v1/nodes", { metadata: { name: "n" } });
    const { uid } = metadata as { uid: string };
    return { kind: "Node", apiVersion: "v1", name: "n", uid };
  };
  let ends = 0;
  const allowCertificate = async () => {
    const now = nodePlatform.clock.now();
    ends = Math.ceil(now / 1000) * 1000 + 2000;
    const times = { notBefore: now - 60_000, notAfter: ends };
    await allowUser(clusterBindings, [user])();
    return issue(server.authority, { commonName: "reader" }, ["client"], noNames, times);
  };
  const anew = async (): Promise<void> => {
    await server.remove(`${accounts}/robot`);
    await server.create(accounts, { metadata: { name: "robot" } });
  };
  const over = (): Promise<void> =>
    new Promise((resolve) => {
      nodePlatform.clock.setTimer(ends - nodePlatform.clock.now() + 1, resolve);
    });

  const ways: readonly Way[] = [
    {
      name: "a role that is no part of an aggregated one any more",
      allow: async () => {
        const selector = { matchLabels: { part: "yes" } };
        const aggregationRule = { clusterRoleSelectors: [selector] };
        await server.create(roles, { metadata: { name: "x" }, aggregationRule });
        const metadata = { name: "part", labels: { part: "yes" } };
        await server.create(roles, { metadata, rules: [rule] });
        await bind(clusterBindings, [user]);
        return { token: "reader-token" };
      },
      revoke: () => server.merge(`${roles}/part`, { metadata: { labels: { part: "no" } } }),
      rest: [`${roles}/part`, `${roles}/x`, `${clusterBindings}/x`],
    },
    {
      name: "a binding without the user's group",
      allow: allowUser(clusterBindings, [{ kind: "Group", name: "readers", apiGroup }]),
      revoke: () => server.merge(`${clusterBindings}/x`, { subjects: [account] }),
      rest: [`${roles}/x`, `${clusterBindings}/x`],
    },
    {
      name: "a role without the verb",
      allow: allowUser(bindings, [user]),
      revoke: () => server.merge(`${roles}/x`, { rules: [{ ...rule, verbs: ["list"] }] }),
      rest: [`${roles}/x`, `${bindings}/x`],
    },
    {
      name: "the deletion of all bindings",
      allow: allowUser(bindings, [user]),
      revoke: () => server.remove(bindings),
      rest: [`${roles}/x`],
    },
    {
      name: "another service account of the same name",
      allow: allowAccount(),
      revoke: anew,
      rest: [`${accounts}/robot`, `${roles}/x`, `${clusterBindings}/x`],
    },
    {
      name: "the deletion of the node that a token is bound to",
      allow: allowAccount(node),
      revoke: () => server.remove("/api/v1/nodes/n"),
      rest: [`${accounts}/robot`, `${roles}/x`, `${clusterBindings}/x`],
    },
    {
      name: "the end of a certificate",
      allow: allowCertificate,
      revoke: over,
      rest: [`${roles}/x`, `${clusterBindings}/x`],
    },
  ];

  for (const { name, allow, revoke, rest } of ways) {
    it(name, async () => {
      const options = { port: server.port, ...(await allow()) };
      clients.push(steadyHttp2(options), steadyHttp2(options), steadyHttp1(options));
      for (const client of clients) await server.untilDirect(200, () => client.get(`${maps}/a`));
      // Also amid requests of their own.
      const amid = clients.map(async (client) => {
        for (let at = 0; at < 10; at += 1) await client.get(`${maps}/a`);
      });
      await revoke();
      for (const client of clients) {
        const { status } = await client.get(`${maps}/a`);
        assert.ok(status === 403 || status === 401, String(status));
      }
      await Promise.all(amid);
      for (const path of rest) await server.remove(path);
    });
  }
});
