import assert from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import { apiErrors } from "../../../lib/api/status.js";
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

  it("tells what it could count although something could not be counted", async () => {
    harness.transport.refuse = ({ type, verb }) =>
      type.resource === "secrets" && verb === "list"
        ? apiErrors.serviceUnavailable("not now")
        : undefined;
    await harness.client.resource(coreV1.pods).create({
      metadata: { name: "p", ...place },
      spec: { containers: [] },
    });
    await harness.client.resource(coreV1.resourcequotas).create({
      metadata: { name: "q", ...place },
      spec: { hard: { "count/secrets": "2", pods: "2" } },
    });
    await harness.settle(5_000);
    assert.deepEqual(await used(), { pods: "1" });
    harness.transport.refuse = undefined;
    await harness.settle(60_000);
    assert.deepEqual(await used(), { "count/secrets": "0", pods: "1" });
  });

  it("gives back what a pod holds that has outstayed its grace, when it has", async () => {
    const pods = harness.client.resource(coreV1.pods);
    await pods.create({
      metadata: { name: "p", ...place, finalizers: ["example.com/hold"] },
      spec: { containers: [] },
    });
    await harness.client.resource(coreV1.resourcequotas).create({
      metadata: { name: "q", ...place },
      spec: { hard: { pods: "2" } },
    });
    await pods.delete("p", place);
    const body = { metadata: { deletionGracePeriodSeconds: 30 } };
    await pods.patch("p", { type: "merge", body }, place);
    await harness.settle(25_000);
    assert.deepEqual(await used(), { pods: "1" });
    await harness.settle(10_000);
    assert.deepEqual(await used(), { pods: "0" });
  });

  it("gives back what an object that stays holds no more", async () => {
    const services = harness.client.resource(coreV1.services);
    const claims = harness.client.resource(coreV1.persistentvolumeclaims);
    const ports = [{ port: 80 }];
    await services.create({ metadata: { name: "s", ...place }, spec: { type: "NodePort", ports } });
    const size = (storage: string) => ({ resources: { requests: { storage } } });
    await claims.create({ metadata: { name: "c", ...place }, spec: size("2Gi") });
    await harness.client.resource(coreV1.resourcequotas).create({
      metadata: { name: "q", ...place },
      spec: { hard: { "services.nodeports": "1", "requests.storage": "2Gi" } },
    });
    await harness.settle(1_000);
    assert.deepEqual(await used(), { "services.nodeports": "1", "requests.storage": "2Gi" });
    const body = { spec: { type: "ClusterIP" } };
    await services.patch("s", { type: "merge", body }, place);
    await claims.patch("c", { type: "merge", body: { spec: size("1Gi") } }, place);
    await harness.settle(1_000);
    assert.deepEqual(await used(), { "services.nodeports": "0", "requests.storage": "1Gi" });
  });

  it("moves a pod that was given a deadline from the one scope to the other", async () => {
    const pods = harness.client.resource(coreV1.pods);
    const quotas = harness.client.resource(coreV1.resourcequotas);
    await pods.create({ metadata: { name: "p", ...place }, spec: { containers: [] } });
    await quotas.create({
      metadata: { name: "q", ...place },
      spec: { hard: { pods: "1" }, scopes: ["NotTerminating"] },
    });
    await harness.settle(1_000);
    assert.deepEqual(await used(), { pods: "1" });
    const body = { spec: { activeDeadlineSeconds: 60 } };
    await pods.patch("p", { type: "merge", body }, place);
    await harness.settle(1_000);
    assert.deepEqual(await used(), { pods: "0" });
  });
});
