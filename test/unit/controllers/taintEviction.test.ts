import assert from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import { formatTime } from "../../../lib/api/time.js";
import { TaintEvictionController } from "../../../lib/controllers/tainteviction/taintEvictionController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

describe("the time that a pod may stay on a tainted node", () => {
  let harness: ControllerHarness;
  const tolerations = [{ operator: "Exists" as const, tolerationSeconds: 60 }];
  const names = async () => (await harness.pods()).map((pod) => pod.metadata.name);
  const at = (seconds: number): string => formatTime(harness.clock.now() + seconds * 1000);

  beforeEach(async () => {
    harness = new ControllerHarness();
    await harness.client.resource(coreV1.nodes).create({ metadata: { name: "a" }, spec: {} });
  });
  afterEach(() => harness.stop());

  const start = () => harness.start(new TaintEvictionController(harness.context()));

  async function taint(timeAdded?: string): Promise<void> {
    const one = {
      key: "x",
      effect: "NoExecute",
      ...(timeAdded === undefined ? {} : { timeAdded }),
    };
    const body = { spec: { taints: [one] } };
    await harness.client.resource(coreV1.nodes).patch("a", { type: "merge", body });
    await harness.settle(1_000);
  }

  const add = (name: string) =>
    harness.client.resource(coreV1.pods).create({
      metadata: { name, namespace: "default" },
      spec: { nodeName: "a", containers: [], tolerations },
    });

  it("begins when the taint is seen, where the taint does not say since when it is there", async () => {
    await start();
    await add("p");
    await harness.settle(600_000);
    await taint();
    await harness.settle(50_000);
    assert.deepEqual(await names(), ["p"]);
    await harness.settle(15_000);
    assert.deepEqual(await names(), []);
  });

  it("begins when the taint is seen, where the taint names a time to come", async () => {
    await start();
    await add("p");
    await taint(at(86_400));
    await harness.settle(50_000);
    assert.deepEqual(await names(), ["p"]);
    await harness.settle(15_000);
    assert.deepEqual(await names(), []);
  });

  it("goes on over a restart where the taint says when it was added", async () => {
    await add("p");
    await taint(at(0));
    await harness.settle(50_000);
    await start();
    assert.deepEqual(await names(), ["p"]);
    await harness.settle(15_000);
    assert.deepEqual(await names(), []);
  });

  it("is whole for a pod that came when the taint was there", async () => {
    await start();
    await taint(at(0));
    await harness.settle(600_000);
    await add("late");
    await harness.settle(50_000);
    assert.deepEqual(await names(), ["late"]);
    await harness.settle(15_000);
    assert.deepEqual(await names(), []);
  });

  it("neither ends nor stalls when the wall clock is set", async () => {
    await start();
    await add("p");
    await taint();
    harness.clock.jump(-3_600_000);
    await harness.settle(50_000);
    assert.deepEqual(await names(), ["p"]);
    await harness.settle(80_000);
    assert.deepEqual(await names(), []);
  });

  it("ends for whom a taint's new value means that it is tolerated no more", async () => {
    await start();
    const only = { key: "x", operator: "Equal" as const, value: "one" };
    await harness.client.resource(coreV1.pods).create({
      metadata: { name: "p", namespace: "default" },
      spec: { nodeName: "a", containers: [], tolerations: [only] },
    });
    const put = async (value: string): Promise<void> => {
      const body = { spec: { taints: [{ key: "x", value, effect: "NoExecute" }] } };
      await harness.client.resource(coreV1.nodes).patch("a", { type: "merge", body });
      await harness.settle(1_000);
    };
    await put("one");
    assert.deepEqual(await names(), ["p"]);
    await put("two");
    assert.deepEqual(await names(), []);
  });

  for (const [first, kept] of [
    ["one without a limit", true],
    ["one with a limit", false],
  ] as const) {
    it(`goes by the first toleration that matches: ${first}`, async () => {
      await start();
      const free = { operator: "Exists" as const };
      const both = kept ? [free, ...tolerations] : [...tolerations, free];
      await harness.client.resource(coreV1.pods).create({
        metadata: { name: "p", namespace: "default" },
        spec: { nodeName: "a", containers: [], tolerations: both },
      });
      await taint();
      await harness.settle(120_000);
      assert.deepEqual(await names(), kept ? ["p"] : []);
    });
  }
});
