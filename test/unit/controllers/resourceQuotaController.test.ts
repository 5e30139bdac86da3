import assert from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import { ResourceQuotaController } from "../../../lib/controllers/resourcequota/resourceQuotaController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

describe("the controller of quotas", () => {
  const place = { namespace: "team" };
  let harness: ControllerHarness;

  beforeEach(async () => {
    harness = new ControllerHarness({ transport: "rpc" });
    await harness.start(new ResourceQuotaController(harness.context()));
  });
  afterEach(() => harness.stop());

  const used = async (): Promise<Record<string, string>> =>
    (await harness.client.resource(coreV1.resourcequotas).get("q", place)).status?.used ?? {};

  it("gives back what is deleted, of every kind that a quota counts, long before it counts again", async () => {
    const secrets = harness.client.resource(coreV1.secrets);
    const maps = harness.client.resource(coreV1.configmaps);
    await secrets.create({ metadata: { name: "s", ...place } });
    await maps.create({ metadata: { name: "m", ...place } });
    await harness.client.resource(coreV1.resourcequotas).create({
      metadata: { name: "q", ...place },
      spec: { hard: { "count/secrets": "2", configmaps: "2", pods: "2" } },
    });
    await harness.settle(1_000);
    assert.deepEqual(await used(), { "count/secrets": "1", configmaps: "1", pods: "0" });
    await secrets.delete("s", place);
    await harness.settle(1_000);
    assert.deepEqual(await used(), { "count/secrets": "0", configmaps: "1", pods: "0" });
    await maps.delete("m", place);
    await harness.settle(1_000);
    assert.deepEqual(await used(), { "count/secrets": "0", configmaps: "0", pods: "0" });
  });
});
