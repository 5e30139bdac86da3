import assert from "node:assert/strict";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { SeededRandom } from "../../../../lib/platform/virtual/seededRandom.js";
import { type Change, setAt, type Tree, TwoWays } from "../../../support/apiserver/twoWays.js";

const podMessage = "k8s.io.api.core.v1.Pod";
const podSpec = (): Tree => ({
  containers: [{ name: "c", image: "web:1" }],
  // A token's volume has another name on each server.
  automountServiceAccountToken: false,
});

/** Pods as they are before an update. */
const pods: readonly Tree[] = [
  { metadata: {}, spec: podSpec() },
  { metadata: { labels: { a: "b" }, annotations: { c: "d" } }, spec: podSpec() },
  { metadata: {}, spec: { ...podSpec(), nodeName: "n", tolerations: [{ operator: "Exists" }] } },
  { metadata: { finalizers: ["example.com/kept"] }, spec: podSpec() },
  {
    metadata: { ownerReferences: [{ apiVersion: "v1", kind: "R", name: "r", uid: "u" }] },
    spec: { ...podSpec(), activeDeadlineSeconds: 50 },
  },
];

const podChanges: readonly Change[] = [
  ["metadata.labels", { turn: "1" }],
  ["metadata.labels", { turn: "not a value" }],
  ["metadata.labels", undefined],
  ["metadata.labels", {}],
  ["metadata.annotations", { "example.com/x": "y" }],
  ["metadata.annotations", { "a b": "y" }],
  ["metadata.annotations", { "seccomp.security.alpha.kubernetes.io/pod": "x" }],
  ["metadata.annotations", { big: "x".repeat(256 * 1024) }],
  ["metadata.finalizers", ["example.com/other"]],
  ["metadata.finalizers", []],
  ["metadata.finalizers", ["bare"]],
  ["metadata.ownerReferences", [{ apiVersion: "v1", kind: "O", name: "o", uid: "u" }]],
  ["metadata.ownerReferences", [{ apiVersion: "v1", kind: "O", name: "", uid: "u" }]],
  ["metadata.ownerReferences", undefined],
  ["metadata.generation", 5],
  ["metadata.generateName", "else-"],
  ["metadata.uid", ""],
  ["metadata.uid", "another"],
  ["metadata.namespace", ""],
  ["metadata.namespace", "other"],
  ["metadata.name", "other"],
  ["metadata.resourceVersion", ""],
  ["metadata.resourceVersion", "1"],
  ["metadata.resourceVersion", "x"],
  ["metadata.creationTimestamp", "2020-01-01T00:00:00Z"],
  ["metadata.creationTimestamp", null],
  ["metadata.deletionTimestamp", "2020-01-01T00:00:00Z"],
  ["metadata.deletionGracePeriodSeconds", 3],
  ["metadata.selfLink", "/x"],
  ["metadata.managedFields", []],
  ["metadata.managedFields", [{}]],
  ["status", { phase: "Failed" }],
  ["status", undefined],
  ["spec.containers.0.image", "web:2"],
  ["spec.containers.0.image", " x"],
  ["spec.containers.0.command", ["x"]],
  ["spec.activeDeadlineSeconds", 40],
  ["spec.activeDeadlineSeconds", undefined],
  ["spec.tolerations", []],
  ["spec.tolerations", [{ operator: "Exists" }]],
  ["spec.priority", undefined],
  ["spec.preemptionPolicy", undefined],
  ["spec.terminationGracePeriodSeconds", 30],
  ["spec.nodeName", "m"],
];

const maps: readonly Tree[] = [
  { metadata: {}, data: { a: "b" } },
  { metadata: {}, data: { a: "b" }, immutable: true },
  { metadata: { finalizers: ["example.com/kept"] }, binaryData: { a: "AAAA" } },
];

const mapChanges: readonly Change[] = [
  ["data", { a: "c" }],
  ["data", { "a/b": "c" }],
  ["data", { a: "b", c: "d" }],
  ["data", undefined],
  ["binaryData", { a: "AAAA" }],
  ["binaryData", { z: "AAAA" }],
  ["immutable", true],
  ["immutable", false],
  ["metadata.labels", { turn: "1" }],
  ["metadata.labels", { "-": "1" }],
  ["metadata.annotations", { x: "y" }],
  ["metadata.generation", 4],
  ["metadata.finalizers", []],
  ["metadata.uid", "another"],
  ["metadata.resourceVersion", ""],
];

const events: readonly Tree[] = [
  { metadata: {}, involvedObject: { kind: "Pod", name: "p", namespace: "default" } },
  {
    metadata: {},
    involvedObject: { kind: "Pod", name: "p", namespace: "default" },
    eventTime: "2020-01-01T00:00:00.000001Z",
    reportingComponent: "c",
    reportingInstance: "i",
    action: "a",
    reason: "r",
  },
];

const eventChanges: readonly Change[] = [
  ["count", 2],
  ["message", "again"],
  ["reason", "Other"],
  ["involvedObject", { kind: "Pod", name: "p", namespace: "other" }],
  ["involvedObject", { kind: "Pod", name: "q", namespace: "default" }],
  ["eventTime", "2020-01-01T00:00:00.000002Z"],
  ["series", { count: 3, lastObservedTime: "2020-01-01T00:00:00.000002Z" }],
  ["metadata.labels", { a: "b c" }],
];

const leases: readonly Tree[] = [
  { metadata: {}, spec: { holderIdentity: "me", leaseDurationSeconds: 5 } },
  { metadata: { finalizers: ["example.com/kept"] }, spec: {} },
];

const leaseChanges: readonly Change[] = [
  ["spec.renewTime", "2020-01-01T00:00:00.000001Z"],
  ["spec.holderIdentity", "you"],
  ["spec.leaseDurationSeconds", 0],
  ["spec.leaseTransitions", 3],
  ["spec.strategy", "Odd"],
  ["metadata.labels", { a: "b" }],
  ["metadata.resourceVersion", ""],
];

/** The body of a merge patch that sets a path; what is undefined is taken away. */
function patchOf([path, value]: Change): Tree {
  const patch: Tree = {};
  setAt(patch, path, value === undefined ? null : value);
  return patch;
}

describe("plain updates", () => {
  let both: TwoWays;

  before(async () => {
    both = await TwoWays.start();
  });
  after(async () => {
    await both?.stop();
  });

  async function read(path: string): Promise<Tree> {
    const text = await both.same("GET", path);
    return JSON.parse(text.slice(text.indexOf("\n"))) as Tree;
  }

  for (const [resource, bases, changes] of [
    ["pods", pods, podChanges],
    ["configmaps", maps, mapChanges],
    ["events", events, eventChanges],
    ["leases", leases, leaseChanges],
  ] as const) {
    const version = resource === "leases" ? "apis/coordination.k8s.io/v1" : "api/v1";
    const collection = `/${version}/namespaces/default/${resource}`;

    it(`of ${resource} by PUT give what the full rules give`, async () => {
      const random = new SeededRandom(20261201);
      let at = 0;
      for (const base of bases) {
        for (const change of [[], ...changes]) {
          const more = random.below(3) === 0 ? [changes[random.below(changes.length)]!] : [];
          const name = `put-${at++}`;
          const created = structuredClone(base);
          setAt(created, "metadata.name", name);
          assert.match(await both.same("POST", collection, created), /^201/);
          const path = `${collection}/${name}`;
          const next = await read(path);
          // Both servers' own numbers and names were taken out of what was read.
          setAt(next, "metadata.resourceVersion", "");
          setAt(next, "metadata.uid", "");
          setAt(next, "metadata.creationTimestamp", null);
          setAt(next, "metadata.managedFields", []);
          for (const [where, value] of [change, ...more]) {
            if (where !== undefined) setAt(next, where, value);
          }
          await both.same("PUT", path, next);
          await read(path);
        }
      }
    });

    it(`of ${resource} by patches give what the full rules give`, async () => {
      let at = 0;
      for (const base of bases) {
        for (const change of changes) {
          const name = `patch-${at++}`;
          const created = structuredClone(base);
          setAt(created, "metadata.name", name);
          assert.match(await both.same("POST", collection, created), /^201/);
          const path = `${collection}/${name}`;
          for (const type of ["merge-patch", "strategic-merge-patch"]) {
            if (change[0].includes(".0.")) continue;
            await both.same("PATCH", path, patchOf(change), `application/${type}+json`);
          }
          await read(path);
        }
      }
    });
  }

  it("bind pods as the full rules do", async () => {
    const collection = "/api/v1/namespaces/default/pods";
    const bases: readonly Tree[] = [
      { spec: podSpec() },
      { spec: { ...podSpec(), nodeName: "taken" } },
      { spec: { ...podSpec(), schedulingGates: [{ name: "g" }] } },
    ];
    const waiting = { type: "PodScheduled", status: "False", reason: "Unschedulable" };
    const statuses: readonly Tree[] = [
      {},
      { conditions: [waiting, { type: "Ready", status: "False" }] },
      { conditions: [{ type: "PodScheduled", status: "True" }] },
    ];
    const bindings: readonly Tree[] = [
      { target: { kind: "Node", name: "n" } },
      { target: { name: "" } },
      { target: { kind: "Pod", name: "n" } },
      { metadata: { uid: "another" }, target: { name: "n" } },
    ];
    // An annotation needs the tree.
    const bound = async (base: Tree, status: Tree, binding: Tree, annotations: Tree) => {
      const name = `bound-${at++}`;
      const created = { ...structuredClone(base), metadata: { name, annotations: { kept: "x" } } };
      assert.match(await both.same("POST", collection, created), /^201/);
      const path = `${collection}/${name}`;
      const merge = "application/merge-patch+json";
      await both.same("PATCH", `${path}/status`, { status }, merge);
      const sent = structuredClone(binding);
      setAt(sent, "metadata.name", name);
      setAt(sent, "metadata.annotations", annotations);
      const texts = [await both.same("POST", `${path}/binding`, sent)];
      texts.push(
        await both.same("POST", `${path}/binding`, sent),
        JSON.stringify(await read(path)),
      );
      return texts.join("\n").replaceAll(name, "NAME");
    };
    let at = 0;
    for (const base of bases) {
      for (const status of statuses) {
        for (const binding of bindings) {
          const native = await bound(base, status, binding, {});
          assert.equal(native, await bound(base, status, binding, { kept: "x" }));
        }
      }
    }
  });

  it("make no tree of a pod whose spec is as it was", () => {
    const decode = (tree: Tree) => {
      const text = Buffer.from(JSON.stringify(tree));
      const { object } = nativeCodec.decode(podMessage, text, { format: "json" });
      assert.ok(object);
      return object;
    };
    const tolerations = [{ key: "k", operator: "Exists" }];
    const spec = { ...podSpec(), nodeName: "n", tolerations };
    const current = decode({
      metadata: { name: "a", uid: "u" },
      spec,
      status: { phase: "Running" },
    });
    const labeled = decode({ metadata: { name: "a", labels: { b: "c" } }, spec });
    assert.deepEqual(labeled.plainChange(current, ""), {
      tolerations: JSON.stringify(tolerations),
    });
    const elsewhere = decode({ metadata: { name: "a" }, spec: { ...spec, nodeName: "m" } });
    assert.equal(elsewhere.plainChange(current, ""), undefined);
  });
});
