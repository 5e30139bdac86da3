import assert from "node:assert/strict";
import { RequestDeadlines } from "../../../../lib/apiserver/requestDeadlines.js";
import { RequestSignal } from "../../../../lib/apiserver/requestSignal.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";

describe("deadlines of requests", () => {
  it("pass in their order, with one timer for those of the server's time", async () => {
    const clock = new VirtualClock();
    const deadlines = new RequestDeadlines(clock, 1_000);
    const passed: string[] = [];
    const add = (name: string, own?: number) =>
      deadlines.add(own, clock.monotonic(), () => passed.push(name));
    add("first");
    await clock.advance(500);
    add("second");
    const forget = add("forgotten");
    add("hasty", 100);
    for (const own of [0, -5, 2_000]) add(`takes the server's: ${own}`, own);
    forget();
    assert.equal(clock.pendingTimers, 2);
    await clock.advance(150);
    assert.deepEqual(passed, ["hasty"]);
    await clock.advance(400);
    assert.deepEqual(passed, ["hasty", "first"]);
    await clock.advance(500);
    assert.deepEqual(passed.slice(2), [
      "second",
      ...[0, -5, 2_000].map((own) => `takes the server's: ${own}`),
    ]);
    assert.equal(clock.pendingTimers, 0);
  });

  it("are forgotten when the server stops", async () => {
    const clock = new VirtualClock();
    const deadlines = new RequestDeadlines(clock, 1_000);
    deadlines.add(undefined, 0, assert.fail);
    deadlines.stop();
    await clock.advance(5_000);
    assert.equal(clock.pendingTimers, 0);
  });
});

describe("the signal of a request", () => {
  it("aborts with the transport's, or before it, and leaves no listener there", () => {
    const transport = new AbortController();
    const followed = new RequestSignal(() => transport.signal);
    const own = new RequestSignal(() => transport.signal);
    const ended = new RequestSignal(() => transport.signal);
    const late = new RequestSignal(() => transport.signal);
    for (const signal of [followed, own, ended]) signal.get();
    own.abort("deadline");
    late.abort("deadline");
    assert.deepEqual([own.get().reason, late.get().reason], ["deadline", "deadline"]);
    assert.ok(!transport.signal.aborted && !followed.get().aborted);
    ended.end();
    transport.abort("gone");
    assert.deepEqual([followed.get().reason, ended.get().aborted], ["gone", false]);
  });
});
