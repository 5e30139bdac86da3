import assert from "node:assert/strict";
import { appsV1, coreV1 } from "../../../lib/api/gen/resources.js";
import type { DaemonSet, DaemonSetSpec } from "../../../lib/api/gen/types/appsV1.js";
import type { Pod, Taint } from "../../../lib/api/gen/types/coreV1.js";
import { apiErrors } from "../../../lib/api/status.js";
import { nodeNameOf } from "../../../lib/controllers/daemonset/daemonPod.js";
import { DaemonSetController } from "../../../lib/controllers/daemonset/daemonSetController.js";
import { FailedPodsBackoff } from "../../../lib/controllers/pod/failedPodsBackoff.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const namespace = "default";
const labels = { app: "agent" };
const tolerations = [{ key: "k", operator: "Exists", effect: "NoSchedule" }];

function daemonSet(spec: Partial<DaemonSetSpec> = {}, podSpec: object = {}): DaemonSet {
  const containers = [{ name: "c", image: "one" }];
  return {
    metadata: { name: "agent", namespace },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      template: { metadata: { labels }, spec: { containers, ...podSpec } },
      ...spec,
    },
  };
}

const rolling = (maxUnavailable: number | string, maxSurge: number | string) => ({
  updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } },
});

/** A test's own cluster with a DaemonSet `agent` in it. */
class DaemonTrial extends ControllerHarness {
  sets() {
    return this.client.resource(appsV1.daemonsets);
  }

  async status() {
    const { status, metadata } = await this.sets().get("agent", { namespace });
    return { generation: metadata.generation, ...status! };
  }

  async addNode(name: string, taints: Taint[] = []): Promise<void> {
    await this.client.resource(coreV1.nodes).create({ metadata: { name }, spec: { taints } });
  }

  async begin(nodes: readonly string[], set: DaemonSet): Promise<void> {
    for (const name of nodes) await this.addNode(name);
    await this.start(new DaemonSetController(this.context()));
    await this.sets().create(set);
    await this.settle();
  }

  /** Another template: an image, and what is given beside it. */
  async change(image: string, podSpec: object = {}): Promise<void> {
    const spec = { containers: [{ name: "c", image }], ...podSpec };
    const body = { spec: { template: { spec } } };
    await this.sets().patch("agent", { type: "merge", body }, { namespace });
    await this.settle();
  }

  async where(): Promise<string> {
    const shown = (pod: Pod) => `${nodeNameOf(pod)}=${pod.spec.containers[0]?.image}`;
    return (await this.pods()).map(shown).sort().join(" ");
  }

  async on(node: string, image?: string): Promise<Pod> {
    const found = (await this.pods()).find(
      (pod) =>
        nodeNameOf(pod) === node &&
        (image === undefined || pod.spec.containers[0]?.image === image),
    );
    assert.ok(found, `no pod on ${node}`);
    return found;
  }

  async readyAll(): Promise<void> {
    const pods = await this.pods();
    await this.setReady(pods.filter((pod) => pod.status?.phase !== "Running"));
  }

  async fail(node: string, phase = "Failed"): Promise<void> {
    await this.setState((await this.on(node)).metadata.name!, { phase });
  }
}

describe("DaemonSetController: times", () => {
  let trial: DaemonTrial;
  beforeEach(() => {
    trial = new DaemonTrial();
  });
  afterEach(() => trial.stop());

  for (const ahead of [3_000, 3_600_000, undefined]) {
    it(`is available soon after minReadySeconds (node's clock ahead by ${ahead})`, async () => {
      await trial.begin(["a"], daemonSet({ minReadySeconds: 30 }));
      const since = ahead === undefined ? undefined : trial.clock.now() + ahead;
      const name = (await trial.on("a")).metadata.name!;
      await trial.setState(name, { phase: "Running", ready: true, since });
      await trial.settle(28_000);
      assert.deepEqual(
        [(await trial.status()).numberReady, (await trial.status()).numberAvailable ?? 0],
        [1, 0],
      );
      await trial.settle(3_000);
      assert.equal((await trial.status()).numberAvailable, 1);
    });
  }

  it("is available in time when the controller restarts in between", async () => {
    await trial.begin(["a"], daemonSet({ minReadySeconds: 30 }));
    await trial.readyAll();
    await trial.settle(20_000);
    await trial.restart((context) => [new DaemonSetController(context)]);
    assert.equal((await trial.status()).numberAvailable ?? 0, 0);
    await trial.settle(9_000);
    assert.equal((await trial.status()).numberAvailable, 1);
  });

  it("replaces failed pods ever more slowly, each node for itself", async () => {
    await trial.begin(["a", "b"], daemonSet());
    await trial.setReady([await trial.on("b")]);
    const uids = new Set<string>();
    for (let second = 0; second < 20; second++) {
      uids.add((await trial.on("a")).metadata.uid!);
      await trial.fail("a");
      await trial.settle(1_000);
    }
    assert.ok(uids.size >= 5 && uids.size <= 6, `${uids.size} pods in 20 s`);
    await trial.fail("b");
    await trial.settle();
    assert.equal((await trial.on("b")).status?.phase, undefined);
    // The timer is the controller's own: nothing else happens here.
    await trial.settle(60_000);
    assert.equal((await trial.on("a")).status?.phase, undefined);
  });

  it("begins anew with another template, and does not hold back pods that succeeded", async () => {
    await trial.begin(["a"], daemonSet());
    for (let round = 0; round < 5; round++) {
      await trial.fail("a");
      await trial.settle();
    }
    assert.equal((await trial.on("a")).status?.phase, "Failed");
    await trial.change("two");
    assert.equal(await trial.where(), "a=two");
    for (let round = 0; round < 5; round++) {
      const before = (await trial.on("a")).metadata.uid;
      await trial.fail("a", "Succeeded");
      await trial.settle();
      assert.notEqual((await trial.on("a")).metadata.uid, before);
    }
    assert.ok((await trial.events()).some((event) => event.startsWith("SucceededDaemonPod")));
  });

  it("does not get round the backoff by surging", async () => {
    await trial.begin(["a"], daemonSet(rolling(0, 1)));
    for (let second = 0; second < 5; second++) {
      await trial.fail("a");
      await trial.settle(1_000);
      assert.equal((await trial.pods()).length, 1);
    }
    assert.equal((await trial.on("a")).status?.phase, "Failed");
  });

  it("doubles from one second to fifteen minutes, and forgets after half an hour", () => {
    const clock = { at: 0, monotonic: () => clock.at };
    const backoff = new FailedPodsBackoff(clock);
    const take = (hash = "h") => backoff.take("u", hash, "n");
    assert.equal(take(), 0);
    const delays: number[] = [];
    for (let round = 0; round < 12; round++) {
      const delay = take();
      delays.push(delay / 1000);
      clock.at += delay;
      assert.equal(take(), 0);
    }
    assert.deepEqual(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    assert.equal(take("other"), 0);
    assert.equal(take(), 0);
    clock.at += 1_800_001;
    assert.equal(take(), 0);
    assert.equal(take(), 1_000);
    backoff.forgetPlace("n");
    assert.equal(take(), 0);
  });
});

describe("DaemonSetController: updates", () => {
  let trial: DaemonTrial;
  beforeEach(() => {
    trial = new DaemonTrial();
  });
  afterEach(() => trial.stop());

  it("ends a surging update though the new template is not for a node", async () => {
    const noSchedule = [{ key: "k", value: "v", effect: "NoSchedule" }];
    await trial.addNode("t1", noSchedule);
    await trial.begin(["t2"], daemonSet(rolling(0, 1), { tolerations }));
    await trial.readyAll();
    assert.equal(await trial.where(), "t1=one t2=one");
    await trial.change("two", { tolerations: [] });
    // The old pod of t1 is beyond what is wanted, and no new one is made for it.
    assert.equal(await trial.where(), "t2=one t2=two");
    await trial.readyAll();
    assert.equal(await trial.where(), "t2=two");
    const status = await trial.status();
    assert.deepEqual(
      [status.desiredNumberScheduled, status.updatedNumberScheduled, status.numberMisscheduled],
      [1, 1, 0],
    );
  });

  it("lets the old pods of such nodes serve until as many as wanted do", async () => {
    await trial.addNode("t1", [{ key: "k", value: "v", effect: "NoSchedule" }]);
    await trial.begin(["t2"], daemonSet(rolling(0, 1), { tolerations }));
    await trial.setReady([await trial.on("t1")]);
    await trial.change("two", { tolerations: [] });
    // t2's pod was not up: its new one comes at once, and t1's is all that serves.
    assert.equal(await trial.where(), "t1=one t2=two");
    assert.equal((await trial.status()).numberMisscheduled, 1);
    await trial.readyAll();
    assert.equal(await trial.where(), "t2=two");
    assert.equal((await trial.status()).numberMisscheduled, 0);
  });

  it("is not held up by nodes that the new template is not for", async () => {
    await trial.addNode("t1", [{ key: "k", value: "v", effect: "NoSchedule" }]);
    await trial.begin(["t2"], daemonSet({}, { tolerations }));
    await trial.setReady([await trial.on("t2")]);
    await trial.change("two", { tolerations: [] });
    await trial.readyAll();
    assert.equal(await trial.where(), "t2=two");
  });

  for (const [limit, atOnce] of [
    ["50%", 2],
    ["30%", 2],
    ["1%", 1],
    [3, 3],
  ] as const) {
    it(`lets ${atOnce} of four be unavailable for ${limit}, and surge for it`, async () => {
      const nodes = ["a", "b", "c", "d"];
      await trial.begin(nodes, daemonSet(rolling(limit, 0)));
      await trial.readyAll();
      await trial.change("two");
      const two = async () => (await trial.where()).split("=two").length - 1;
      assert.equal(await two(), atOnce);
      assert.equal((await trial.pods()).length, 4);
      await trial.stop();
      trial = new DaemonTrial();
      await trial.begin(nodes, daemonSet(rolling(0, limit)));
      await trial.readyAll();
      await trial.change("two");
      assert.equal(await two(), atOnce);
      assert.equal((await trial.pods()).length, 4 + atOnce);
    });
  }

  it("counts a node by one pod: the oldest that serves or will", async () => {
    await trial.begin(["a"], daemonSet(rolling(0, 1)));
    await trial.readyAll();
    await trial.change("two");
    const counts = async () => {
      const status = await trial.status();
      const { numberReady, numberAvailable = 0, updatedNumberScheduled = 0 } = status;
      return [numberReady, numberAvailable, updatedNumberScheduled];
    };
    assert.equal(await trial.where(), "a=one a=two");
    assert.deepEqual(await counts(), [1, 1, 0]);
    // The old pod fails with a condition left on it: the new one stands for the node now.
    const old = (await trial.on("a", "one")).metadata.name!;
    const pods = trial.client.resource(coreV1.pods);
    const held = { metadata: { finalizers: ["x.io/held"] } };
    await pods.patch(old, { type: "merge", body: held }, { namespace });
    await trial.setState(old, { phase: "Failed", ready: true, since: trial.clock.now() });
    await trial.settle();
    assert.deepEqual(await counts(), [0, 0, 1]);
    await trial.readyAll();
    assert.deepEqual(await counts(), [1, 1, 1]);
  });

  it("replaces an ended pod that its finalizers still hold", async () => {
    await trial.begin(["a"], daemonSet());
    const pods = trial.client.resource(coreV1.pods);
    const { name } = (await trial.on("a")).metadata;
    const body = { metadata: { finalizers: ["x.io/held"] } };
    await pods.patch(name!, { type: "merge", body }, { namespace });
    await trial.fail("a");
    await trial.settle();
    assert.equal((await trial.pods()).length, 2);
  });

  it("reports status and generation while creating is refused, and deletes all the same", async () => {
    await trial.begin(["a", "b"], daemonSet());
    await trial.readyAll();
    trial.transport.refuse = (call) =>
      call.verb === "create" && call.type.resource === "pods"
        ? apiErrors.forbidden(call.type, "", "exceeded quota: q")
        : undefined;
    await trial.addNode("c");
    await trial.change("two", { nodeSelector: {} });
    const status = await trial.status();
    assert.equal(status.observedGeneration, status.generation);
    assert.deepEqual([status.desiredNumberScheduled, status.currentNumberScheduled], [3, 2]);
    await trial.client.resource(coreV1.nodes).delete("b");
    await trial.settle();
    assert.equal((await trial.status()).desiredNumberScheduled, 2);
  });

  it("reports its pods while its revision may not be made, or an orphan not be adopted", async () => {
    await trial.begin(["a", "b"], daemonSet());
    trial.transport.refuse = (call) =>
      (call.verb === "create" && call.type.resource === "controllerrevisions") ||
      (call.verb === "patch" && call.type.resource === "pods")
        ? apiErrors.forbidden(call.type, call.name, "not now")
        : undefined;
    const sets = trial.sets();
    const spec = { template: { spec: { containers: [{ name: "c", image: "two" }] } } };
    await sets.patch("agent", { type: "merge", body: { spec } }, { namespace });
    const metadata = { name: "lone", namespace, labels };
    const containers = [{ name: "c", image: "i" }];
    await trial.client.resource(coreV1.pods).create({ metadata, spec: { containers } });
    await trial.setReady([await trial.on("a"), await trial.on("b")]);
    assert.deepEqual(
      [(await trial.status()).numberReady, (await trial.status()).observedGeneration],
      [2, 1],
    );
    trial.transport.refuse = undefined;
    await trial.settle(60_000);
    assert.equal((await trial.status()).observedGeneration, 2);
  });

  it("says that a generation was observed only when something was done about it", async () => {
    await trial.begin(["a"], daemonSet());
    trial.transport.hide = (resource) => resource === "/pods";
    await trial.addNode("b");
    await trial.settle();
    await trial.change("two");
    const status = await trial.status();
    assert.deepEqual([status.generation, status.observedGeneration], [2, 1]);
    trial.transport.hide = undefined;
    trial.transport.cutWatches();
    await trial.settle(302_000);
    assert.equal((await trial.status()).observedGeneration, 2);
  });
});

describe("DaemonSetController: tolerations", () => {
  it("lets no limit of the template's evict a daemon from a lost node", async () => {
    const trial = new DaemonTrial();
    const lost = "node.kubernetes.io/unreachable";
    const limited = { key: lost, operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 };
    await trial.begin(["a"], daemonSet({}, { tolerations: [limited] }));
    const [pod] = await trial.pods();
    const own = (pod?.spec.tolerations ?? []).filter(({ key }) => key === lost);
    assert.deepEqual(own, [{ key: lost, operator: "Exists", effect: "NoExecute" }]);
    await trial.stop();
  });
});
