import assert from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import type { ConfigMap } from "../../../lib/api/gen/types/coreV1.js";
import { GarbageCollector } from "../../../lib/controllers/garbagecollector/garbageCollector.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

describe("GarbageCollector", () => {
  let harness: ControllerHarness;
  const namespace = "default";
  const maps = () => harness.client.resource(coreV1.configmaps);
  const names = async () =>
    (await maps().list({ namespace })).items.map((map) => map.metadata?.name).sort();

  beforeEach(() => {
    harness = new ControllerHarness({ transport: "rpc" });
  });
  afterEach(() => harness.stop());

  const start = () => harness.start(new GarbageCollector(harness.context()));

  async function make(name: string, ...owners: ConfigMap[]): Promise<ConfigMap> {
    const ownerReferences = owners.map((owner) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      name: owner.metadata?.name ?? "",
      uid: owner.metadata?.uid ?? "",
      blockOwnerDeletion: true,
    }));
    return maps().create({ metadata: { name, namespace, ownerReferences } });
  }

  it("deletes what a deleted owner leaves, down the line", async () => {
    await start();
    const a = await make("a");
    const b = await make("b", a);
    await make("c", b);
    await make("other");
    await harness.settle();
    assert.deepEqual(await names(), ["a", "b", "c", "other"]);
    await maps().delete("a", { namespace });
    await harness.settle(5_000);
    assert.deepEqual(await names(), ["other"]);
  });

  it("finds what was left before it started", async () => {
    const a = await make("a");
    await make("b", a);
    await maps().delete("a", { namespace });
    await start();
    await harness.settle();
    assert.deepEqual(await names(), []);
  });

  it("keeps what has another owner, without the reference to the one that is gone", async () => {
    await start();
    const [a, b] = [await make("a"), await make("b")];
    await make("c", a, b);
    await harness.settle();
    await maps().delete("a", { namespace });
    await harness.settle(5_000);
    const { metadata } = await maps().get("c", { namespace });
    assert.deepEqual(
      metadata?.ownerReferences?.map((owner) => owner.name),
      ["b"],
    );
  });

  it("orphans dependents when asked", async () => {
    await start();
    await make("b", await make("a"));
    await harness.settle();
    await maps().delete("a", { namespace, propagationPolicy: "Orphan" });
    await harness.settle(5_000);
    assert.deepEqual(await names(), ["b"]);
    const { metadata } = await maps().get("b", { namespace });
    assert.deepEqual(metadata?.ownerReferences, []);
  });

  it("lets an owner that is deleted in the foreground go last", async () => {
    await start();
    const a = await make("a");
    await maps().create({
      metadata: {
        name: "held",
        namespace,
        finalizers: ["example.com/hold"],
        ownerReferences: [
          {
            apiVersion: "v1",
            kind: "ConfigMap",
            name: "a",
            uid: a.metadata?.uid ?? "",
            blockOwnerDeletion: true,
          },
        ],
      },
    });
    await harness.settle();
    await maps().delete("a", { namespace, propagationPolicy: "Foreground" });
    await harness.settle(5_000);
    assert.deepEqual(await names(), ["a", "held"]);
    const body = { metadata: { finalizers: [] } };
    await maps().patch("held", { type: "merge", body }, { namespace });
    await harness.settle(5_000);
    assert.deepEqual(await names(), []);
  });
});
