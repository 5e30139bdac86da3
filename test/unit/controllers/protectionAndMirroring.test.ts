import assert from "node:assert/strict";
import { coreV1, discoveryV1 } from "../../../lib/api/gen/resources.js";
import { type ApiError, apiErrors, hasReason } from "../../../lib/api/status.js";
import { EndpointSliceMirroringController } from "../../../lib/controllers/endpointslicemirroring/endpointSliceMirroringController.js";
import { ClaimProtectionController } from "../../../lib/controllers/protection/claimProtectionController.js";
import { VolumeProtectionController } from "../../../lib/controllers/protection/volumeProtectionController.js";
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

  const isGone = (request: Promise<unknown>) =>
    assert.rejects(request, (error: ApiError) => hasReason(error, "NotFound"));

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

  it("keeps a volume while it is bound, over a restart too", async () => {
    const volumes = harness.client.resource(coreV1.persistentvolumes);
    const finalizers = ["kubernetes.io/pv-protection"];
    const spec = { accessModes: [] };
    await volumes.create({ metadata: { name: "v", finalizers }, spec, status: { phase: "Bound" } });
    await volumes.delete("v");
    await harness.start(new VolumeProtectionController(harness.context()));
    await harness.settle();
    const { metadata, status } = await volumes.get("v");
    assert.deepEqual(metadata.finalizers, finalizers);
    await volumes.updateStatus({ metadata, spec, status: { ...status, phase: "Released" } });
    await harness.settle();
    await isGone(volumes.get("v"));
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

  it("keeps the claim that was made for a pod's own volume", async () => {
    const claims = harness.client.resource(coreV1.persistentvolumeclaims);
    const pod = await harness.client.resource(coreV1.pods).create({
      metadata: { name: "p", namespace },
      spec: { nodeName: "n1", containers: [], volumes: [{ name: "v", ephemeral: {} }] },
    });
    const uid = pod.metadata.uid ?? "";
    const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid, controller: true };
    await claims.create({
      metadata: { name: "p-v", namespace, ownerReferences: [owner] },
      spec: {},
    });
    await harness.settle();
    await claims.delete("p-v", { namespace });
    await harness.settle();
    await claims.get("p-v", { namespace });
    await harness.client.resource(coreV1.pods).delete("p", { namespace });
    await harness.settle();
    await isGone(claims.get("p-v", { namespace }));
  });

  it("asks the server before it lets a claim go", async () => {
    const claims = harness.client.resource(coreV1.persistentvolumeclaims);
    await claims.create({ metadata: { name: "data", namespace }, spec: {} });
    await harness.settle();
    harness.transport.refuse = ({ namespace: where, type, verb }) =>
      type.resource === "pods" && (verb === "watch" || (verb === "list" && where === ""))
        ? apiErrors.serviceUnavailable("not now")
        : undefined;
    harness.transport.cutWatches();
    await harness.settle();
    await harness.client.resource(coreV1.pods).create({
      metadata: { name: "unseen", namespace },
      spec: {
        nodeName: "n1",
        containers: [],
        volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }],
      },
    });
    await claims.delete("data", { namespace });
    await harness.settle(60_000);
    await claims.get("data", { namespace });
  });

  it("replaces mirrored slices whose labels or owner no longer lead to them", async () => {
    const all = harness.client.resource(discoveryV1.endpointslices);
    const own = async () =>
      (await all.list({ namespace })).items.filter(
        (slice) =>
          slice.metadata.labels?.["endpointslice.kubernetes.io/managed-by"] ===
          "endpointslicemirroring-controller.k8s.io",
      );
    await harness.client
      .resource(coreV1.services)
      .create({ metadata: { name: "db", namespace }, spec: { ports: [{ port: 5432 }] } });
    const endpoints = harness.client.resource(coreV1.endpoints);
    const subsets = [{ addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 5432 }] }];
    await endpoints.create({ metadata: { name: "db", namespace }, subsets });
    await harness.settle();
    const [first] = await own();
    const label = { "endpointslice.kubernetes.io/managed-by": "somebody" };
    const body = { metadata: { labels: label } };
    await all.patch(first?.metadata.name ?? "", { type: "merge", body }, { namespace });
    await harness.settle(60_000);
    assert.deepEqual(
      (await own()).map((slice) => slice.endpoints?.length),
      [1],
    );
    await endpoints.delete("db", { namespace });
    await endpoints.create({ metadata: { name: "db", namespace }, subsets });
    await harness.settle(60_000);
    const { metadata } = await endpoints.get("db", { namespace });
    assert.deepEqual(
      (await own()).map((slice) => slice.metadata.ownerReferences?.map(({ uid }) => uid)),
      [[metadata?.uid]],
    );
  });

  it("mirrors annotations too, but for those that are about the Endpoints alone", async () => {
    await harness.client.resource(coreV1.services).create({ metadata: { name: "x", namespace } });
    const endpoints = harness.client.resource(coreV1.endpoints);
    const own = {
      "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00Z",
      "kubectl.kubernetes.io/last-applied-configuration": "{}",
    };
    const subsets = [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }] }];
    await endpoints.create({
      metadata: { name: "x", namespace, annotations: { ...own, a: "1" } },
      subsets,
    });
    await harness.settle();
    const slices = harness.client.resource(discoveryV1.endpointslices);
    const annotations = async () => {
      return (await slices.list({ namespace })).items.map(({ metadata }) => metadata.annotations);
    };
    assert.deepEqual(await annotations(), [{ a: "1" }]);
    const body = { metadata: { annotations: { a: "2", b: "3" } } };
    await endpoints.patch("x", { type: "merge", body }, { namespace });
    await harness.settle();
    assert.deepEqual(await annotations(), [{ a: "2", b: "3" }]);
  });

  it("says that it left addresses out", async () => {
    await harness.client.resource(coreV1.services).create({ metadata: { name: "x", namespace } });
    const address = (at: number) => ({ ip: `10.0.${at >> 8}.${at & 255}` });
    const addresses = Array.from({ length: 1_003 }, (_, at) => address(at));
    await harness.client.resource(coreV1.endpoints).create({
      metadata: { name: "x", namespace },
      subsets: [{ addresses, ports: [{ port: 80 }] }],
    });
    await harness.settle();
    const told = (await harness.events()).filter((event) => event.startsWith("TooManyAddresses"));
    assert.equal(told.length, 1);
    assert.match(told[0] ?? "", /1000 addresses .* 3 addresses/);
  });

  it("takes out an address that is gone although a further slice is refused", async () => {
    await harness.client.resource(coreV1.services).create({ metadata: { name: "x", namespace } });
    const endpoints = harness.client.resource(coreV1.endpoints);
    const subset = (port: number, ...ips: string[]) => ({
      addresses: ips.map((ip) => ({ ip })),
      ports: [{ port }],
    });
    const metadata = { name: "x", namespace };
    await endpoints.create({ metadata, subsets: [subset(80, "10.0.0.1", "10.0.0.2")] });
    await harness.settle();
    harness.transport.refuse = ({ type, verb }) =>
      type.resource === "endpointslices" && verb === "create"
        ? apiErrors.forbidden({ group: "", resource: "endpointslices" }, "", "quota")
        : undefined;
    const body = { subsets: [subset(80, "10.0.0.1"), subset(90, "10.0.0.3")] };
    await endpoints.patch("x", { type: "merge", body }, { namespace });
    await harness.settle();
    const slices = harness.client.resource(discoveryV1.endpointslices);
    const shown = (await slices.list({ namespace })).items.flatMap((slice) => {
      return (slice.endpoints ?? []).flatMap(({ addresses }) => addresses);
    });
    assert.deepEqual(shown, ["10.0.0.1"]);
  });

  it("keeps the claim of a pod that has ended while the pod is there", async () => {
    const claims = harness.client.resource(coreV1.persistentvolumeclaims);
    const pods = harness.client.resource(coreV1.pods);
    await claims.create({ metadata: { name: "data", namespace }, spec: {} });
    const claim = { claimName: "data" };
    const pod = await pods.create({
      metadata: { name: "p", namespace },
      spec: {
        nodeName: "n1",
        containers: [],
        volumes: [{ name: "v", persistentVolumeClaim: claim }],
      },
    });
    await pods.updateStatus({ ...pod, status: { phase: "Failed" } });
    await harness.settle();
    await claims.delete("data", { namespace });
    await harness.settle();
    await claims.get("data", { namespace });
    await pods.delete("p", { namespace });
    await harness.settle();
    await isGone(claims.get("data", { namespace }));
  });

  it("lets a pod's own claim go when only finalizers hold the pod", async () => {
    const claims = harness.client.resource(coreV1.persistentvolumeclaims);
    const pods = harness.client.resource(coreV1.pods);
    const { metadata } = await pods.create({
      metadata: { name: "p", namespace, finalizers: ["example.com/waits-for-the-claim"] },
      spec: { nodeName: "n1", containers: [], volumes: [{ name: "v", ephemeral: {} }] },
    });
    const uid = metadata.uid ?? "";
    const ownerReferences = [{ apiVersion: "v1", kind: "Pod", name: "p", uid, controller: true }];
    await claims.create({ metadata: { name: "p-v", namespace, ownerReferences }, spec: {} });
    await harness.settle();
    await claims.delete("p-v", { namespace });
    await harness.settle();
    await claims.get("p-v", { namespace });
    await pods.delete("p", { namespace, gracePeriodSeconds: 0 });
    const body = { metadata: { deletionGracePeriodSeconds: 0 } };
    await pods.patch("p", { type: "merge", body }, { namespace });
    await harness.settle();
    await isGone(claims.get("p-v", { namespace }));
  });

  it("says of a bound claim since when nobody uses it", async () => {
    const claims = harness.client.resource(coreV1.persistentvolumeclaims);
    const pods = harness.client.resource(coreV1.pods);
    const where = { namespace };
    const claim = await claims.create({ metadata: { name: "data", namespace }, spec: {} });
    await harness.settle();
    const unused = async () => {
      const { conditions } = (await claims.get("data", where)).status ?? {};
      return conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
    };
    assert.equal(await unused(), undefined);
    const fresh = await claims.get("data", where);
    await claims.updateStatus({ ...claim, ...fresh, status: { phase: "Bound" } });
    await harness.settle();
    assert.deepEqual(await unused(), ["Unused True NoPodsUsingPVC"]);
    const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "data" } }];
    const pod = await pods.create({
      metadata: { name: "p", namespace },
      spec: { containers: [], volumes },
    });
    await harness.settle();
    assert.deepEqual(await unused(), ["Unused False PodUsingPVC"]);
    await pods.updateStatus({ ...pod, status: { phase: "Succeeded" } });
    await harness.settle();
    assert.deepEqual(await unused(), ["Unused True NoPodsUsingPVC"]);
  });
});
