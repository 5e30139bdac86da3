import assert from "node:assert/strict";
import { appsV1, coordinationV1, coreV1 } from "../../../lib/api/gen/resources.js";
import { MetricsRegistry } from "../../../lib/api/metrics/metricsRegistry.js";
import { ControllerManager } from "../../../lib/controllers/controllerManager.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };

describe("ControllerManager", () => {
  let harness: ControllerHarness;

  beforeEach(() => {
    harness = new ControllerHarness({ transport: "rpc" });
  });
  afterEach(() => harness.stop());

  function manager(identity?: string, metrics?: MetricsRegistry): ControllerManager {
    return new ControllerManager({
      platform: harness,
      client: harness.client,
      options: {
        rootCertificateAuthorities: "PEM",
        allocateNodeCidrs: true,
        clusterCidrs: ["10.20.0.0/16"],
      },
      ...(identity === undefined ? {} : { leaderElection: { identity } }),
      ...(metrics === undefined ? {} : { metrics }),
    });
  }

  it("writes nothing while nothing changes", async () => {
    const metrics = new MetricsRegistry();
    const running = manager(undefined, metrics);
    const ended = running.start();
    await harness.client.resource(coreV1.namespaces).create({
      metadata: { name: "default" },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
    await harness.client.resource(coreV1.services).create({
      metadata: { name: "web", namespace: "default" },
      spec: { selector: labels, ports: [{ port: 80 }] },
    });
    await harness.client.resource(appsV1.deployments).create({
      metadata: { name: "web", namespace: "default" },
      spec: { replicas: 3, selector: { matchLabels: labels }, template },
    });
    await harness.settle(10_000);
    await harness.setReady(await harness.pods());
    await harness.settle(60_000);
    const before = harness.transport.writes.length;
    await harness.settle(3_600_000);
    assert.deepEqual(harness.transport.writes.slice(before), []);
    assert.ok(running.health().every((controller) => controller.problem === ""));
    assert.match(metrics.expose(), /workqueue_adds_total\{name="deployment-controller"\} [1-9]/);
    assert.match(
      metrics.expose(),
      /TYPE cronjob_controller_job_creation_skew_duration_seconds hist/,
    );
    await running.stop();
    await ended;
    assert.equal(running.isLeading, false);
  });

  it("lets the other go on when the first is stopped, and leaves no timer behind", async () => {
    const [a, b] = [manager("a"), manager("b")];
    const ended = [a.start()];
    await harness.settle(5_000);
    ended.push(b.start());
    await harness.settle(30_000);
    assert.deepEqual([a.isLeading, b.isLeading], [true, false]);
    await harness.client.resource(appsV1.replicasets).create({
      metadata: { name: "web", namespace: "default" },
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    });
    await harness.settle(5_000);
    const stopped = a.stop();
    await harness.settle(10_000);
    await stopped;
    assert.deepEqual([a.isLeading, b.isLeading], [false, true]);
    const [pod] = await harness.pods();
    const pods = harness.client.resource(coreV1.pods);
    await pods.delete(pod?.metadata.name ?? "", { namespace: "default" });
    await harness.settle(5_000);
    assert.equal((await harness.pods()).length, 2);
    const leases = harness.client.resource(coordinationV1.leases);
    const lease = await leases.get("kube-controller-manager", { namespace: "kube-system" });
    assert.equal(lease.spec?.holderIdentity, "b");
    await b.stop();
    await Promise.all(ended);
    assert.equal(harness.clock.pendingTimers, 0);
  });
});
