import assert from "node:assert/strict";
import { coreV1, discoveryV1 } from "../../../lib/api/gen/resources.js";
import { type ApiError, hasReason } from "../../../lib/api/status.js";
import { EndpointSliceMirroringController } from "../../../lib/controllers/endpointslicemirroring/endpointSliceMirroringController.js";
import { ClaimProtectionController } from "../../../lib/controllers/protection/claimProtectionController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const namespace = "default";

describe("ClaimProtectionController and EndpointSliceMirroringController", () => {
  let harness: ControllerHarness;

  beforeEach(async () => {
    harness = new ControllerHarness();
    const context = harness.context();
    await harness.start(
      new ClaimProtectionController(context),
      new EndpointSliceMirroringController(context),
    );
  });
  afterEach(() => harness.stop());

  it("keeps a claim until the last pod that uses it is gone", async () => {
    const claims = harness.client.resource(coreV1.persistentvolumeclaims);
    await claims.create({ metadata: { name: "data", namespace }, spec: {} });
    await harness.client.resource(coreV1.pods).create({
      metadata: { name: "p", namespace },
      spec: {
        nodeName: "n1",
        containers: [],
        volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }],
      },
    });
    await harness.settle();
    await claims.delete("data", { namespace });
    await harness.settle();
    const { metadata } = await claims.get("data", { namespace });
    assert.deepEqual(metadata.finalizers, ["kubernetes.io/pvc-protection"]);
    await harness.client.resource(coreV1.pods).delete("p", { namespace });
    await harness.settle();
    await assert.rejects(claims.get("data", { namespace }), (error: ApiError) =>
      hasReason(error, "NotFound"),
    );
  });

  it("mirrors Endpoints of services without a selector, and takes the slices back", async () => {
    const endpoints = harness.client.resource(coreV1.endpoints);
    const slices = async () =>
      (await harness.client.resource(discoveryV1.endpointslices).list({ namespace })).items;
    await harness.client.resource(coreV1.services).create({
      metadata: { name: "db", namespace },
      spec: { ports: [{ port: 5432 }] },
    });
    await endpoints.create({
      metadata: { name: "db", namespace },
      subsets: [
        {
          addresses: [{ ip: "192.0.2.1" }, { ip: "2001:db8::1" }],
          notReadyAddresses: [{ ip: "192.0.2.2" }],
          ports: [{ port: 5432 }],
        },
      ],
    });
    await harness.settle();
    const seen = (await slices()).map((slice) => [
      slice.addressType,
      slice.endpoints?.map((e) => [e.addresses[0], e.conditions?.ready]),
    ]);
    assert.deepEqual(seen, [
      [
        "IPv4",
        [
          ["192.0.2.1", true],
          ["192.0.2.2", false],
        ],
      ],
      ["IPv6", [["2001:db8::1", true]]],
    ]);
    await endpoints.delete("db", { namespace });
    await harness.settle();
    assert.deepEqual(await slices(), []);
  });
});
