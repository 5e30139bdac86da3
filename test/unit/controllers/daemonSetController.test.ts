import assert from "node:assert/strict";
import { appsV1, coreV1 } from "../../../lib/api/gen/resources.js";
import type { DaemonSet } from "../../../lib/api/gen/types/appsV1.js";
import { nodeNameOf } from "../../../lib/controllers/daemonset/daemonPod.js";
import { DaemonSetController } from "../../../lib/controllers/daemonset/daemonSetController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const namespace = "default";

function daemonSet(image = "one"): DaemonSet {
  return {
    metadata: { name: "agent", namespace },
    spec: {
      selector: { matchLabels: { app: "agent" } },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      template: {
        metadata: { labels: { app: "agent" } },
        spec: { nodeSelector: { os: "linux" }, containers: [{ name: "c", image }] },
      },
    },
  };
}

describe("DaemonSetController", () => {
  let harness: ControllerHarness;
  const sets = () => harness.client.resource(appsV1.daemonsets);
  const nodes = () => harness.client.resource(coreV1.nodes);
  const current = () => sets().get("agent", { namespace });

  beforeEach(async () => {
    harness = new ControllerHarness();
    for (const name of ["a", "b"]) await addNode(name);
    await addNode("other", { os: "else" });
    await harness.start(new DaemonSetController(harness.context()));
    await sets().create(daemonSet());
    await harness.settle();
  });
  afterEach(() => harness.stop());

  async function addNode(name: string, labels: Record<string, string> = { os: "linux" }) {
    await nodes().create({ metadata: { name, labels }, spec: {} });
  }

  const placed = async () => (await harness.pods()).map(nodeNameOf).sort();

  it("runs one pod on each node that it is for, also on new ones and on unready ones", async () => {
    assert.deepEqual(await placed(), ["a", "b"]);
    await nodes().create({
      metadata: { name: "c", labels: { os: "linux" } },
      spec: { taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoExecute" }] },
    });
    await harness.settle();
    assert.deepEqual(await placed(), ["a", "b", "c"]);
    await harness.setReady(await harness.pods());
    const { status } = await current();
    assert.equal(status?.desiredNumberScheduled, 3);
    assert.equal(status?.numberReady, 3);
    assert.equal(status?.updatedNumberScheduled, 3);
  });

  it("tells its pods how often the template has changed", async () => {
    const annotations = { "deprecated.daemonset.template.generation": "3" };
    const set = daemonSet();
    const metadata = { ...set.metadata, name: "counted", annotations };
    await sets().create({ ...set, metadata });
    await harness.settle();
    const pods = await harness.pods();
    const pod = pods.find(({ metadata: { name } }) => name?.startsWith("counted-"));
    assert.equal(pod?.metadata.labels?.["pod-template-generation"], "3");
  });

  it("takes its pod from a node that it is no longer for, and from one with another taint", async () => {
    const labels = { os: "else" };
    await nodes().patch("a", { type: "merge", body: { metadata: { labels } } });
    await harness.settle();
    assert.deepEqual(await placed(), ["b"]);
    const taints = [{ key: "mine", effect: "NoExecute" }];
    await nodes().patch("b", { type: "merge", body: { spec: { taints } } });
    await harness.settle();
    assert.deepEqual(await placed(), []);
  });

  it("replaces failed pods", async () => {
    const [pod] = await harness.pods();
    const pods = harness.client.resource(coreV1.pods);
    await pods.updateStatus({ ...pod!, status: { phase: "Failed" } });
    await harness.settle();
    assert.deepEqual(await placed(), ["a", "b"]);
    assert.ok((await harness.events()).some((event) => event.startsWith("FailedDaemonPod")));
  });

  it("updates one node after the other, and keeps the history", async () => {
    await harness.setReady(await harness.pods());
    const { metadata } = await current();
    await sets().update({ ...daemonSet("two"), metadata });
    await harness.settle();
    const images = async () => {
      const pods = await harness.pods();
      return pods.map((pod) => pod.spec.containers[0]?.image).sort();
    };
    assert.deepEqual(await images(), ["one", "two"]);
    await harness.setReady(await harness.pods());
    await harness.setReady(await harness.pods());
    assert.deepEqual(await images(), ["two", "two"]);
    const revisions = await harness.client.resource(appsV1.controllerrevisions).list({ namespace });
    assert.deepEqual(
      revisions.items.map((revision) => revision.revision),
      [1, 2],
    );
    // Upstream compares bytes.
    const spec = '{"containers":[{"image":"one","name":"c"}],"nodeSelector":{"os":"linux"}}';
    assert.equal(
      JSON.stringify(revisions.items[0]?.data),
      `{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"app":"agent"}},"spec":${spec}}}}`,
    );
  });
});
