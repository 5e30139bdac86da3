import assert from "node:assert/strict";
import { MetricsRegistry } from "../../../../lib/api/metrics/metricsRegistry.js";
import { ApiError } from "../../../../lib/api/status.js";
import { MaxInFlight } from "../../../../lib/apiserver/flowControl.js";
import { parseRequestInfo } from "../../../../lib/apiserver/http/parseRequestInfo.js";
import { anonymousUser, type UserInfo, unsecuredUser } from "../../../../lib/apiserver/identity.js";
import { SeatMetrics } from "../../../../lib/apiserver/metrics/seatMetrics.js";
import type { RequestInfo } from "../../../../lib/apiserver/requestInfo.js";
import { noOptions } from "../../../../lib/apiserver/requestOptions.js";
import type { Release } from "../../../../lib/apiserver/seatPool.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";

const read = parseRequestInfo("GET", "/api/v1/pods", undefined);
const write = parseRequestInfo("POST", "/api/v1/namespaces/n/pods", undefined);
const named = (name: string, ...groups: string[]): UserInfo => ({
  name,
  uid: "",
  groups,
  extra: {},
});

function isTooMany(error: unknown): boolean {
  return error instanceof ApiError && error.code === 429 && error.retryAfterSeconds === 1;
}

describe("MaxInFlight", () => {
  let clock: VirtualClock;
  let gauges: { running: () => number; queued: () => number };
  /** Of the last request. */
  let abort: AbortController;
  beforeEach(() => {
    clock = new VirtualClock();
  });

  function limits(options: { maxReadOnly?: number; maxMutating?: number; maxWaiting?: number }) {
    const seats = new SeatMetrics(new MetricsRegistry());
    const flow = new MaxInFlight({ maxReadOnly: 2, maxMutating: 1, ...options }, clock, seats);
    gauges = {
      running: () => seats.mutating.running.value,
      queued: () => seats.mutating.queued.value,
    };
    return (info: RequestInfo, user: UserInfo) => {
      abort = new AbortController();
      const { signal } = abort;
      return flow.enter({ info, options: noOptions, signal: () => signal }, user);
    };
  }

  it("turns requests away beyond its limits where none may wait, reads and writes apart", () => {
    const enter = limits({ maxWaiting: 0 });
    void enter(write, anonymousUser);
    assert.throws(() => enter(write, anonymousUser), isTooMany);
    void enter(read, anonymousUser);
    void enter(read, anonymousUser);
    assert.throws(() => enter(read, anonymousUser), ApiError);
  });

  it("lets requests in again when others have been answered", () => {
    const enter = limits({ maxWaiting: 0 });
    const release = enter(write, anonymousUser);
    assert.ok(typeof release === "function");
    release();
    release();
    assert.equal(typeof enter(write, anonymousUser), "function");
    assert.equal(gauges.running(), 1);
  });

  it("never turns system:masters and health checks away", () => {
    const enter = limits({ maxReadOnly: 1, maxWaiting: 0 });
    void enter(write, anonymousUser);
    void enter(write, unsecuredUser);
    void enter(read, anonymousUser);
    for (const path of ["/livez", "/readyz/ping", "/healthz"]) {
      void enter(parseRequestInfo("GET", path, undefined), anonymousUser);
    }
    const others = parseRequestInfo("GET", "/livezx", undefined);
    assert.throws(() => enter(others, anonymousUser), isTooMany);
  });

  it("keeps seats for leases, and for what nodes say of themselves", () => {
    const enter = limits({ maxReadOnly: 1, maxWaiting: 0 });
    void enter(write, anonymousUser);
    const leases = "/apis/coordination.k8s.io/v1/namespaces";
    const node = named("system:node:a", "system:nodes");
    const scheduler = named("system:kube-scheduler");
    void enter(parseRequestInfo("PUT", `${leases}/kube-node-lease/leases/a`, undefined), node);
    void enter(parseRequestInfo("PATCH", "/api/v1/nodes/a/status", undefined), node);
    const leader = parseRequestInfo("PUT", `${leases}/kube-system/leases/s`, undefined);
    void enter(leader, scheduler);
    assert.throws(() => enter(leader, anonymousUser), isTooMany);
    assert.throws(() => enter(write, node), isTooMany);
  });

  it("lets the others wait, first come first served", async () => {
    const enter = limits({});
    const first = await enter(write, anonymousUser);
    const order: string[] = [];
    const releases: Release[] = [];
    for (const name of ["a", "b", "c"]) {
      void Promise.resolve(enter(write, anonymousUser)).then((release) => {
        order.push(name);
        releases.push(release);
      });
    }
    await clock.settle();
    assert.deepEqual([order, gauges.queued(), gauges.running()], [[], 3, 1]);
    first();
    await clock.settle();
    assert.deepEqual([order, gauges.queued(), gauges.running()], [["a"], 2, 1]);
    releases[0]?.();
    await clock.settle();
    assert.deepEqual(order, ["a", "b"]);
  });

  it("serves requesters in turn, however many requests one of them has", async () => {
    const enter = limits({});
    let release = await enter(write, named("greedy"));
    const order: string[] = [];
    for (const name of [...Array.from({ length: 50 }, () => "greedy"), "x", "y"]) {
      void Promise.resolve(enter(write, named(name))).then((mine) => {
        order.push(name);
        release = mine;
      });
    }
    for (let i = 0; i < 4; i += 1) {
      release();
      await clock.settle();
    }
    assert.deepEqual(order, ["greedy", "x", "y", "greedy"]);
  });

  it("leaves a quarter of the seats to others", () => {
    const enter = limits({ maxMutating: 8 });
    const seats = Array.from({ length: 8 }, () => enter(write, named("greedy")));
    assert.equal(seats.filter((seat) => typeof seat === "function").length, 6);
    assert.equal(typeof enter(write, named("other")), "function");
  });

  it("answers 429 to who has waited for fifteen seconds", async () => {
    const enter = limits({});
    void enter(write, anonymousUser);
    const waiting = assert.rejects(Promise.resolve(enter(write, anonymousUser)), isTooMany);
    await clock.advance(14_900);
    assert.equal(gauges.queued(), 1);
    await clock.advance(200);
    await waiting;
    assert.deepEqual([gauges.queued(), clock.pendingTimers], [0, 0]);
  });

  it("forgets who goes while it waits", async () => {
    const enter = limits({});
    const release = await enter(write, anonymousUser);
    const waiting = Promise.resolve(enter(write, anonymousUser));
    abort.abort();
    await assert.rejects(waiting);
    release();
    assert.deepEqual([gauges.queued(), gauges.running(), clock.pendingTimers], [0, 0, 0]);
  });

  it("takes a place from the longest line when all are full", async () => {
    const enter = limits({ maxWaiting: 3 });
    void enter(write, anonymousUser);
    const greedy = Array.from({ length: 3 }, () => Promise.resolve(enter(write, named("greedy"))));
    const rejected = assert.rejects(greedy[0]!, isTooMany);
    assert.throws(() => enter(write, named("greedy")), isTooMany);
    const other = enter(write, named("other"));
    assert.equal(typeof other, "object");
    await rejected;
    assert.equal(gauges.queued(), 3);
  });
});
