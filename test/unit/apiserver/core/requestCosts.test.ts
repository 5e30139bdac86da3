import assert from "node:assert/strict";
import { customResourceType } from "../../../../lib/api/customResourceType.js";
import type { UserInfo } from "../../../../lib/apiserver/identity.js";
import type { ServerResult } from "../../../../lib/apiserver/serverResult.js";
import { type Asked, serverRequest } from "../../../support/apiserver/serverRequest.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";
import { type Cost, costOf } from "../../../support/native/countCalls.js";

const rbac = "rbac.authorization.k8s.io";
const user: UserInfo = { name: "dev", uid: "", groups: ["system:authenticated"], extra: {} };
const namespace = "default";
const merge = "application/merge-patch+json";

const metadata = (name: string) => ({ name, namespace, labels: { app: "x" } });
const pod = (name: string) => ({
  metadata: metadata(name),
  spec: { containers: [{ name: "c", image: "nginx:1" }] },
});
const probe = { httpGet: { path: "/healthz", port: 80 } };
const probed = (name: string) => ({
  metadata: metadata(name),
  spec: {
    containers: [
      { name: "c", image: "nginx:1", livenessProbe: probe, readinessProbe: probe },
      { name: "d", image: "db:1", startupProbe: { exec: { command: ["true"] } } },
    ],
  },
});
const map = (name: string, text: string) => ({ metadata: metadata(name), data: { text } });
const lease = (name: string, second: number) => ({
  metadata: metadata(name),
  spec: { holderIdentity: "a", renewTime: `2026-01-01T00:00:0${second}.000000Z` },
});
const event = (name: string) => ({
  metadata: metadata(name),
  involvedObject: { kind: "Pod", name: "p", namespace },
  reason: "r",
  message: "m",
  type: "Normal",
  source: { component: "test" },
});
const newEvent = (name: string, count: number) => ({
  metadata: metadata(name),
  regarding: { kind: "Pod", name: "p", namespace },
  ...{ reason: "r", note: "m", type: "Normal", action: "a" },
  ...{ reportingController: "test", reportingInstance: "test-1" },
  eventTime: "2026-01-01T00:00:00.000000Z",
  series: { count, lastObservedTime: `2026-01-01T00:00:0${count}.000000Z` },
});
const slice = (count: number) => ({
  metadata: metadata("s"),
  addressType: "IPv4",
  endpoints: [{ addresses: [`10.1.0.${count + 1}`], conditions: { ready: true } }],
  ports: [{ name: "", protocol: "TCP", port: 80 }],
});
const toNode = (name: string) => ({ metadata: { name, namespace }, target: { name: "node-a" } });
const widgets = { group: "example.com", version: "v1", resource: "widgets" };
const slices = { group: "discovery.k8s.io", resource: "endpointslices" };
const newEvents = { group: "events.k8s.io", resource: "events" };
const kubelet: UserInfo = {
  ...user,
  name: "system:node:node-a",
  groups: ["system:nodes", "system:authenticated"],
};
const leases = { group: "coordination.k8s.io", resource: "leases" };

interface Row {
  readonly name: string;
  readonly asked: (n: number) => Asked;
  readonly body?: (n: number) => object;
  readonly contentType?: string;
  readonly as?: UserInfo;
  readonly cost: Cost;
}

/** Of each request: looking at the store once, for all caches together. */
const fresh = {
  "NativeStore.currentRevision": 1,
  "NativeStore.handedOverRevision": 1,
  "NativeStore.hasNews": 1,
};
/** Of each write: the transaction, and whether its own watches have something to take. */
const written = { ...fresh, "NativeStore.hasNews": 2, "NativeStore.transact": 1 };
/** Objects that are made natively, and freed when the request ends. */
const made = (objects: number) => ({
  "NativeObject.account": objects,
  "NativeObject.message": objects,
  "NativeObject.release": objects,
});
const creation = {
  ...written,
  ...made(2),
  codecReadBody: 1,
  "NativeObject.hasWarnings": 1,
  "NativeObject.excess": 2,
  rulesPlain: 1,
  rulesCreated: 1,
  "NativeObject.stored": 1,
};
/** The response is what is stored, as it is read back. */
const asStored = { codecTranscode: 1 };
const plainCreation = { ...creation, ...asStored };
const updated = {
  "NativeStore.get": 1,
  codecDecodeStored: 1,
  "NativeObject.hasWarnings": 1,
  "NativeObject.identity": 2,
  "NativeObject.excess": 1,
  rulesChange: 1,
  rulesUpdated: 1,
  "NativeObject.equalsButTimes": 1,
  "NativeObject.stored": 1,
};
const update = { ...written, ...made(3), ...updated };
const plainUpdate = { ...update, ...asStored };
/** What a node may do goes by its pods: the one that the request before has changed is read. */
const followed = { "NativeStore.drain": 1, "NativeWatcher.take": 1 };
/** Of a version that is not the stored one: there, and back for the response. */
const other = (objects: number, conversions: number) => ({
  ...made(objects),
  "NativeObject.convert": conversions,
  "NativeObject.encode": 1,
});
const cost = (
  calls: Readonly<Record<string, number>>,
  json: { readonly parsed: number; readonly stringified: number },
  promises = 0,
): Cost => ({
  calls,
  crossings: Object.values(calls).reduce((sum, number) => sum + number, 0),
  ...json,
  promises,
});
/** The key of the authorizer's decision is one text. */
const untouched = { parsed: 0, stringified: 1 };

/** Exact: what is added here is added to every such request. */
const rows: readonly Row[] = [
  {
    name: "create a pod",
    asked: () => ({ verb: "create", resource: "pods" }),
    body: (n) => pod(`p${n}`),
    cost: cost(plainCreation, untouched),
  },
  {
    name: "create a pod with probes",
    asked: () => ({ verb: "create", resource: "pods" }),
    body: (n) => probed(`probed${n}`),
    cost: cost(plainCreation, untouched),
  },
  {
    name: "get a pod",
    asked: () => ({ verb: "get", resource: "pods", name: "p0" }),
    cost: cost({ ...fresh, "NativeStore.getEncoded": 1 }, untouched),
  },
  {
    name: "list pods",
    asked: () => ({ verb: "list", resource: "pods" }),
    cost: cost({ ...fresh, "NativeStore.list": 1, "NativeList.step": 1 }, untouched, 15),
  },
  {
    name: "bind a pod",
    asked: (n) => ({ verb: "create", resource: "pods", subresource: "binding", name: `p${n}` }),
    body: (n) => toNode(`p${n}`),
    cost: cost(
      {
        ...written,
        ...made(3),
        "NativeStore.get": 1,
        codecReadBody: 1,
        codecDecodeStored: 1,
        "NativeObject.hasWarnings": 1,
        "NativeObject.excess": 1,
        "NativeObject.json": 1,
        rulesBound: 1,
        "NativeObject.equals": 1,
        "NativeObject.stored": 1,
      },
      { parsed: 1, stringified: 2 },
    ),
  },
  {
    name: "patch a pod's status",
    asked: () => ({ verb: "patch", resource: "pods", subresource: "status", name: "p0" }),
    body: (n) => ({ status: { message: `${n}` } }),
    contentType: merge,
    cost: cost({ ...plainUpdate, codecPatch: 1 }, untouched),
  },
  {
    name: "patch a pod's labels",
    asked: () => ({ verb: "patch", resource: "pods", name: "p0" }),
    body: (n) => ({ metadata: { labels: { n: `${n}` } } }),
    contentType: merge,
    cost: cost({ ...plainUpdate, codecPatch: 1 }, { parsed: 1, stringified: 1 }),
  },
  {
    name: "delete a pod",
    asked: (n) => ({ verb: "delete", resource: "pods", name: `p${n}` }),
    body: () => ({ gracePeriodSeconds: 0 }),
    cost: cost(
      {
        ...written,
        ...made(3),
        codecReadBody: 1,
        "NativeStore.get": 2,
        "NativeStore.hasNews": 3,
        "NativeStore.transact": 2,
        codecDecodeStored: 1,
        "NativeObject.hasWarnings": 2,
        "NativeObject.excess": 1,
        "NativeObject.json": 1,
        "NativeObject.metadata": 2,
        "NativeObject.jsonUnmanaged": 1,
        "NativeObject.withJson": 1,
        "NativeObject.equals": 1,
        "NativeObject.stored": 1,
        codecTranscode: 1,
      },
      { parsed: 2, stringified: 2 },
    ),
  },
  {
    name: "create a ConfigMap",
    asked: () => ({ verb: "create", resource: "configmaps" }),
    body: (n) => map(`m${n}`, "a"),
    cost: cost(plainCreation, untouched),
  },
  {
    name: "get a ConfigMap",
    asked: () => ({ verb: "get", resource: "configmaps", name: "m0" }),
    cost: cost({ ...fresh, "NativeStore.getEncoded": 1 }, untouched),
  },
  {
    name: "update a ConfigMap",
    asked: () => ({ verb: "update", resource: "configmaps", name: "m0" }),
    body: (n) => map("m0", `${n}`),
    cost: cost({ ...plainUpdate, codecReadBody: 1 }, untouched),
  },
  {
    name: "patch a ConfigMap",
    asked: () => ({ verb: "patch", resource: "configmaps", name: "m0" }),
    body: (n) => ({ data: { text: `patched ${n}` } }),
    contentType: merge,
    cost: cost({ ...plainUpdate, codecPatch: 1 }, untouched),
  },
  {
    name: "delete a ConfigMap",
    asked: (n) => ({ verb: "delete", resource: "configmaps", name: `m${n}` }),
    cost: cost(
      {
        ...written,
        ...made(2),
        "NativeStore.get": 1,
        codecDecodeStored: 1,
        "NativeObject.metadata": 1,
        "NativeObject.jsonUnmanaged": 1,
        "NativeObject.withJson": 1,
        "NativeObject.hasWarnings": 1,
        "NativeObject.equals": 1,
      },
      { parsed: 1, stringified: 3 },
    ),
  },
  {
    name: "create a Lease",
    asked: () => ({ verb: "create", ...leases }),
    body: (n) => lease(`l${n}`, 0),
    cost: cost(plainCreation, untouched),
  },
  {
    name: "renew a Lease",
    asked: () => ({ verb: "patch", ...leases, name: "l0" }),
    body: (n) => ({ spec: lease("l0", n).spec }),
    contentType: merge,
    cost: cost({ ...plainUpdate, codecPatch: 1 }, untouched),
  },
  {
    name: "create a custom object",
    asked: () => ({ verb: "create", ...widgets }),
    body: (n) => ({
      ...{ apiVersion: "example.com/v1", kind: "Widget" },
      ...{ metadata: metadata(`w${n}`), spec: { n } },
    }),
    cost: cost(
      {
        ...written,
        ...made(3),
        codecReadBody: 1,
        "NativeObject.hasWarnings": 2,
        "NativeObject.excess": 2,
        "NativeObject.jsonUnmanaged": 1,
        codecManagedFields: 1,
        "NativeObject.withJson": 1,
        "NativeObject.stored": 1,
        codecTranscode: 1,
      },
      { parsed: 1, stringified: 2 },
    ),
  },
  {
    name: "get a custom object",
    asked: () => ({ verb: "get", ...widgets, name: "w0" }),
    cost: cost({ ...fresh, "NativeStore.getEncoded": 1 }, untouched),
  },
  {
    name: "create an Event",
    asked: () => ({ verb: "create", resource: "events" }),
    body: (n) => event(`e${n}`),
    cost: cost(plainCreation, untouched),
  },
  {
    name: "count an Event",
    asked: () => ({ verb: "patch", resource: "events", name: "e0" }),
    body: (n) => ({ count: n + 2, lastTimestamp: `2026-01-01T00:00:0${n}Z` }),
    contentType: merge,
    cost: cost({ ...plainUpdate, codecPatch: 1 }, untouched),
  },
  {
    name: "create an Event of events.k8s.io",
    asked: () => ({ verb: "create", ...newEvents }),
    body: (n) => newEvent(`n${n}`, 2),
    cost: cost({ ...creation, ...other(4, 2) }, untouched),
  },
  {
    name: "go on with a series of events.k8s.io",
    asked: () => ({ verb: "patch", ...newEvents, name: "n0" }),
    body: (n) => ({ series: newEvent("n0", n + 3).series }),
    contentType: merge,
    cost: cost({ ...update, ...other(6, 3), codecPatch: 1, "NativeObject.identity": 3 }, untouched),
  },
  {
    name: "update an EndpointSlice",
    asked: () => ({ verb: "update", ...slices, name: "s" }),
    body: slice,
    cost: cost({ ...plainUpdate, codecReadBody: 1 }, untouched),
  },
  {
    name: "patch a pod's status, as its kubelet",
    asked: () => ({ verb: "patch", resource: "pods", subresource: "status", name: "bound" }),
    body: (n) => ({ status: { reason: `${n}` } }),
    contentType: merge,
    as: kubelet,
    cost: cost({ ...plainUpdate, ...followed, codecPatch: 1 }, { ...untouched, parsed: 1 }),
  },
  {
    name: "update a node's status, as its kubelet",
    asked: () => ({ verb: "update", resource: "nodes", subresource: "status", name: "node-a" }),
    body: (n) => ({ metadata: { name: "node-a" }, status: { phase: `${n}` } }),
    as: kubelet,
    cost: cost(
      { ...made(3), ...updated, ...asStored, "NativeStore.transact": 1, codecReadBody: 1 },
      // No decision is looked up by a key: a node may always do this.
      { parsed: 0, stringified: 0 },
    ),
  },
];

describe("what a request in process costs: crossings, passes over the object, promises", () => {
  let started: TestApiServer;
  before(async () => {
    started = await startTestApiServer();
    const { objects, scheme } = started.server;
    const kind = { version: "v1", kind: "Widget", resource: "widgets", namespaced: true };
    scheme.add(customResourceType({ group: "example.com", ...kind }));
    await objects.create(rbac, "clusterrolebindings", "", {
      metadata: { name: "dev" },
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ apiGroup: rbac, kind: "User", name: user.name }],
    });
    await objects.create("", "serviceaccounts", namespace, { metadata: { name: "default" } });
    await objects.create("", "nodes", "", { metadata: { name: "node-a" } });
    const { spec, ...bound } = pod("bound");
    await objects.create("", "pods", namespace, {
      ...bound,
      spec: { ...spec, nodeName: "node-a" },
    });
    await objects.create("discovery.k8s.io", "endpointslices", namespace, slice(100));
  });
  after(() => started.stop());

  for (const row of rows) {
    const { name, asked, body, contentType = "application/json", cost: expected } = row;
    it(name, async () => {
      const handle = (n: number): ServerResult | Promise<ServerResult> => {
        const bytes = body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body(n)));
        const parts = { knownUser: row.as ?? user, contentType, body: bytes };
        const request = serverRequest({ namespace, ...asked(n) }, parts);
        return started.server.pipeline.handle(request);
      };
      // Caches are read, decisions and views made once.
      for (let n = 0; n < 3; n += 1) await handle(n);
      const { cost: found } = await costOf(() => handle(3));
      // The body above.
      const own = body === undefined ? 0 : 1;
      assert.deepEqual({ ...found, stringified: found.stringified - own }, expected);
    });
  }
});
