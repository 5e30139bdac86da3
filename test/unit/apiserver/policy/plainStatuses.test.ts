import assert from "node:assert/strict";
import type { ApiObject } from "../../../../lib/api/codec.js";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { SeededRandom } from "../../../../lib/platform/virtual/seededRandom.js";
import { endedStatus, nodeStatus, podStatus } from "../../../support/apiserver/kubeletStatus.js";
import { mutated } from "../../../support/apiserver/mutations.js";
import { type Tree, TwoWays } from "../../../support/apiserver/twoWays.js";

const podMessage = "k8s.io.api.core.v1.Pod";
const nodeMessage = "k8s.io.api.core.v1.Node";
const json = "application/json";
const strategic = "application/strategic-merge-patch+json";
const merge = "application/merge-patch+json";
const jsonPatch = "application/json-patch+json";
const pods = "/api/v1/namespaces/default/pods";
const nodes = "/api/v1/nodes";
const kubelet = { "impersonate-user": "system:node:n1", "impersonate-group": "system:nodes" };
const rounds = Number(process.env.STEERSMAN_MUTATIONS ?? "60");

function decode(message: string, tree: Tree): ApiObject {
  const text = Buffer.from(JSON.stringify(tree));
  const { object } = nativeCodec.decode(message, text, { format: "json" });
  assert.ok(object, JSON.stringify(tree));
  return object;
}

const podSpec = (more: Tree = {}): Tree => ({
  ...{ nodeName: "n1", containers: [{ name: "c", image: "web:1" }] },
  ...{ automountServiceAccountToken: false, ...more },
});
const meta = (more: Tree = {}): Tree => ({ name: "p", namespace: "default", uid: "u", ...more });
const pod = (status: Tree, metadata: Tree = {}, spec: Tree = {}): Tree => ({
  ...{ metadata: meta(metadata), spec: podSpec(spec), status },
});
const going = (seconds: number): Tree => ({
  deletionTimestamp: "2026-01-01T00:00:00Z",
  deletionGracePeriodSeconds: seconds,
});
const finalizers = ["batch.kubernetes.io/job-tracking"];
const owners = [{ apiVersion: "apps/v1", kind: "R", name: "r", uid: "u", controller: true }];
const started = podStatus();
const never = { restartPolicy: "Never" };
const onFailure = { restartPolicy: "OnFailure" };

/** What upstream's rules of a pod's status are about: whether the native rules let it pass. */
const podCases: readonly (readonly [string, boolean, Tree, Tree])[] = [
  ["the status changes", true, pod(started), pod(podStatus({ phase: "Failed" }))],
  ["the spec is another: it stays", true, pod(started), pod(started, {}, { hostname: "x" })],
  ["labels change", true, pod(started), pod(started, { labels: { a: "b" } })],
  ["labels are no labels", false, pod(started), pod(started, { labels: { a: "b c" } })],
  ["owners go: they stay", true, pod(started, { ownerReferences: owners }), pod(started)],
  ["it is being deleted", true, pod(started, going(30)), pod(endedStatus(0), going(30))],
  ["its grace changes", false, pod(started, going(30)), pod(started, going(5))],
  ["it is to be deleted by this", false, pod(started), pod(started, going(5))],
  [
    "finalizers hold it back",
    true,
    pod(started, { ...going(0), finalizers }),
    pod(endedStatus(0), { ...going(0), finalizers }),
  ],
  [
    "the last finalizer goes",
    false,
    pod(started, { ...going(0), finalizers }),
    pod(started, going(0)),
  ],
  ["a finalizer comes", false, pod(started), pod(started, { finalizers })],
  ["the class of quality changes", false, pod(started), pod(podStatus({ qosClass: "Burstable" }))],
  ["the class of quality goes", false, pod(started), pod(podStatus({ qosClass: "" }))],
  ["one address alone", false, pod(started), pod(podStatus({ podIPs: [] }))],
  ["the list of addresses alone", false, pod(started), pod(podStatus({ podIP: "" }))],
  ["another first address", false, pod(started), pod(podStatus({ podIP: "10.1.0.8" }))],
  ["no address", true, pod(started), pod(podStatus({ podIP: "", podIPs: [] }))],
  ["the host's address alone", false, pod(started), pod(podStatus({ hostIPs: [] }))],
  ["the host's list alone", false, pod(started), pod(podStatus({ hostIP: "" }))],
  ["what ended runs again", true, pod(endedStatus(1)), pod(started)],
  ["… and never restarts", false, pod(endedStatus(1), {}, never), pod(started, {}, never)],
  ["… after a failure", true, pod(endedStatus(1), {}, onFailure), pod(started, {}, onFailure)],
  ["… after success", false, pod(endedStatus(0), {}, onFailure), pod(started, {}, onFailure)],
  ["there was none", false, { metadata: meta(), spec: podSpec() }, pod(started)],
];

const node = (status: Tree, metadata: Tree = {}, spec: Tree = {}): Tree => ({
  ...{ metadata: { name: "n1", uid: "u", ...metadata }, spec, status },
});
const address = { type: "InternalIP", address: "10.0.0.1" };
const odd = (amount: string) => ({ "example.com/gpu": amount });
const known = node(nodeStatus());

const nodeCases: readonly (readonly [string, boolean, Tree, Tree])[] = [
  ["the status changes", true, known, node(nodeStatus({ phase: "Running" }))],
  ["the spec is another: it stays", true, known, node(nodeStatus(), {}, { podCIDR: "x" })],
  ["labels change", true, known, node(nodeStatus(), { labels: { a: "b" } })],
  ["labels are no labels", false, known, node(nodeStatus(), { labels: { a: "b c" } })],
  ["an address is there twice", false, known, node(nodeStatus({ addresses: [address, address] }))],
  ["nothing can be used", false, known, node(nodeStatus({ allocatable: {} }))],
  ["less than nothing", false, known, node(nodeStatus({ capacity: { cpu: "-1" } }))],
  ["half a device", false, known, node(nodeStatus({ allocatable: odd("500m") }))],
  ["there is none", true, known, node({})],
];

describe("plain writes of a status", () => {
  for (const [message, cases] of [
    [podMessage, podCases],
    [nodeMessage, nodeCases],
  ] as const) {
    const kind = message === podMessage ? "pod" : "node";
    for (const [what, isPlain, current, next] of cases) {
      it(`of a ${kind}: ${what}: ${isPlain ? "native" : "for the full rules"}`, () => {
        const change = decode(message, next).plainChange(decode(message, current), "status");
        assert.equal(change !== undefined, isPlain);
      });
    }
  }

  it("say what a node may not write of itself", () => {
    const labeled = pod(started, { labels: { a: "b" } });
    const facts = decode(podMessage, labeled).plainChange(
      decode(podMessage, pod(started)),
      "status",
    );
    const kept = { keepsLabels: false, keepsOwners: true, keepsClaims: true };
    assert.deepEqual(facts, { status: { nodeName: "n1", ...kept } });
    const other = decode(podMessage, pod(podStatus({ resourceClaimStatuses: [{ name: "c" }] })));
    const claims = other.plainChange(decode(podMessage, pod(started)), "status");
    assert.equal(claims?.status?.keepsClaims, false);
  });

  it("are those of the object and of its status alone", () => {
    const current = decode(podMessage, pod(started));
    for (const subresource of ["resize", "ephemeralcontainers", "scale"]) {
      assert.equal(current.plainChange(current, subresource), undefined);
    }
    assert.equal(decode(nodeMessage, known).plainChange(decode(nodeMessage, known), ""), undefined);
  });
});

describe("mutated writes of a status", () => {
  let both: TwoWays;

  before(async () => {
    both = await TwoWays.start();
    const created = await both.same("POST", nodes, { metadata: { name: "n1" } });
    assert.match(created, /^201/);
  });
  after(async () => {
    await both?.stop();
  });

  /** The same status in each form in which it is sent. */
  async function write(
    path: string,
    object: Tree,
    status: unknown,
    round: number,
  ): Promise<string> {
    const headers = round % 2 === 0 ? kubelet : {};
    const { metadata } = object;
    const target = `${path}/status`;
    switch (round % 4) {
      case 0:
        return both.same("PATCH", target, { metadata, status }, strategic, headers);
      case 1:
        return both.same("PATCH", target, { metadata, status }, merge, headers);
      case 2:
        return both.same("PUT", target, { ...object, status }, json, headers);
      default: {
        const patch = [{ op: "replace", path: "/status", value: status }];
        return both.same("PATCH", target, patch as unknown as Tree[], jsonPatch, headers);
      }
    }
  }

  const bases: readonly (readonly [string, Tree, Tree, boolean])[] = [
    ["that runs", podSpec(), {}, false],
    ["that never restarts", podSpec(never), { labels: { a: "b" } }, false],
    ["that a Job waits for", podSpec(onFailure), { finalizers }, false],
    ["that is being deleted", podSpec(), {}, true],
  ];
  for (const [index, [what, spec, metadata, isGoing]] of bases.entries()) {
    it(`of a pod ${what} give what the full rules give`, async () => {
      const random = new SeededRandom(20261203 + index);
      const name = `s-${index}`;
      const path = `${pods}/${name}`;
      const object = { metadata: { name, ...metadata }, spec };
      assert.match(await both.same("POST", pods, object), /^201/);
      assert.match(await write(path, object, podStatus(), 0), /^200/);
      if (isGoing) assert.match(await both.same("DELETE", path), /^200/);
      const statuses = [podStatus(), endedStatus(0), endedStatus(1)];
      let accepted = 0;
      for (let round = 0; round < rounds; round += 1) {
        const status = statuses[random.below(statuses.length)] as Tree;
        const isMutated = random.below(3) > 0;
        const sent = isMutated ? mutated(random, { status }).status : status;
        const body = random.below(8) === 0 ? mutated(random, object) : object;
        if ((await write(path, { ...body }, sent, round)).startsWith("200")) accepted += 1;
      }
      assert.ok(accepted > rounds / 4, `${accepted} of ${rounds} were accepted`);
    });
  }

  it("of a node give what the full rules give", async () => {
    const random = new SeededRandom(20261204);
    const object: Tree = { metadata: { name: "n1", labels: { "kubernetes.io/os": "linux" } } };
    for (let round = 0; round < 3 * rounds; round += 1) {
      const isMutated = random.below(3) > 0;
      const status = nodeStatus();
      const sent = isMutated ? mutated(random, { status }).status : status;
      const body = random.below(8) === 0 ? mutated(random, object) : object;
      await write(`${nodes}/n1`, { ...body }, sent, round);
    }
  });
});
