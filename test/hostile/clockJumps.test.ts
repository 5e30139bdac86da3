import assert from "node:assert/strict";
import { batchV1, coordinationV1, coreV1 } from "../../lib/api/gen/resources.js";
import { formatMicroTime, formatTime } from "../../lib/api/time.js";
import { LeaderElector } from "../../lib/client/leaderElection/leaderElector.js";
import { JobController } from "../../lib/controllers/job/jobController.js";
import { NodeLifecycleController } from "../../lib/controllers/nodelifecycle/nodeLifecycleController.js";
import { TaintEvictionController } from "../../lib/controllers/tainteviction/taintEvictionController.js";
import { SeededRandom } from "../../lib/platform/virtual/seededRandom.js";
import { ProxyHealth } from "../../lib/proxy/health/proxyHealth.js";
import { ControllerHarness } from "../support/client/controllerHarness.js";

const dayMilliseconds = 86_400_000;

describe("A wall clock that is set", () => {
  let harness: ControllerHarness;
  beforeEach(() => {
    harness = new ControllerHarness();
  });
  afterEach(() => harness.stop());

  /** Now and then, by minutes or days, forward and back. */
  function jumps(seed: number): () => void {
    const random = new SeededRandom(seed);
    return () => {
      if (random.float() < 0.7) return;
      const scale = random.float() < 0.5 ? 60_000 : dayMilliseconds;
      harness.clock.jump((random.float() - 0.5) * 2 * scale);
    };
  }

  it("takes no leadership away and gives none twice", async () => {
    const leading: string[] = [];
    const history: string[] = [];
    const stops = ["a", "b"].map((identity) => {
      const stop = new AbortController();
      const elector = new LeaderElector({
        client: harness.client,
        platform: harness,
        namespace: "kube-system",
        leaseName: "test",
        identity,
        onStartedLeading: async (signal) => {
          leading.push(identity);
          history.push(identity);
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          leading.splice(leading.indexOf(identity), 1);
        },
      });
      return { identity, stop, done: elector.run(stop.signal) };
    });
    const jump = jumps(1);
    for (let second = 0; second < 300; second++) {
      jump();
      await harness.settle(1_000);
      assert.ok(leading.length <= 1, `${leading} lead at once`);
    }
    assert.equal(history.length, 1);
    const [first] = history;
    stops.find(({ identity }) => identity === first)?.stop.abort();
    await harness.settle(30_000);
    assert.equal(history.length, 2);
    for (const { stop } of stops) stop.abort();
    await harness.settle(10_000);
    await Promise.all(stops.map(({ done }) => done));
  });

  it("makes no node that lives look dead, and none that is dead alive", async () => {
    const nodes = harness.client.resource(coreV1.nodes);
    for (const name of ["alive", "dead"]) {
      const conditions = [
        { type: "Ready", status: "True", lastHeartbeatTime: formatTime(harness.clock.now()) },
      ];
      await nodes.create({ metadata: { name }, spec: {}, status: { conditions } });
    }
    const context = harness.context();
    await harness.start(new NodeLifecycleController(context), new TaintEvictionController(context));
    const tolerations = [{ operator: "Exists" as const, tolerationSeconds: 300 }];
    for (const nodeName of ["alive", "dead"]) {
      await harness.client.resource(coreV1.pods).create({
        metadata: { name: `on-${nodeName}`, namespace: "default" },
        spec: { nodeName, containers: [], tolerations },
      });
    }
    const leases = harness.client.resource(coordinationV1.leases);
    const jump = jumps(2);
    for (let second = 0; second < 900; second += 10) {
      jump();
      const spec = { renewTime: formatMicroTime(harness.clock.now() * 1000) };
      const lease = { metadata: { name: "alive", namespace: "kube-node-lease" }, spec };
      await leases.update(lease).catch(() => leases.create(lease));
      await harness.settle(10_000);
    }
    const ready = async (name: string) =>
      (await nodes.get(name)).status?.conditions?.find(({ type }) => type === "Ready")?.status;
    assert.equal(await ready("alive"), "True");
    assert.equal(await ready("dead"), "Unknown");
    const names = (await harness.pods()).map(({ metadata }) => metadata.name);
    assert.deepEqual(names, ["on-alive"]);
  });

  it("holds no Job up for longer than its backoff", async () => {
    await harness.start(new JobController(harness.context()));
    const labels = { app: "work" };
    await harness.client.resource(batchV1.jobs).create({
      metadata: { name: "work", namespace: "default" },
      spec: {
        backoffLimit: 6,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { restartPolicy: "Never", containers: [] } },
      },
    });
    await harness.settle();
    const [pod] = await harness.pods();
    await harness.setState(pod?.metadata.name ?? "", { phase: "Failed" });
    await harness.settle(2_000);
    assert.equal((await harness.pods()).length, 1);
    harness.clock.jump(-dayMilliseconds);
    await harness.settle(30_000);
    assert.equal((await harness.pods()).length, 2);
  });

  it("makes no proxy look late", async () => {
    const health = new ProxyHealth(harness.clock, 60_000);
    health.updated("IPv4");
    health.queued("IPv4");
    harness.clock.jump(dayMilliseconds);
    assert.equal(health.isHealthy(), true);
    harness.clock.jump(-2 * dayMilliseconds);
    await harness.settle(61_000);
    assert.equal(health.isHealthy(), false);
  });
});
