import assert from "node:assert/strict";
import { coreV1, discoveryV1 } from "../../../lib/api/gen/resources.js";
import type { Pod, Service } from "../../../lib/api/gen/types/coreV1.js";
import { type ApiError, apiErrors, hasReason } from "../../../lib/api/status.js";
import { EndpointsController } from "../../../lib/controllers/endpoints/endpointsController.js";
import { EndpointSliceController } from "../../../lib/controllers/endpointslice/endpointSliceController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const namespace = "default";

function service(spec: Partial<NonNullable<Service["spec"]>> = {}): Service {
  return {
    metadata: { name: "web", namespace, labels: { team: "a" } },
    spec: {
      selector: { app: "web" },
      ports: [{ name: "http", port: 80, targetPort: "web" }],
      ...spec,
    },
  };
}

function pod(name: string, containerPort = 8080): Pod {
  return {
    metadata: { name, namespace, labels: { app: "web" } },
    spec: {
      nodeName: "n1",
      containers: [{ name: "c", image: "i", ports: [{ name: "web", containerPort }] }],
    },
  };
}

describe("controllers of endpoints", () => {
  let harness: ControllerHarness;
  const pods = () => harness.client.resource(coreV1.pods);
  const slices = async () =>
    (await harness.client.resource(discoveryV1.endpointslices).list({ namespace })).items;
  const endpoints = () => harness.client.resource(coreV1.endpoints).get("web", { namespace });

  beforeEach(async () => {
    harness = new ControllerHarness();
    const context = harness.context({ maxEndpointsPerSlice: 2 });
    await harness.start(new EndpointSliceController(context), new EndpointsController(context));
    await harness.client.resource(coreV1.nodes).create({
      metadata: { name: "n1", labels: { "topology.kubernetes.io/zone": "z" } },
      spec: {},
    });
  });
  afterEach(() => harness.stop());

  async function createPods(...names: string[]): Promise<Pod[]> {
    const created = await Promise.all(names.map((name) => pods().create(pod(name))));
    await harness.setReady(created);
    return created;
  }

  it("has one empty slice and no subsets for a service without pods", async () => {
    await harness.client.resource(coreV1.services).create(service());
    await harness.settle();
    const [slice, ...others] = await slices();
    assert.equal(others.length, 0);
    assert.deepEqual([slice?.ports, slice?.endpoints], [[], []]);
    assert.equal(slice?.metadata.labels?.["kubernetes.io/service-name"], "web");
    assert.equal(slice?.metadata.labels?.team, "a");
    assert.deepEqual((await endpoints()).subsets, []);
  });

  it("lists pods with their ports, readiness, node and zone", async () => {
    await harness.client.resource(coreV1.services).create(service());
    const [ready] = await createPods("a");
    await harness.setReady([await pods().create(pod("b"))], false);
    const [slice] = await slices();
    assert.deepEqual(slice?.ports, [{ name: "http", protocol: "TCP", port: 8080 }]);
    assert.deepEqual(
      slice?.endpoints?.map((e) => [e.targetRef?.name, e.conditions?.ready, e.nodeName, e.zone]),
      [
        ["a", true, "n1", "z"],
        ["b", false, "n1", "z"],
      ],
    );
    const [subset] = (await endpoints()).subsets ?? [];
    assert.deepEqual(
      [subset?.addresses?.map((a) => a.targetRef?.name), subset?.notReadyAddresses?.length],
      [[ready?.metadata.name], 1],
    );
    assert.deepEqual(subset?.ports, [{ name: "http", protocol: "TCP", port: 8080 }]);
  });

  it("keeps a terminating pod that serves in its slice, not ready", async () => {
    await harness.client.resource(coreV1.services).create(service());
    const [created] = await createPods("a");
    const body = { metadata: { finalizers: ["example.com/hold"] } };
    await pods().patch("a", { type: "merge", body }, { namespace });
    await pods().delete(created?.metadata.name ?? "", { namespace });
    await harness.settle();
    const [slice] = await slices();
    assert.deepEqual(slice?.endpoints?.[0]?.conditions, {
      ready: false,
      serving: true,
      terminating: true,
    });
    assert.deepEqual((await endpoints()).subsets, []);
  });

  it("spreads many pods over slices and writes only those that change", async () => {
    await harness.client.resource(coreV1.services).create(service());
    await createPods("a", "b", "c", "d", "e");
    const sizes = (await slices()).map((slice) => slice.endpoints?.length).sort();
    assert.deepEqual(sizes, [1, 2, 2]);
    const before = harness.transport.writes.length;
    await pods().delete("c", { namespace });
    await harness.settle();
    const writes = harness.transport.writes
      .slice(before)
      .filter((w) => w.includes("endpointslices"));
    assert.equal(writes.length, 1);
  });

  it("groups pods by what a named port means to them", async () => {
    await harness.client.resource(coreV1.services).create(service());
    const created = [await pods().create(pod("a", 1)), await pods().create(pod("b", 2))];
    await harness.setReady(created);
    const ports = (await slices()).map((slice) => slice.ports?.[0]?.port).sort();
    assert.deepEqual(ports, [1, 2]);
  });

  it("publishes pods that are not ready where the service says so, and marks headless ones", async () => {
    const spec = { publishNotReadyAddresses: true, clusterIP: "None" };
    await harness.client.resource(coreV1.services).create(service(spec));
    await harness.setReady([await pods().create(pod("a"))], false);
    const [slice] = await slices();
    assert.equal(slice?.endpoints?.[0]?.conditions?.ready, true);
    assert.equal(slice?.metadata.labels?.["service.kubernetes.io/headless"], "");
  });

  it("takes out a pod that is gone although a further slice is refused", async () => {
    await harness.client.resource(coreV1.services).create(service());
    await createPods("a", "b");
    harness.transport.refuse = ({ type, verb }) =>
      type.resource === "endpointslices" && verb === "create"
        ? apiErrors.forbidden({ group: "", resource: "endpointslices" }, "", "quota")
        : undefined;
    await harness.setReady([await pods().create(pod("other", 9090))]);
    await pods().delete("a", { namespace });
    await harness.settle();
    const shown = async () => {
      const all = (await slices()).flatMap((slice) => slice.endpoints ?? []);
      return all.map((endpoint) => endpoint.targetRef?.name).sort();
    };
    assert.deepEqual(await shown(), ["b"]);
    await pods().delete("b", { namespace });
    await harness.settle();
    assert.deepEqual(await shown(), []);
    harness.transport.refuse = undefined;
    await harness.settle(60_000);
    assert.deepEqual(await shown(), ["other"]);
  });

  describe("finds again what it made", () => {
    const services = () => harness.client.resource(coreV1.services);
    const all = () => harness.client.resource(discoveryV1.endpointslices);
    const addresses = async () =>
      (await slices())
        .filter((one) => one.metadata.labels?.["kubernetes.io/service-name"] === "web")
        .flatMap((one) => one.endpoints ?? [])
        .map((endpoint) => endpoint.targetRef?.name)
        .sort();
    const isGone = (request: Promise<unknown>) =>
      assert.rejects(request, (error: ApiError) => hasReason(error, "NotFound"));

    it("when the labels of a slice were changed", async () => {
      await services().create(service());
      await createPods("a");
      const [slice] = await slices();
      const name = slice?.metadata.name ?? "";
      const label = "endpointslice.kubernetes.io/managed-by";
      const body = { metadata: { labels: { [label]: "somebody" } } };
      await all().patch(name, { type: "merge", body }, { namespace });
      await createPods("b");
      await harness.settle(60_000);
      assert.ok((await slices()).some((one) => one.metadata.name === name));
      const own = (await slices()).filter((one) => one.metadata.name !== name);
      assert.deepEqual(
        own.flatMap((one) => one.endpoints?.length),
        [2],
      );
    });

    it("when a slice is held by somebody's finalizer", async () => {
      await services().create(service());
      await createPods("a");
      const name = (await slices())[0]?.metadata.name ?? "";
      const body = { metadata: { finalizers: ["example.com/hold"] } };
      await all().patch(name, { type: "merge", body }, { namespace });
      await all().delete(name, { namespace });
      await createPods("b");
      await harness.settle(60_000);
      const living = (await slices()).filter((one) => !one.metadata.deletionTimestamp);
      assert.deepEqual(
        living.flatMap((one) => one.endpoints?.length),
        [2],
      );
    });

    it("when its owner was cut off, or is an earlier service of the name", async () => {
      await services().create(service());
      await createPods("a");
      const [slice] = await slices();
      const cut = { metadata: { ownerReferences: [] } };
      const name = slice?.metadata.name ?? "";
      await all().patch(name, { type: "merge", body: cut }, { namespace });
      await harness.settle(60_000);
      assert.deepEqual(await addresses(), ["a"]);
      await services().delete("web", { namespace });
      await services().create(service());
      await harness.settle(60_000);
      const { metadata } = await services().get("web", { namespace });
      assert.deepEqual(
        (await slices()).map((one) => one.metadata.ownerReferences?.map(({ uid }) => uid)),
        [[metadata.uid]],
      );
      assert.deepEqual(await addresses(), ["a"]);
    });

    it("when the service goes, whatever the labels and owners say by then", async () => {
      await services().create(service());
      await createPods("a");
      const body = { metadata: { labels: { "endpoints.kubernetes.io/managed-by": "other" } } };
      const clientOf = harness.client.resource(coreV1.endpoints);
      await clientOf.patch("web", { type: "merge", body }, { namespace });
      const name = (await slices())[0]?.metadata.name ?? "";
      const cut = { metadata: { ownerReferences: [] } };
      await all().patch(name, { type: "merge", body: cut }, { namespace });
      await services().delete("web", { namespace });
      await harness.settle(60_000);
      await isGone(endpoints());
      assert.deepEqual(await slices(), []);
    });

    it("goes on when its cache was behind for long", async () => {
      await services().create(service());
      await createPods("a");
      const isDeaf = { on: true };
      harness.transport.refuse = ({ type, verb }) =>
        isDeaf.on && type.resource === "endpointslices" && (verb === "watch" || verb === "list")
          ? apiErrors.serviceUnavailable("not now")
          : undefined;
      harness.transport.cutWatches();
      await harness.settle();
      await createPods("b");
      await createPods("c");
      await harness.settle(1_000_000);
      isDeaf.on = false;
      await harness.settle(60_000);
      assert.deepEqual(await addresses(), ["a", "b", "c"]);
    });
  });
});

describe("endpoints of services that went while no controller ran", () => {
  it("go when it starts, but for those that leader elections use", async () => {
    const harness = new ControllerHarness();
    const endpoints = harness.client.resource(coreV1.endpoints);
    await endpoints.create({ metadata: { name: "left", namespace } });
    const leader = { "control-plane.alpha.kubernetes.io/leader": "{}" };
    await endpoints.create({ metadata: { name: "leader", namespace, annotations: leader } });
    const slices = harness.client.resource(discoveryV1.endpointslices);
    const labels = {
      "kubernetes.io/service-name": "left",
      "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    };
    const metadata = { name: "left-1", namespace, labels };
    await slices.create({ metadata, addressType: "IPv4", endpoints: [] });
    const context = harness.context();
    await harness.start(new EndpointSliceController(context), new EndpointsController(context));
    await harness.settle();
    const names = (await endpoints.list({ namespace })).items.map((one) => one.metadata?.name);
    assert.deepEqual(names, ["leader"]);
    assert.deepEqual((await slices.list({ namespace })).items, []);
    await harness.stop();
  });
});
