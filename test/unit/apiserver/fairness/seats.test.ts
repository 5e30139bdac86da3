import assert from "node:assert/strict";
import { MetricsRegistry } from "../../../../lib/api/metrics/metricsRegistry.js";
import { FairnessConfiguration } from "../../../../lib/apiserver/fairness/fairnessConfiguration.js";
import { FairnessMetrics } from "../../../../lib/apiserver/fairness/fairnessMetrics.js";
import {
  allocateSeats,
  type SeatClaim,
} from "../../../../lib/apiserver/fairness/seatAllocation.js";
import { SeatDemand } from "../../../../lib/apiserver/fairness/seatDemand.js";
import {
  dealHand,
  hashFlow,
  requiredEntropyBits,
} from "../../../../lib/apiserver/fairness/shuffleSharding.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import { bootstrapObjects, flowSchema, priorityLevel } from "./fairnessObjects.js";

describe("shuffle sharding", () => {
  it("deals the hands that upstream deals", () => {
    const hand = (schema: string, who: string, queues: number, size: number) =>
      dealHand(hashFlow(schema, who), queues, size);
    const account = "system:serviceaccount:default:default";
    assert.equal(hashFlow("service-accounts", account), 13424615363282033023n);
    assert.deepEqual(hand("service-accounts", account, 128, 6), [127, 66, 18, 15, 64, 74]);
    assert.deepEqual(hand("system-nodes", "system:node:a", 64, 6), [39, 38, 30, 56, 55, 0]);
    assert.deepEqual(hand("global-default", "", 16, 4), [3, 6, 15, 1]);
    assert.deepEqual(hand("x", "y", 8, 8), [6, 0, 2, 3, 1, 5, 4, 7]);
    assert.deepEqual([requiredEntropyBits(128, 6), requiredEntropyBits(64, 6)], [42, 36]);
  });
});

describe("seats divided by demand", () => {
  /** What must hold of each: in proportion, or at a bound that says otherwise. */
  function check(total: number, claims: readonly SeatClaim[]): void {
    const { seats, fairFraction } = allocateSeats(total, claims) ?? assert.fail("no way");
    assert.ok(Math.abs(seats.reduce((sum, n) => sum + n, 0) - total) < 1e-6);
    claims.forEach(({ target, lowerBound, upperBound }, i) => {
      const mine = seats[i] ?? Number.NaN;
      const fair = fairFraction * Math.max(target, 0.001);
      const expected = Math.max(lowerBound, Math.min(upperBound, fair));
      assert.ok(Math.abs(mine - expected) < 1e-6, `${i}: ${mine}, ${expected}`);
    });
  }

  it("are in proportion where no bound says otherwise", () => {
    const free = { lowerBound: 0, upperBound: 1000 };
    const claims = [
      { target: 1, ...free },
      { target: 3, ...free },
    ];
    assert.deepEqual(allocateSeats(100, claims)?.seats.map(Math.round), [25, 75]);
    check(100, claims);
  });

  it("keep to the bounds, and sum to the total", () => {
    check(100, [
      { target: 60, lowerBound: 60, upperBound: 80 },
      { target: 10, lowerBound: 0, upperBound: 15 },
      { target: 1, lowerBound: 1, upperBound: 50 },
    ]);
    check(10, [
      { target: 0, lowerBound: 0, upperBound: 10 },
      { target: 0, lowerBound: 0, upperBound: 3 },
    ]);
    let seed = 1;
    const random = (): number => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    for (let round = 0; round < 500; round += 1) {
      const claims = Array.from({ length: 1 + Math.floor(random() * 8) }, () => {
        const lowerBound = Math.floor(random() * 20);
        const upperBound = lowerBound + Math.floor(random() * 30);
        return { lowerBound, upperBound, target: lowerBound + random() * 40 };
      });
      const low = claims.reduce((sum, claim) => sum + claim.lowerBound, 0);
      const high = claims.reduce((sum, claim) => sum + claim.upperBound, 0);
      check(low + Math.floor(random() * (high - low + 1)), claims);
    }
  });

  it("are none where the bounds leave no way", () => {
    const claim = { target: 5, lowerBound: 5, upperBound: 6 };
    assert.equal(allocateSeats(4, [claim]), undefined);
    assert.equal(allocateSeats(7, [claim]), undefined);
  });
});

describe("seat demand", () => {
  it("is averaged over time, and falls slowly", () => {
    const demand = new SeatDemand(0);
    demand.set(10, 0);
    demand.set(0, 5_000);
    assert.deepEqual(demand.endPeriod(10_000), { highest: 10, mean: 5, deviation: 5 });
    assert.equal(demand.smoothed, 10);
    assert.deepEqual(demand.endPeriod(20_000), { highest: 0, mean: 0, deviation: 0 });
    assert.ok(Math.abs(demand.smoothed - 9.77) < 1e-9);
  });
});

describe("levels", () => {
  function configuration(serverSeats = 600) {
    const clock = new VirtualClock();
    const metrics = new FairnessMetrics(new MetricsRegistry(), () => clock.monotonic());
    const fairness = new FairnessConfiguration(clock, metrics, serverSeats);
    const limits = () =>
      Object.fromEntries(
        fairness.levels().map(({ name, nominal, lower, upper }) => [name, [nominal, lower, upper]]),
      );
    const current = () =>
      Object.fromEntries(fairness.levels().map((level) => [level.name, level.current]));
    return { clock, fairness, limits, current };
  }

  it("divide the server's seats by their shares, and lend of them", () => {
    const { fairness, limits } = configuration();
    const { levels, schemas } = bootstrapObjects();
    fairness.digest(levels, schemas);
    assert.deepEqual(limits(), {
      exempt: [0, 0, 600],
      "catch-all": [13, 13, 613],
      "global-default": [49, 24, 649],
      "leader-election": [25, 25, 625],
      "node-high": [98, 73, 698],
      system: [74, 50, 674],
      "workload-high": [98, 49, 698],
      "workload-low": [245, 24, 845],
    });
  });

  it("divide them at rest as a kube-apiserver of sixty seats does", () => {
    const { fairness, current } = configuration(60);
    const { levels, schemas } = bootstrapObjects();
    fairness.digest(levels, schemas);
    assert.deepEqual(current(), {
      exempt: 0,
      "catch-all": 5,
      "global-default": 5,
      "leader-election": 7,
      "node-high": 17,
      system: 12,
      "workload-high": 12,
      "workload-low": 5,
    });
  });

  it("bound their widest requests", () => {
    const { fairness } = configuration();
    const { levels, schemas } = bootstrapObjects();
    fairness.digest(levels, schemas);
    const widest = Object.fromEntries(fairness.levels().map((l) => [l.name, l.widest]));
    assert.deepEqual(
      [widest["workload-low"], widest["leader-election"], widest["catch-all"]],
      [37, 4, 0],
    );
  });

  it("lend what they do not need to those that do", () => {
    const { clock, fairness, current } = configuration(100);
    const limited = { nominalConcurrencyShares: 50, lendablePercent: 80 };
    fairness.digest(
      [priorityLevel("idle", limited), priorityLevel("busy", { ...limited })],
      [flowSchema("a", "busy"), flowSchema("b", "idle")],
    );
    const busy = fairness.levels().find(({ name }) => name === "busy");
    busy?.demand.set(200, clock.monotonic());
    return clock.advance(10_000).then(() => {
      fairness.borrow();
      const { idle = 0, busy: borrowed = 0, "catch-all": rest = 0 } = current();
      assert.equal(idle, 10);
      assert.equal(idle + borrowed + rest, 48 + 48 + 5);
      assert.ok(borrowed > 80, `${borrowed}`);
    });
  });

  it("borrow no more than their limit", async () => {
    const { clock, fairness, current } = configuration(100);
    const limited = { nominalConcurrencyShares: 50, lendablePercent: 80 };
    fairness.digest(
      [
        priorityLevel("idle", limited),
        priorityLevel("busy", { ...limited, borrowingLimitPercent: 10 }),
      ],
      [],
    );
    fairness
      .levels()
      .find(({ name }) => name === "busy")
      ?.demand.set(200, clock.monotonic());
    await clock.advance(10_000);
    fairness.borrow();
    assert.equal(current().busy, 53);
  });

  it("that are missing or not valid match nothing; mandatory ones are always there", () => {
    const { fairness } = configuration();
    const broken = priorityLevel("broken", { limitResponse: { type: "Queue" } });
    const effective = fairness.digest(
      [broken, priorityLevel("good")],
      [
        flowSchema("to-good", "good", 900),
        flowSchema("to-broken", "broken", 2),
        flowSchema("first", "good", 500),
        flowSchema("also-500", "good", 500),
        flowSchema("dangling", "nowhere", 3),
      ],
    );
    assert.deepEqual(
      effective.map(({ schema }) => schema.metadata.name),
      ["exempt", "also-500", "first", "to-good", "catch-all"],
    );
    assert.deepEqual([fairness.isThere("broken"), fairness.isThere("good")], [false, true]);
  });
});
