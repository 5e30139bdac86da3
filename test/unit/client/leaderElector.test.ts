import assert from "node:assert/strict";
import { coordinationV1 } from "../../../lib/api/gen/resources.js";
import { MetricsRegistry } from "../../../lib/api/metrics/metricsRegistry.js";
import { apiErrors } from "../../../lib/api/status.js";
import { LeaderElector } from "../../../lib/client/leaderElection/leaderElector.js";
import { createLogger, silentLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { VirtualCluster } from "../../support/client/virtualCluster.js";

describe("LeaderElector", () => {
  let cluster: VirtualCluster;
  let log: string[];

  beforeEach(() => {
    cluster = new VirtualCluster();
    log = [];
  });
  afterEach(() => cluster.stop());

  function candidate(
    identity: string,
    metrics = new MetricsRegistry(),
    logger = silentLogger,
  ): { stop: AbortController; ended: Promise<void> } {
    const stop = new AbortController();
    const elector = new LeaderElector({
      client: cluster.client,
      platform: cluster,
      namespace: "kube-system",
      leaseName: "test",
      identity,
      ...{ metrics, logger },
      onStartedLeading: async (signal) => {
        log.push(`${identity} leads`);
        await cluster.clock.sleep(1e9, signal);
      },
      onStoppedLeading: () => log.push(`${identity} stops`),
    });
    return { stop, ended: elector.run(stop.signal) };
  }

  const lease = () =>
    cluster.client.resource(coordinationV1.leases).get("test", { namespace: "kube-system" });

  it("lets one lead, and the next at once when that one is stopped", async () => {
    const a = candidate("a");
    await cluster.clock.settle();
    const b = candidate("b");
    await cluster.clock.advance(60_000);
    assert.deepEqual(log, ["a leads"]);
    a.stop.abort();
    await cluster.clock.advance(5_000);
    await a.ended;
    assert.deepEqual(log, ["a leads", "a stops", "b leads"]);
    assert.equal((await lease()).spec?.leaseTransitions, 1);
    b.stop.abort();
    await b.ended;
    assert.equal((await lease()).spec?.holderIdentity, "");
  });

  it("tells in its metrics whether it leads", async () => {
    const metrics = new MetricsRegistry();
    const status = () =>
      /^leader_election_master_status\{name="test"\} (\d)$/m.exec(metrics.expose())?.[1];
    const a = candidate("a", metrics);
    assert.equal(status(), "0");
    await cluster.clock.settle();
    assert.equal(status(), "1");
    a.stop.abort();
    await cluster.clock.advance(5_000);
    await a.ended;
    assert.equal(status(), "0");
  });

  /** What is said of a lease out of reach at a verbosity, with a pause after the third renewal. */
  async function saidOfOutages(verbosity: number): Promise<string[]> {
    const said: string[] = [];
    const logger = createLogger(
      {
        clock: cluster.clock,
        host: { ...nodePlatform.host, writeError: (text) => void said.push(text) },
      },
      { format: "text", verbosity },
    );
    const a = candidate("a", new MetricsRegistry(), logger);
    await cluster.clock.advance(3_000);
    for (let outage = 0; outage < 2; outage++) {
      cluster.transport.refuse = () => apiErrors.serviceUnavailable("no route to host");
      await cluster.clock.advance(7_000);
      cluster.transport.refuse = undefined;
      await cluster.clock.advance(5_000);
    }
    a.stop.abort();
    await cluster.clock.advance(5_000);
    await a.ended;
    assert.deepEqual(log, ["a leads", "a stops"]);
    return said.map((line) => line.replace(/^(\w).*?\] "(.*?)" (.*)\n$/, "$1 $2: $3"));
  }

  const outOfReach = 'lease="test" error="no route to host"';

  it("says of every outage once that the lease is out of reach, and why", async () => {
    const line = `W Could not reach for the lease, trying on: ${outOfReach}`;
    assert.deepEqual(await saidOfOutages(0), [line, line]);
  });

  it("says it of every try to who asks for more", async () => {
    const all = await saidOfOutages(1);
    const first = `W Could not reach for the lease, trying on: ${outOfReach}`;
    const next = `I Could not reach for the lease: ${outOfReach}`;
    assert.deepEqual([...new Set(all)], [first, next]);
    assert.equal(all.filter((line) => line === first).length, 2);
    assert.ok(all.length > 4, all.join("\n"));
  });

  for (const [what, fail] of [
    [
      "throw",
      (): void => {
        throw new Error("told");
      },
    ],
    ["reject", (): Promise<never> => Promise.reject(new Error("told"))],
  ] as const) {
    it(`leads at once, and ends as it should, where those who are told of it ${what}`, async () => {
      const said: string[] = [];
      const host = { ...nodePlatform.host, writeError: (text: string) => void said.push(text) };
      const stop = new AbortController();
      const elector = new LeaderElector({
        ...{ client: cluster.client, platform: cluster, namespace: "kube-system" },
        ...{ leaseName: "test", identity: "a", onNewLeader: fail, onStoppedLeading: fail },
        logger: createLogger({ clock: cluster.clock, host }, { format: "text", verbosity: 0 }),
        onStartedLeading: async () => void log.push("leads"),
      });
      const ended = elector.run(stop.signal);
      await cluster.clock.settle();
      assert.deepEqual(log, ["leads"]);
      stop.abort();
      await cluster.clock.advance(5_000);
      await ended;
      assert.equal((await lease()).spec?.holderIdentity, "");
      const failed = said.map((line) => /"Who was told failed" (.*)\n/.exec(line)?.[1]);
      assert.deepEqual(failed, [
        'callback="onNewLeader" error="told"',
        'callback="onStoppedLeading" error="told"',
      ]);
    });
  }

  it("gives up when the lease cannot be renewed within its deadline", async () => {
    const a = candidate("a");
    await cluster.clock.advance(3_000);
    cluster.transport.refuse = () => apiErrors.serviceUnavailable("away");
    await cluster.clock.advance(12_000);
    await a.ended;
    assert.deepEqual(log, ["a leads", "a stops"]);
  });

  it("takes a lease over only when it has seen no renewal for its duration", async () => {
    await cluster.client.resource(coordinationV1.leases).create({
      metadata: { name: "test", namespace: "kube-system" },
      spec: { holderIdentity: "gone", leaseDurationSeconds: 15, leaseTransitions: 0 },
    });
    const a = candidate("a");
    await cluster.clock.advance(14_000);
    assert.deepEqual(log, []);
    await cluster.clock.advance(10_000);
    assert.deepEqual(log, ["a leads"]);
    assert.equal((await lease()).spec?.leaseTransitions, 1);
    a.stop.abort();
    await a.ended;
  });

  for (const [how, work] of Object.entries({
    "at once": () => {
      throw new Error("no work");
    },
    later: async () => {
      await cluster.clock.sleep(5_000);
      throw new Error("no work");
    },
  })) {
    it(`gives the lease up when the work fails: ${how}`, async () => {
      const elector = new LeaderElector({
        ...{ client: cluster.client, platform: cluster, namespace: "kube-system" },
        ...{ leaseName: "test", identity: "a" },
        onStartedLeading: work,
        onStoppedLeading: () => log.push("a stops"),
      });
      const ended = assert.rejects(elector.run(), /^Error: no work$/);
      await cluster.clock.advance(10_000);
      await ended;
      assert.deepEqual(log, ["a stops"]);
      assert.equal((await lease()).spec?.holderIdentity, "");
    });
  }

  it("goes on leading when the work is done, also one that gives no promise", async () => {
    const elector = new LeaderElector({
      ...{ client: cluster.client, platform: cluster, namespace: "kube-system" },
      ...{ leaseName: "test", identity: "a" },
      onStartedLeading: (() => undefined) as unknown as () => Promise<void>,
    });
    const stop = new AbortController();
    const ended = elector.run(stop.signal);
    await cluster.clock.advance(60_000);
    assert.equal(elector.isLeader, true);
    stop.abort();
    await ended;
  });
});
