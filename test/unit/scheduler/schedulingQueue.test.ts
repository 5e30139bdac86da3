import { deepEqual, equal } from "node:assert/strict";
import type { Pod } from "../../../lib/api/gen/types/coreV1.js";
import { VirtualClock } from "../../../lib/platform/virtual/virtualClock.js";
import { podTextChanges } from "../../../lib/scheduler/podText.js";
import { SchedulingQueue } from "../../../lib/scheduler/schedulingQueue.js";

function pod(name: string, priority = 0, gates: string[] = []): Pod {
  return {
    metadata: { name, namespace: "ns", uid: name, generation: 1 },
    spec: { containers: [], priority, schedulingGates: gates.map((gate) => ({ name: gate })) },
  };
}

describe("scheduling queue", () => {
  let clock: VirtualClock;
  let queue: SchedulingQueue;
  const put = (one: Pod, schedulerName = "s") => queue.put(one, schedulerName, podTextChanges);
  const names = (max = 10) => queue.pop(max).map(({ uid }) => uid);

  beforeEach(() => {
    clock = new VirtualClock();
    queue = new SchedulingQueue({
      clock,
      initialBackoffSeconds: 1,
      maxBackoffSeconds: 10,
      maxInUnschedulableSeconds: 300,
    });
  });

  it("takes the higher priority first, then who came first, one scheduler's pods a batch", () => {
    put(pod("low"));
    put(pod("high", 5));
    put(pod("low2"));
    put(pod("other", 0), "t");
    deepEqual(names(2), ["high", "low"]);
    deepEqual(names(), ["low2"]);
    deepEqual(names(), ["other"]);
  });

  it("doubles a failing pod's backoff from 1 to 10 seconds", async () => {
    put(pod("p"));
    for (const seconds of [1, 2, 4, 8, 10, 10]) {
      const [queued] = queue.pop(1);
      queue.addBackoff(queued!);
      await clock.advance(seconds * 1000 - 1);
      queue.flush();
      equal(queue.size("active"), 0);
      equal(queue.nextFlushMilliseconds(), 1);
      await clock.advance(1);
      queue.flush();
      equal(queue.size("active"), 1);
    }
  });

  it("keeps unschedulable pods until something helps, and their backoff is over", async () => {
    put(pod("p"));
    queue.addUnschedulable(queue.pop(1)[0]!, ["NodeResourcesFit"]);
    await clock.advance(500);
    queue.wake("p", "NodeAdd");
    equal(queue.size("backoff"), 1);
    await clock.advance(500);
    queue.flush();
    equal(queue.size("active"), 1);
    const [again] = queue.pop(1);
    equal(again?.attempts, 2);
    queue.addUnschedulable(again!, ["NodeResourcesFit"]);
    await clock.advance(5000);
    queue.wake("p", "NodeAdd");
    equal(queue.size("active"), 1);
  });

  it("lets a woken pod wait only for ready ones, or after an error", async () => {
    put(pod("p"));
    put(pod("e"));
    const [p, e] = queue.pop(2);
    queue.addUnschedulable(p!, ["NodeResourcesFit"]);
    queue.addBackoff(e!);
    equal(queue.isReady, false);
    queue.wake("p", "NodeAdd");
    put(pod("new"));
    deepEqual(names(), ["new"]);
    deepEqual(names(), ["p"]);
    equal(queue.isReady, false);
    equal(queue.size("backoff"), 1);
  });

  it("tries unschedulable pods again after five minutes", async () => {
    put(pod("p"));
    queue.addUnschedulable(queue.pop(1)[0]!, []);
    equal(queue.nextFlushMilliseconds(), 300_000);
    await clock.advance(300_000);
    queue.flush();
    equal(queue.pop(1)[0]?.flushed, true);
  });

  it("wakes an unschedulable pod whose spec changed, and not for its status", () => {
    put(pod("p"));
    queue.addUnschedulable(queue.pop(1)[0]!, []);
    put({ ...pod("p"), status: { phase: "Pending" } });
    equal(queue.size("unschedulable"), 1);
    const changed = pod("p");
    changed.metadata!.generation = 2;
    put(changed);
    equal(queue.size("unschedulable"), 0);
    equal(queue.size("backoff"), 1);
  });

  it("keeps gated pods out until their gates are gone", () => {
    put(pod("p", 0, ["wait"]));
    equal(queue.size("gated"), 1);
    deepEqual(names(), []);
    put(pod("p"));
    deepEqual(names(), ["p"]);
  });
});
