import assert from "node:assert/strict";
import { MetricsRegistry } from "../../../lib/api/metrics/metricsRegistry.js";
import { ExponentialRateLimiter } from "../../../lib/client/workqueue/rateLimiter.js";
import { runWorkers } from "../../../lib/client/workqueue/worker.js";
import { WorkQueue } from "../../../lib/client/workqueue/workQueue.js";
import { WorkQueueMetricsTable } from "../../../lib/controllers/workQueueMetricsTable.js";
import { VirtualClock } from "../../../lib/platform/virtual/virtualClock.js";

describe("WorkQueue", () => {
  let clock: VirtualClock;
  let queue: WorkQueue;

  beforeEach(() => {
    clock = new VirtualClock();
    const rateLimiter = new ExponentialRateLimiter(5, 1000);
    queue = new WorkQueue({ name: "test", clock, rateLimiter });
  });

  it("tells how long the keys in hand have been worked on", async () => {
    const registry = new MetricsRegistry();
    const metrics = new WorkQueueMetricsTable(registry).of("test");
    const counted = new WorkQueue({ name: "test", clock, metrics });
    for (const key of ["a", "b"]) {
      counted.add(key);
      await counted.get();
      await clock.advance(2_000);
    }
    assert.match(registry.expose(), /^workqueue_unfinished_work_seconds\{name="test"\} 6$/m);
    const longest = /^workqueue_longest_running_processor_seconds\{name="test"\} (\d)$/m;
    assert.equal(longest.exec(registry.expose())?.[1], "4");
    for (const key of ["a", "b"]) counted.done(key);
    assert.equal(longest.exec(registry.expose())?.[1], "0");
  });

  it("holds a key once and gives keys in order", async () => {
    for (const key of ["b", "a", "b"]) queue.add(key);
    assert.equal(queue.length, 2);
    assert.equal(await queue.get(), "b");
    assert.equal(await queue.get(), "a");
  });

  it("gives a key that was added during its work again only when that is done", async () => {
    queue.add("a");
    await queue.get();
    queue.add("a");
    assert.equal(queue.length, 0);
    queue.done("a");
    assert.equal(await queue.get(), "a");
  });

  it("lets the earlier of two delays win", async () => {
    queue.addAfter("a", 100);
    queue.addAfter("a", 10);
    queue.addAfter("a", 50);
    await clock.advance(10);
    assert.equal(queue.length, 1);
    assert.equal(await queue.get(), "a");
    queue.done("a");
    await clock.advance(200);
    assert.equal(queue.length, 0);
  });

  it("ends waiting workers when shut down, and drops what is delayed", async () => {
    const taken = queue.get();
    queue.addAfter("later", 10);
    queue.shutDown();
    assert.equal(await taken, undefined);
    assert.equal(clock.pendingTimers, 0);
  });

  it("retries failing syncs with growing delays and gives up at the bound", async () => {
    const at: number[] = [];
    const work = runWorkers({
      queue,
      workers: 2,
      maxRetries: 3,
      sync: async () => {
        at.push(clock.monotonic());
        throw new Error("no");
      },
    });
    queue.add("a");
    await clock.advance(1000);
    assert.deepEqual(at, [0, 5, 15, 35]);
    assert.equal(queue.numberOfRequeues("a"), 0);
    queue.shutDown();
    await work;
  });

  it("retries also where who is told of a failure throws or rejects", async () => {
    const tells = [
      (): void => {
        throw new Error("told");
      },
      (): Promise<never> => Promise.reject(new Error("told")),
    ];
    let tries = 0;
    const work = runWorkers({
      ...{ queue, workers: 1, onError: () => tells[tries - 1]?.() },
      sync: async () => {
        if (++tries < 3) throw new Error("no");
      },
    });
    queue.add("a");
    await clock.advance(40);
    assert.equal(tries, 3);
    queue.shutDown();
    await work;
  });

  it("counts no failures between two retries", async () => {
    const at: number[] = [];
    const work = runWorkers({
      queue,
      workers: 1,
      sync: async () => {
        at.push(clock.monotonic());
        throw new Error("no");
      },
    });
    queue.add("a");
    await clock.advance(40);
    assert.deepEqual(at, [0, 5, 15, 35]);
    // Every millisecond something happens to it.
    for (let event = 0; event < 30; event++) {
      await clock.advance(1);
      queue.add("a");
    }
    assert.equal(queue.numberOfRequeues("a"), 4);
    at.splice(0);
    await clock.advance(100);
    assert.deepEqual(at, [70, 75, 155]);
    queue.shutDown();
    await work;
  });
});
