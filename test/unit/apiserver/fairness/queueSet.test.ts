import assert from "node:assert/strict";
import { MetricsRegistry } from "../../../../lib/api/metrics/metricsRegistry.js";
import { FairnessMetrics } from "../../../../lib/apiserver/fairness/fairnessMetrics.js";
import { type Flow, LevelRequest } from "../../../../lib/apiserver/fairness/levelRequest.js";
import { QueueSet } from "../../../../lib/apiserver/fairness/queueSet.js";
import { SeatDemand } from "../../../../lib/apiserver/fairness/seatDemand.js";
import { oneSeat } from "../../../../lib/apiserver/fairness/workEstimate.js";
import { anonymousUser } from "../../../../lib/apiserver/identity.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";

const info = { isResourceRequest: false, verb: "get", path: "/" } as const;

function rig(queues: number, limit: number) {
  const clock = new VirtualClock();
  const metrics = new FairnessMetrics(new MetricsRegistry(), () => clock.monotonic());
  const series = metrics.level("level");
  const set = new QueueSet(clock, series, new SeatDemand(0));
  const settings = { queues, handSize: 1, queueLengthLimit: 1_000 };
  set.configure({ type: "queue", settings }, limit, limit);
  const started: string[] = [];
  const enter = (name: string, queue: number): LevelRequest => {
    const flow: Flow = {
      flowSchema: "schema",
      distinguisher: name,
      series: metrics.flow("level", "schema"),
      hand: () => [queue],
    };
    const request = new LevelRequest(flow, info, anonymousUser, oneSeat, clock.monotonic());
    request.onStart = () => started.push(name);
    if (set.start(request, clock.monotonic()) === "running") started.push(name);
    return request;
  };
  return { clock, set, enter, started, series };
}

describe("the queues of a level", () => {
  it("are served in turn where they are equal", () => {
    const { clock, set, enter, started } = rig(8, 1);
    const first = enter("first", 7);
    for (const queue of [0, 1, 2]) for (const turn of [1, 2]) enter(`${queue}.${turn}`, queue);
    set.finish(first, clock.monotonic());
    for (let i = 0; i < 5; i += 1) {
      const running = set.queues().flatMap((queue) => [...queue.running]);
      for (const request of running) set.finish(request, clock.monotonic());
    }
    assert.deepEqual(started, ["first", "0.1", "1.1", "2.1", "0.2", "1.2", "2.2"]);
  });

  it("come into being when they are used, and idle ones are bounded", () => {
    const { clock, set, enter } = rig(10_000_000, 5);
    for (let i = 0; i < 5_000; i += 1) {
      set.finish(enter("x", i * 1_999), clock.monotonic());
    }
    assert.ok(set.queues().length <= 1_024);
    assert.ok(set.isIdle);
  });

  it("beyond a smaller number are served until they are empty", () => {
    const { clock, set, enter, started } = rig(8, 1);
    const first = enter("first", 7);
    const next = enter("next", 7);
    const settings = { queues: 2, handSize: 1, queueLengthLimit: 1_000 };
    set.configure({ type: "queue", settings }, 1, 1);
    set.finish(first, clock.monotonic());
    set.finish(next, clock.monotonic());
    assert.deepEqual(started, ["first", "next"]);
    assert.deepEqual(set.queues(), []);
  });

  describe("that lends seats", () => {
    const lending = (limit: number) => {
      const all = rig(8, limit);
      const lent = {
        limit: 0,
        used: 0,
        limitTo(seats: number): void {
          this.limit = seats;
        },
      };
      all.set.lend(() => lent);
      return { ...all, lent };
    };

    it("lends what is free while nobody waits, and half at least", () => {
      const { clock, set, enter, lent } = lending(4);
      assert.equal(lent.limit, 4);
      const first = enter("a", 0);
      assert.equal(lent.limit, 3);
      const others = [1, 2, 3].map((queue) => enter("b", queue));
      assert.equal(lent.limit, 2);
      const waiting = enter("c", 4);
      assert.equal(waiting.state, "waiting");
      set.finish(first, clock.monotonic());
      assert.equal(waiting.state, "running");
      for (const request of [...others, waiting]) set.finish(request, clock.monotonic());
      assert.equal(lent.limit, 4);
      const settings = { queues: 8, handSize: 1, queueLengthLimit: 1_000 };
      set.configure({ type: "queue", settings }, 9, 9);
      assert.equal(lent.limit, 9);
    });

    it("lends half while somebody waits", () => {
      const { enter, lent } = lending(5);
      lent.used = 3;
      enter("a", 0);
      enter("b", 1);
      enter("c", 1);
      assert.equal(lent.limit, 2);
    });

    it("counts those that are used, and lets one run beside them at least", () => {
      const { clock, set, enter, lent, started } = lending(3);
      lent.used = 3;
      const first = enter("a", 0);
      enter("b", 1);
      enter("c", 1);
      assert.deepEqual(started, ["a"]);
      lent.used = 1;
      set.finish(first, clock.monotonic());
      assert.deepEqual(started, ["a", "b", "c"]);
    });

    it("makes them once", () => {
      const { set } = lending(3);
      set.lend(() => assert.fail("they are there"));
    });
  });

  it("keep their order when virtual time is set back", async () => {
    const { clock, set, enter, started, series } = rig(4, 1_000);
    const busy = Array.from({ length: 1_000 }, () => enter("busy", 0));
    enter("a1", 1);
    // Five hundred seat-seconds a second for twenty-five days.
    await clock.advance(2 ** 31);
    enter("b1", 2);
    await clock.advance(1_000_000);
    enter("a2", 1);
    enter("c1", 3);
    assert.equal(series.epochAdvances.value, 1);
    for (const request of busy.slice(0, 3)) set.finish(request, clock.monotonic());
    const order = started.slice(1_000);
    assert.deepEqual(order.slice(0, 3), ["a1", "b1", "c1"]);
  });

  it("work through 60,000 waiting requests of 64 queues in no time", () => {
    const { clock, set, enter } = rig(64, 1);
    const requests = Array.from({ length: 60_000 }, (_, i) => enter("x", i % 64));
    let next: LevelRequest | undefined = requests[0];
    let served = 0;
    while (next !== undefined) {
      set.finish(next, clock.monotonic());
      served += 1;
      next = set.queues().find(({ running }) => running.length > 0)?.running.first;
    }
    assert.equal(served, 60_000);
    assert.ok(set.isIdle);
  });
});
