import assert from "node:assert/strict";
import { MetricsRegistry } from "../../../../lib/api/metrics/metricsRegistry.js";
import { apiErrors } from "../../../../lib/api/status.js";
import { DanglingConditions } from "../../../../lib/apiserver/fairness/danglingConditions.js";
import { FairnessConfiguration } from "../../../../lib/apiserver/fairness/fairnessConfiguration.js";
import { FairnessMetrics } from "../../../../lib/apiserver/fairness/fairnessMetrics.js";
import { Flows } from "../../../../lib/apiserver/fairness/flows.js";
import { StoredSizes } from "../../../../lib/apiserver/fairness/objectSizes.js";
import { TimedRatio } from "../../../../lib/apiserver/fairness/timedRatio.js";
import { WatchCounts } from "../../../../lib/apiserver/fairness/watchCounts.js";
import { parseRequestInfo } from "../../../../lib/apiserver/http/parseRequestInfo.js";
import { anonymousUser, type UserInfo } from "../../../../lib/apiserver/identity.js";
import type { ResourceRequestInfo } from "../../../../lib/apiserver/requestInfo.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import type { StoredValue } from "../../../../lib/storage/storage.js";
import { flowSchema, priorityLevel } from "./fairnessObjects.js";

function resource(path: string, query = ""): ResourceRequestInfo {
  const info = parseRequestInfo("GET", path, new URLSearchParams(query));
  return info.isResourceRequest ? info : assert.fail();
}

describe("what is remembered of requests", () => {
  it("is bounded, however many users, paths and names strangers think of", () => {
    const clock = new VirtualClock();
    const metrics = new FairnessMetrics(new MetricsRegistry(), () => clock.monotonic());
    const configuration = new FairnessConfiguration(clock, metrics, 600);
    const flows = new Flows(metrics);
    flows.replace(configuration.digest([priorityLevel("a")], [flowSchema("a", "a")]));
    const users = Array.from(
      { length: 200 },
      (_, i): UserInfo => ({
        ...anonymousUser,
        name: `user-${i}`,
      }),
    );
    let most = 0;
    for (let i = 0; i < 50_000; i += 1) {
      const user = users[i % users.length] ?? assert.fail();
      flows.of({ isResourceRequest: false, verb: "get", path: `/${i}` }, user);
      most = Math.max(most, flows.known);
    }
    assert.ok(most > 16_000 && most <= 16_384, `${most}`);
  });

  it("is the same for the same user, also as another object", () => {
    const clock = new VirtualClock();
    const metrics = new FairnessMetrics(new MetricsRegistry(), () => clock.monotonic());
    const configuration = new FairnessConfiguration(clock, metrics, 600);
    const flows = new Flows(metrics);
    flows.replace(configuration.digest([], []));
    const info = resource("/api/v1/namespaces/n/pods");
    const flow = flows.of(info, anonymousUser);
    assert.equal(flows.of({ ...info, name: "other" }, { ...anonymousUser }), flow);
    assert.notEqual(flows.of(info, { ...anonymousUser, groups: ["g"] }), flow);
    assert.equal(flows.known, 2);
  });

  it("of levels ends with them, and begins anew with another of the name", () => {
    const clock = new VirtualClock();
    const registry = new MetricsRegistry();
    const metrics = new FairnessMetrics(registry, () => clock.monotonic());
    const configuration = new FairnessConfiguration(clock, metrics, 600);
    configuration.digest([priorityLevel("a")], []);
    const series = metrics.level("a");
    configuration.digest([], []);
    configuration.digest([priorityLevel("a")], []);
    assert.notEqual(metrics.level("a"), series);
    assert.match(registry.expose(), /nominal_limit_seats\{priority_level="a"\} 400/);
  });
});

describe("the watches that a write has to tell", () => {
  it("are those of the kind, of its namespace, and of the object", () => {
    const counts = new WatchCounts();
    const pods = "/api/v1/namespaces/n/pods";
    const forget = [
      counts.add(resource("/api/v1/pods", "watch=1")),
      counts.add(resource(pods, "watch=1")),
      counts.add(resource(pods, "watch=1&fieldSelector=metadata.name%3Da")),
      counts.add(resource("/api/v1/pods", "watch=1&fieldSelector=spec.nodeName%3Dx")),
      counts.add(resource("/api/v1/pods", "watch=1&fieldSelector=spec.nodeName%3D")),
    ];
    const of = (path: string): number => counts.interestedIn(resource(path));
    assert.equal(of(`${pods}/a`), 4);
    assert.equal(of(`${pods}/b`), 3);
    assert.equal(of("/api/v1/namespaces/m/pods/a"), 2);
    assert.equal(of("/api/v1/namespaces/n/configmaps/a"), 0);
    for (const one of forget) one();
    assert.equal(of(`${pods}/a`), 0);
  });
});

describe("sizes of what is stored", () => {
  it("are counted when somebody asks, at most once a minute, and kept where that fails", async () => {
    const clock = new VirtualClock();
    let counted = 0;
    let isBroken = false;
    const value = { key: "k", value: new Uint8Array(300) } as StoredValue;
    const sizes = new StoredSizes(
      {
        count: () => {
          counted += 1;
          return isBroken ? Promise.reject(new Error("closed")) : Promise.resolve(counted * 100);
        },
        range: (_prefix, options) => {
          assert.equal(options?.limit, 50);
          return Promise.resolve({ revision: 1, values: [value, { ...value }] });
        },
      },
      clock,
    );
    assert.equal(sizes.of("/a/"), undefined);
    await clock.settle();
    assert.deepEqual(sizes.of("/a/"), { count: 100, meanBytes: 300 });
    await clock.advance(59_000);
    sizes.of("/a/");
    assert.equal(counted, 1);
    await clock.advance(2_000);
    assert.deepEqual(sizes.of("/a/"), { count: 100, meanBytes: 300 });
    await clock.settle();
    assert.deepEqual(sizes.of("/a/"), { count: 200, meanBytes: 300 });
    isBroken = true;
    await clock.advance(61_000);
    sizes.of("/a/");
    await clock.settle();
    assert.deepEqual(sizes.of("/a/"), { count: 200, meanBytes: 300 });
    assert.equal(counted, 3);
  });
});

describe("conditions of FlowSchemas", () => {
  function rig() {
    const clock = new VirtualClock();
    const stored = { ...flowSchema("x", "level") } as Record<string, unknown>;
    const written: string[] = [];
    const errors: unknown[] = [];
    const state = { failure: undefined as Error | undefined };
    const conditions = new DanglingConditions(
      {
        get: () => Promise.resolve(stored),
        update: (_group, _resource, _namespace, name, object) => {
          if (state.failure !== undefined) return Promise.reject(state.failure);
          const { status } = object as { status: { conditions: { status: string }[] } };
          written.push(`${name} ${status.conditions.map((one) => one.status).join()}`);
          return Promise.resolve(object);
        },
      },
      clock,
      (error) => errors.push(error),
    );
    return { clock, conditions, written, errors, state };
  }

  it("are written where they are not so, six times a minute at most", async () => {
    const { clock, conditions, written } = rig();
    const schemas = [flowSchema("x", "level")];
    for (let i = 0; i < 10; i += 1) {
      conditions.set(schemas, () => i % 2 === 0);
      await clock.settle();
    }
    assert.deepEqual(written, Array.from({ length: 3 }, () => ["x False", "x True"]).flat());
    // What was left over is written when it may be.
    await clock.advance(120_000);
    assert.deepEqual(written.slice(6), ["x True"]);
    assert.equal(clock.pendingTimers, 0);
  });

  it("that are so already are left alone, and others stay beside them", async () => {
    const { clock, conditions, written } = rig();
    const message =
      'This FlowSchema references the PriorityLevelConfiguration object named "level" and it exists';
    const known = { type: "Dangling", status: "False", reason: "Found", message };
    conditions.set([{ ...flowSchema("x", "level"), status: { conditions: [known] } }], () => true);
    await clock.settle();
    assert.deepEqual(written, []);
  });

  it("are tried again after half a minute where they could not be written", async () => {
    const { clock, conditions, written, errors, state } = rig();
    state.failure = new Error("closed");
    conditions.set([flowSchema("x", "level")], () => true);
    await clock.settle();
    assert.equal(errors.length, 1);
    state.failure = undefined;
    await clock.advance(31_000);
    assert.deepEqual(written, ["x False"]);
    state.failure = apiErrors.conflict({ group: "g", resource: "r" }, "x");
    conditions.set([flowSchema("x", "level")], () => false);
    await clock.settle();
    assert.equal(errors.length, 1);
    conditions.stop();
    conditions.set([flowSchema("x", "level")], assert.fail);
    assert.equal(clock.pendingTimers, 0);
  });
});

describe("a ratio over time", () => {
  it("is one observation a nanosecond, of what it was then", () => {
    const registry = new MetricsRegistry();
    const series = registry.histogram("h", "Help.", [], [0, 0.5, 1]).with();
    const ratio = new TimedRatio(series, [0, 0.5, 1], 0, 4);
    ratio.set(2, 1);
    ratio.add(4, 3);
    ratio.setDenominator(6, 4);
    ratio.collect(6);
    assert.equal(series.count, 6e6);
    // Nothing for 1 ms, a half for 2, one and a half for 1, one for 2.
    assert.equal(series.sum, (0.5 * 2 + 1.5 + 2) * 1e6);
    assert.match(registry.expose(), /le="0"\} 1000000\n.*le="0.5"\} 3000000\n.*le="1"\} 5000000\n/);
  });
});
