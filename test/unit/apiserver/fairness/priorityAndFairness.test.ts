import assert from "node:assert/strict";
import type {
  FlowSchema,
  PriorityLevelConfiguration,
} from "../../../../lib/api/gen/types/flowcontrolV1.js";
import { ApiError } from "../../../../lib/api/status.js";
import { debugPage } from "../../../../lib/apiserver/fairness/debugPages.js";
import type { ObjectSizes } from "../../../../lib/apiserver/fairness/objectSizes.js";
import { PriorityAndFairness } from "../../../../lib/apiserver/fairness/priorityAndFairness.js";
import type { FlowControlled, Release } from "../../../../lib/apiserver/flowControl.js";
import { parseRequestInfo } from "../../../../lib/apiserver/http/parseRequestInfo.js";
import type { UserInfo } from "../../../../lib/apiserver/identity.js";
import { ApiServerMetrics } from "../../../../lib/apiserver/metrics/apiServerMetrics.js";
import type { ResourceRequestInfo } from "../../../../lib/apiserver/requestInfo.js";
import { noOptions, type RequestOptions } from "../../../../lib/apiserver/requestOptions.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import { bootstrapObjects, flowSchema, priorityLevel } from "./fairnessObjects.js";

const named = (name: string, ...groups: string[]): UserInfo => ({
  name,
  uid: "",
  groups: [...groups, "system:authenticated"],
  extra: {},
});
const podsPath = "/api/v1/namespaces/n/pods";

interface Entered {
  readonly request: FlowControlled;
  readonly abort: () => void;
  /** Of one that runs or has been let in. */
  release: Release | undefined;
  error: unknown;
  /** Whether a promise was made. */
  readonly waited: boolean;
}

class Rig {
  readonly clock = new VirtualClock();
  readonly metrics = new ApiServerMetrics();
  readonly flow: PriorityAndFairness;
  levels: PriorityLevelConfiguration[];
  schemas: FlowSchema[];
  sizes: ObjectSizes | undefined;
  #changed: () => void = () => undefined;

  constructor(
    levels: PriorityLevelConfiguration[],
    schemas: FlowSchema[],
    readonly serverSeats = 15,
    requestTimeoutMilliseconds = 60_000,
  ) {
    this.levels = levels;
    this.schemas = schemas;
    this.flow = new PriorityAndFairness({
      clock: this.clock,
      metrics: this.metrics,
      serverSeats,
      requestTimeoutMilliseconds,
      sizesOf: () => this.sizes,
      onError: assert.ifError,
      objects: {
        flowSchemas: () => this.schemas,
        priorityLevels: () => this.levels,
        sync: () => Promise.resolve(),
        isCurrent: () => true,
        onChange: (callback) => {
          this.#changed = callback;
        },
      },
    });
  }

  start(): Promise<void> {
    return this.flow.start();
  }

  change(): Promise<void> {
    this.#changed();
    return this.clock.settle();
  }

  enter(
    who: string | UserInfo,
    method = "POST",
    path = podsPath,
    options: Partial<RequestOptions> = {},
    more: Partial<FlowControlled> = {},
  ): Entered {
    const [bare = "", query] = path.split("?");
    const abort = new AbortController();
    const request: FlowControlled = {
      info: parseRequestInfo(method, bare, new URLSearchParams(query)),
      options: { ...noOptions, ...options },
      signal: () => abort.signal,
      ...more,
    };
    const user = typeof who === "string" ? named(who) : who;
    const entered = { request, abort: () => abort.abort(), release: undefined, error: undefined };
    try {
      const seat = this.flow.enter(request, user);
      if (typeof seat === "function") return { ...entered, release: seat, waited: false };
      const waiting: Entered = { ...entered, waited: true };
      seat.then(
        (release) => {
          waiting.release = release;
        },
        (error: unknown) => {
          waiting.error = error;
        },
      );
      return waiting;
    } catch (error) {
      return { ...entered, error, waited: false };
    }
  }

  level(name: string) {
    const level = this.flow.levels().find((candidate) => candidate.name === name);
    return level ?? assert.fail(`no level ${name}`);
  }

  /** Lines of the metric, without its prefix. */
  metric(name: string): string[] {
    return this.metrics.registry
      .expose()
      .split("\n")
      .filter((line) => line.startsWith(`apiserver_flowcontrol_${name}`))
      .map((line) => line.slice("apiserver_flowcontrol_".length));
  }
}

function isTooMany(entered: Entered, seconds = 1): boolean {
  const { error } = entered;
  return error instanceof ApiError && error.code === 429 && error.retryAfterSeconds === seconds;
}

/** Ten seats of the level; five are catch-all's. */
function oneLevel(limited: Parameters<typeof priorityLevel>[1] = {}): Rig {
  return new Rig([priorityLevel("level", limited)], [flowSchema("schema", "level")]);
}

describe("priority and fairness", () => {
  it("gives seats at once while there are some, and then lets requests wait", async () => {
    const rig = oneLevel();
    await rig.start();
    const running = Array.from({ length: 10 }, () => rig.enter("a"));
    assert.ok(running.every(({ release, waited }) => release !== undefined && !waited));
    const next = rig.enter("a");
    assert.ok(next.waited);
    await rig.clock.settle();
    assert.equal(next.release, undefined);
    running[0]?.release?.();
    await rig.clock.settle();
    assert.ok(next.release !== undefined);
    assert.equal(rig.level("level").requests.seatsInUse, 10);
  });

  it("is told once of each seat: releasing twice frees one", async () => {
    const rig = oneLevel();
    await rig.start();
    const one = rig.enter("a");
    rig.enter("a");
    one.release?.();
    one.release?.();
    assert.equal(rig.level("level").requests.seatsInUse, 1);
  });

  it("serves flows alike, however many requests one of them has", async () => {
    const rig = oneLevel();
    await rig.start();
    const running = Array.from({ length: 10 }, () => rig.enter("greedy"));
    const waiting = [
      ...Array.from({ length: 40 }, () => ["greedy", rig.enter("greedy")] as const),
      ...["x", "y", "z"].map((name) => [name, rig.enter(name)] as const),
    ];
    await rig.clock.advance(100);
    for (const { release } of running.slice(0, 6)) release?.();
    await rig.clock.settle();
    const served = waiting.filter(([, { release }]) => release !== undefined);
    const names = served.map(([name]) => name);
    assert.equal(names.length, 6);
    for (const name of ["x", "y", "z"]) assert.ok(names.includes(name), `${name} in ${names}`);
  });

  it("gives equal seat-seconds to flows whose requests are of unequal length", async () => {
    const rig = new Rig(
      [
        priorityLevel("level", {
          limitResponse: {
            type: "Queue",
            queuing: { queues: 64, handSize: 1, queueLengthLimit: 500 },
          },
        }),
      ],
      [flowSchema("schema", "level")],
      3,
    );
    await rig.start();
    const seats = rig.level("level").current;
    const milliseconds: Record<string, number> = { short: 0, long: 0 };
    const send = (name: "short" | "long", duration: number): void => {
      const entered = rig.enter(name);
      const run = (): void => {
        rig.clock.setTimer(duration, () => {
          milliseconds[name] = (milliseconds[name] ?? 0) + duration;
          entered.release?.();
          send(name, duration);
        });
      };
      const look = (): void => {
        if (entered.release !== undefined) run();
        else rig.clock.setTimer(1, look);
      };
      look();
    };
    for (let i = 0; i < 20; i += 1) {
      send("short", 10);
      send("long", 100);
    }
    await rig.clock.advance(5_000);
    const { short = 0, long = 0 } = milliseconds;
    assert.ok(short + long > seats * 4_000, `${short} ${long}`);
    assert.ok(Math.abs(short - long) / (short + long) < 0.1, `${short} ${long}`);
  });

  it("turns away whose queue is full, and whose level only rejects", async () => {
    const queuing = { queues: 1, handSize: 1, queueLengthLimit: 2 };
    const rig = oneLevel({ limitResponse: { type: "Queue", queuing } });
    await rig.start();
    const entered = Array.from({ length: 13 }, () => rig.enter("a"));
    assert.deepEqual(
      entered.map((one) => [one.waited, isTooMany(one)]),
      [
        ...Array.from({ length: 10 }, () => [false, false]),
        ...[
          [true, false],
          [true, false],
          [false, true],
        ],
      ],
    );
    const rejecting = oneLevel({ limitResponse: { type: "Reject" } });
    await rejecting.start();
    const others = Array.from({ length: 11 }, () => rejecting.enter("a"));
    assert.ok(isTooMany(others[10] ?? assert.fail()));
    const reasons = (one: Rig) => one.metric("rejected_requests_total{");
    const labels = 'priority_level="level",flow_schema="schema",reason=';
    assert.deepEqual(reasons(rig), [`rejected_requests_total{${labels}"queue-full"} 1`]);
    const limit = `rejected_requests_total{${labels}"concurrency-limit"} 1`;
    assert.deepEqual(reasons(rejecting), [limit]);
  });

  it("lets nobody wait for more than a quarter of the deadline, nor after the client went", async () => {
    const rig = oneLevel();
    await rig.start();
    for (let i = 0; i < 10; i += 1) rig.enter("a");
    const usual = rig.enter("a");
    const hasty = rig.enter("a", "POST", podsPath, {}, { timeoutMilliseconds: 4_000 });
    const tooPatient = rig.enter("a", "POST", podsPath, {}, { timeoutMilliseconds: 3_600_000 });
    const gone = rig.enter("a");
    gone.abort();
    await rig.clock.settle();
    assert.ok(isTooMany(gone));
    await rig.clock.advance(900);
    assert.equal(hasty.error, undefined);
    await rig.clock.advance(200);
    assert.ok(isTooMany(hasty));
    await rig.clock.advance(13_800);
    assert.equal(usual.error, undefined);
    await rig.clock.advance(200);
    assert.ok(isTooMany(usual) && isTooMany(tooPatient));
    const { waiting, cancelled } = rig.level("level").requests;
    assert.deepEqual([waiting, cancelled], [0, 4]);
  });

  it("lets nobody wait for more than a minute", async () => {
    const levels = [priorityLevel("level")];
    const rig = new Rig(levels, [flowSchema("schema", "level")], 15, 3_600_000);
    await rig.start();
    for (let i = 0; i < 10; i += 1) rig.enter("a");
    const waiting = rig.enter("a");
    await rig.clock.advance(59_900);
    assert.equal(waiting.error, undefined);
    await rig.clock.advance(200);
    assert.ok(isTooMany(waiting));
  });

  it("asks those that it turns away to stay away for longer, the more they are", async () => {
    const rig = oneLevel({ limitResponse: { type: "Reject" } });
    await rig.start();
    for (let i = 0; i < 10; i += 1) rig.enter("a");
    const told: number[] = [];
    for (let second = 0; second < 8; second += 1) {
      for (let i = 0; i < 50; i += 1) rig.enter("a");
      const { error } = rig.enter("a");
      told.push(error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0);
      await rig.clock.advance(1_000);
    }
    assert.deepEqual(told, [1, 2, 2, 4, 4, 4, 4, 8]);
    await rig.clock.advance(60_000);
    assert.ok(isTooMany(rig.enter("a"), 7));
  });

  it("waits for enough seats for a wide request, and lets nobody overtake it", async () => {
    const rig = oneLevel();
    await rig.start();
    const running = Array.from({ length: 10 }, () => rig.enter("a"));
    // Two seats: 10 / handSize.
    rig.sizes = { count: 1_000, meanBytes: 10_000 };
    const wide = rig.enter("b", "GET");
    rig.sizes = undefined;
    await rig.clock.advance(10);
    const narrow = rig.enter("c");
    running[0]?.release?.();
    await rig.clock.settle();
    assert.deepEqual([wide.release, narrow.release], [undefined, undefined]);
    running[1]?.release?.();
    await rig.clock.settle();
    assert.ok(wide.release !== undefined && narrow.release === undefined);
    assert.equal(rig.level("level").requests.seatsInUse, 10);
  });

  it("holds seats after a write that many watch, without keeping its requester", async () => {
    const rig = oneLevel();
    await rig.start();
    const info = parseRequestInfo("GET", "/api/v1/pods?watch=1", undefined);
    const watched = { ...info, resource: "pods", group: "", namespace: "", name: "" };
    const forget = Array.from({ length: 100 }, () =>
      rig.flow.watchStarted(watched as ResourceRequestInfo),
    );
    const write = rig.enter("a");
    const { requests } = rig.level("level");
    assert.equal(requests.seatsInUse, 2);
    write.release?.();
    assert.deepEqual([requests.running, requests.seatsInUse], [0, 2]);
    // Ten seats for 5 ms, made two for 25 ms.
    await rig.clock.advance(24);
    assert.equal(requests.seatsInUse, 2);
    await rig.clock.advance(1);
    assert.equal(requests.seatsInUse, 0);
    for (const one of forget) one();
    rig.enter("a");
    assert.equal(requests.seatsInUse, 1);
  });

  it("keeps a level's flow going beside another one that is drowned", async () => {
    const { levels, schemas } = bootstrapObjects();
    const rig = new Rig(levels, schemas, 600);
    await rig.start();
    const account = named("system:serviceaccount:default:noisy", "system:serviceaccounts");
    const noisy = Array.from({ length: 1_000 }, () => rig.enter(account));
    assert.ok(noisy.some(({ release }) => release === undefined));
    const node = named("system:node:a", "system:nodes");
    const leases = "/apis/coordination.k8s.io/v1/namespaces";
    const vital: [UserInfo, string, string][] = [
      [node, "PUT", `${leases}/kube-node-lease/leases/a`],
      [node, "PATCH", "/api/v1/nodes/a/status"],
      [named("system:kube-scheduler"), "PUT", `${leases}/kube-system/leases/kube-scheduler`],
      [named("system:kube-controller-manager"), "POST", podsPath],
      [named("anybody"), "GET", "/readyz"],
      [named("anybody"), "GET", podsPath],
    ];
    for (const [who, method, path] of vital) {
      assert.ok(rig.enter(who, method, path).release !== undefined, `${who.name} ${path}`);
    }
    const masters = named("admin", "system:masters");
    for (let i = 0; i < 2_000; i += 1) assert.ok(rig.enter(masters).release !== undefined);
  });

  it("says by UIDs what a request was taken for", async () => {
    const rig = oneLevel();
    await rig.start();
    assert.deepEqual(rig.enter("a").request.flowHeaders, {
      "x-kubernetes-pf-flowschema-uid": "uid-of-schema",
      "x-kubernetes-pf-prioritylevel-uid": "uid-of-level",
    });
  });

  it("classifies anew when the objects have changed", async () => {
    const rig = oneLevel();
    await rig.start();
    const flowOf = (): string =>
      String(rig.enter("a").request.flowHeaders?.["x-kubernetes-pf-flowschema-uid"]);
    assert.equal(flowOf(), "uid-of-schema");
    rig.schemas = [...rig.schemas, flowSchema("narrower", "level", 10, ["a"])];
    await rig.change();
    assert.equal(flowOf(), "uid-of-narrower");
    rig.schemas = [flowSchema("narrower", "nowhere", 10, ["a"])];
    await rig.change();
    assert.equal(flowOf(), "");
  });

  it("takes no path for the resource of the same name", async () => {
    const { levels, schemas } = bootstrapObjects();
    const rig = new Rig(levels, schemas, 600);
    await rig.start();
    rig.enter("a", "GET", "/healthz/%20");
    const { request } = rig.enter("a", "GET", "/api/v1/healthz/x");
    assert.equal(request.flowHeaders?.["x-kubernetes-pf-flowschema-uid"], "uid-of-global-default");
  });

  it("keeps a level whose object is gone until its last request is done", async () => {
    const rig = oneLevel();
    await rig.start();
    const running = rig.enter("a");
    rig.levels = [];
    rig.schemas = [];
    await rig.change();
    assert.ok(rig.level("level").isQuiescing);
    running.release?.();
    await rig.clock.settle();
    assert.deepEqual(
      rig.flow.levels().map(({ name }) => name),
      ["exempt", "catch-all"],
    );
  });

  it("gives seats that a level got meanwhile to those that wait", async () => {
    const rig = oneLevel({ lendablePercent: 0 });
    await rig.start();
    const entered = Array.from({ length: 12 }, () => rig.enter("a"));
    rig.levels = [priorityLevel("level", { nominalConcurrencyShares: 40 })];
    await rig.change();
    assert.ok(entered.every(({ release }) => release !== undefined));
  });

  it("lends seats every ten seconds", async () => {
    const lending = { nominalConcurrencyShares: 45, lendablePercent: 50 };
    const rig = new Rig(
      [priorityLevel("busy", lending), priorityLevel("idle", lending)],
      [flowSchema("schema", "busy")],
      95,
    );
    await rig.start();
    const entered = Array.from({ length: 90 }, () => rig.enter("a"));
    const served = (): number => entered.filter(({ release }) => release !== undefined).length;
    const before = rig.level("busy").current;
    assert.ok(before < 46, `${before}`);
    assert.equal(served(), before);
    await rig.clock.advance(9_900);
    assert.equal(served(), before);
    await rig.clock.advance(200);
    assert.ok(served() > 57, `${served()}`);
    assert.ok(rig.level("idle").current < before);
    rig.flow.stop();
    // Of those that wait, all together.
    assert.equal(rig.clock.pendingTimers, 1);
  });
});

describe("priority and fairness shows", () => {
  it("levels, queues and requests as upstream draws them", async () => {
    const rig = oneLevel({
      limitResponse: { type: "Queue", queuing: { queues: 1, handSize: 1, queueLengthLimit: 9 } },
    });
    await rig.start();
    const page = (name: string, query = ""): string[] =>
      (
        debugPage(
          `/debug/api_priority_and_fairness/${name}`,
          new URLSearchParams(query),
          rig.flow.levels(),
          rig.clock,
        ) ?? assert.fail()
      ).split("\n");
    for (let i = 0; i < 11; i += 1) rig.enter("a");
    assert.deepEqual(page("dump_priority_levels"), [
      "PriorityLevelName, ActiveQueues, IsIdle, IsQuiescing, WaitingRequests, ExecutingRequests, " +
        "DispatchedRequests, RejectedRequests, TimedoutRequests, CancelledRequests",
      "catch-all,         0,            true,   false,       0,               0,                 " +
        "0,                  0,                0,                0",
      "exempt,            0,            true,   false,       0,               0,                 " +
        "0,                  0,                0,                0",
      "level,             1,            false,  false,       1,               10,                " +
        "10,                 0,                0,                0",
      "",
    ]);
    const queue = (page("dump_queues")[1] ?? "").split(/,\s+/);
    assert.deepEqual(queue, [
      ...["level", "0", "1", "10", "10", "0.03000000ss", "1", "1", "0.00300000ss"],
    ]);
    const requests = page("dump_requests", "includeRequestDetails=1");
    assert.equal(requests.length, 13);
    assert.deepEqual((requests[1] ?? "").split(/,\s+/), [
      ...["level", "schema", "0", "0", "", "2026-01-01T00:00:00Z", "1", "0", "0s"],
      ...["0001-01-01T00:00:00Z", "a", "create", podsPath, "n", "", "v1", "pods", ""],
    ]);
    assert.equal(debugPage("/debug/other", undefined, [], rig.clock), undefined);
  });

  it("upstream's metrics", async () => {
    const rig = oneLevel();
    await rig.start();
    for (let i = 0; i < 11; i += 1) rig.enter("a");
    await rig.clock.advance(1_000);
    const labels = '{priority_level="level",flow_schema="schema"}';
    const expected = [
      `current_executing_requests${labels} 10`,
      `current_executing_seats${labels} 10`,
      `current_inqueue_requests${labels} 1`,
      `current_inqueue_seats${labels} 1`,
      `dispatched_requests_total${labels} 10`,
      'nominal_limit_seats{priority_level="level"} 10',
      'next_s_bounds{priority_level="level",bound="min"} 0.006',
      'next_s_bounds{priority_level="level",bound="max"} 0.006',
      'next_discounted_s_bounds{priority_level="level",bound="max"} 0',
      'current_limit_seats{priority_level="level"} 10',
      'demand_seats_bucket{priority_level="level",le="1"} 0',
      'demand_seats_bucket{priority_level="level",le="1.2"} 1000000000',
      'priority_level_seat_utilization_sum{phase="executing",priority_level="level"} 1000000000',
      'request_wait_duration_seconds_count{priority_level="level",flow_schema="schema",execute="true"} 10',
    ];
    for (const line of expected) {
      const name = line.slice(0, line.indexOf("{"));
      assert.ok(rig.metric(name).includes(line), `${line}\n${rig.metric(name).join("\n")}`);
    }
  });
});

/** Name, type and labels, as kube-apiserver 1.37 declares them. */
const upstreamMetrics: Readonly<Record<string, readonly [type: string, ...labels: string[]]>> = {
  current_executing_requests: ["gauge", "flow_schema", "priority_level"],
  current_executing_seats: ["gauge", "flow_schema", "priority_level"],
  current_inqueue_requests: ["gauge", "flow_schema", "priority_level"],
  current_inqueue_seats: ["gauge", "flow_schema", "priority_level"],
  current_limit_seats: ["gauge", "priority_level"],
  current_r: ["gauge", "priority_level"],
  demand_seats: ["histogram", "priority_level"],
  demand_seats_average: ["gauge", "priority_level"],
  demand_seats_high_watermark: ["gauge", "priority_level"],
  demand_seats_smoothed: ["gauge", "priority_level"],
  demand_seats_stdev: ["gauge", "priority_level"],
  dispatch_r: ["gauge", "priority_level"],
  dispatched_requests_total: ["counter", "flow_schema", "priority_level"],
  epoch_advance_total: ["counter", "priority_level", "success"],
  latest_s: ["gauge", "priority_level"],
  lower_limit_seats: ["gauge", "priority_level"],
  next_discounted_s_bounds: ["gauge", "bound", "priority_level"],
  next_s_bounds: ["gauge", "bound", "priority_level"],
  nominal_limit_seats: ["gauge", "priority_level"],
  priority_level_request_utilization: ["histogram", "phase", "priority_level"],
  priority_level_seat_utilization: ["histogram", "phase", "priority_level"],
  read_vs_write_current_requests: ["histogram", "phase", "request_kind"],
  rejected_requests_total: ["counter", "flow_schema", "priority_level", "reason"],
  request_dispatch_no_accommodation_total: ["counter", "flow_schema", "priority_level"],
  request_execution_seconds: ["histogram", "flow_schema", "priority_level", "type"],
  request_queue_length_after_enqueue: ["histogram", "flow_schema", "priority_level"],
  request_wait_duration_seconds: ["histogram", "execute", "flow_schema", "priority_level"],
  seat_fair_frac: ["gauge"],
  target_seats: ["gauge", "priority_level"],
  upper_limit_seats: ["gauge", "priority_level"],
  watch_count_samples: ["histogram", "flow_schema", "priority_level"],
  work_estimated_seats: ["histogram", "flow_schema", "priority_level"],
};

describe("flow control's metrics", () => {
  it("have upstream's names, types and labels", async () => {
    const queuing = { queues: 1, handSize: 1, queueLengthLimit: 1 };
    const rig = oneLevel({ limitResponse: { type: "Queue", queuing } });
    await rig.start();
    for (let i = 0; i < 12; i += 1) rig.enter("a");
    const prefix = "apiserver_flowcontrol_";
    const seen: Record<string, [string, ...string[]]> = {};
    for (const line of rig.metrics.registry.expose().split("\n")) {
      const [, declared, type = ""] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
      if (declared?.startsWith(prefix)) seen[declared.slice(prefix.length)] = [type];
      const [, name = "", labels = ""] = /^([a-z0-9_]+)(?:\{(.*)\})? /.exec(line) ?? [];
      const short = name.slice(prefix.length).replace(/_(?:bucket|sum|count)$/, "");
      const found = name.startsWith(prefix) ? (seen[short] ?? assert.fail(name)) : undefined;
      for (const [, label = ""] of labels.matchAll(/(\w+)="/g)) {
        if (label !== "le" && found?.includes(label) === false) found.push(label);
      }
    }
    const sorted = Object.fromEntries(
      Object.entries(seen).map(([name, [type, ...labels]]) => [name, [type, ...labels.sort()]]),
    );
    assert.deepEqual(sorted, upstreamMetrics);
  });
});

describe("the width of requests", () => {
  const cases: [string, string, Partial<RequestOptions>, ObjectSizes | undefined, number][] = [
    ["a get", `${podsPath}/a`, {}, { count: 1e6, meanBytes: 1e4 }, 1],
    ["a list of something unknown", podsPath, {}, undefined, 1],
    ["a list", podsPath, {}, { count: 30, meanBytes: 10_000 }, 3],
    ["a large list, streamed", podsPath, {}, { count: 1e5, meanBytes: 10_000 }, 10],
    ["a page of a list", podsPath, { limit: 20 }, { count: 1e5, meanBytes: 10_000 }, 2],
    [
      "a further page, from storage",
      podsPath,
      { limit: 200, continue: "c" },
      { count: 1e5, meanBytes: 10_000 },
      20,
    ],
    [
      "a former revision, whole",
      podsPath,
      { resourceVersion: "5", resourceVersionMatch: "Exact" },
      { count: 1e5, meanBytes: 10_000 },
      37,
    ],
    [
      "a further page of what is selected",
      podsPath,
      { limit: 1, continue: "c", labelSelector: "a=b" },
      { count: 50, meanBytes: 10_000 },
      3,
    ],
    ["a list of one name", `${podsPath}?fieldSelector=metadata.name%3Da`, {}, big(), 1],
    ["a watch with the state", `${podsPath}?watch=1`, {}, big(), 10],
    ["a watch from a revision", `${podsPath}?watch=1`, { resourceVersion: "5" }, big(), 1],
  ];
  for (const [name, path, options, sizes, expected] of cases) {
    it(`${name}: ${expected}`, async () => {
      const { levels, schemas } = bootstrapObjects();
      const rig = new Rig(levels, schemas, 600);
      await rig.start();
      rig.sizes = sizes;
      const account = named("system:serviceaccount:default:a", "system:serviceaccounts");
      rig.enter(account, "GET", path, options);
      assert.equal(rig.level("workload-low").requests.seatsInUse, expected);
    });
  }

  function big(): ObjectSizes {
    return { count: 1e5, meanBytes: 10_000 };
  }
});
