import assert from "node:assert/strict";
import type { Container, Probe } from "../../../../lib/api/gen/types/coreV1.js";
import { ProbeManager } from "../../../../lib/kubelet/probes/probeManager.js";
import type { ProbeOutcome } from "../../../../lib/kubelet/probes/prober.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { SeededRandom } from "../../../../lib/platform/virtual/seededRandom.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import { container, pod } from "../../../support/kubelet/kubeletObjects.js";

const probe = (more: Partial<Probe> = {}): Probe => ({
  exec: { command: ["true"] },
  periodSeconds: 1,
  ...more,
});

describe("ProbeManager", () => {
  let clock: VirtualClock;
  let answers: boolean;
  let outcome: ProbeOutcome | undefined;
  let asked: number;
  let failures: string[];
  let id: string;
  let manager: ProbeManager;

  function begin(own: Partial<Container>): void {
    clock = new VirtualClock();
    answers = true;
    outcome = undefined;
    asked = 0;
    failures = [];
    id = "c1";
    const startedAt = clock.now() * 1e6;
    const wanted = container("main", own);
    const of = pod({ containers: [wanted] });
    const ask = async (): Promise<ProbeOutcome> => {
      asked += 1;
      if (outcome) return outcome;
      return answers ? { result: "success" } : { result: "failure", output: "no" };
    };
    manager = new ProbeManager({
      platform: { ...nodePlatform, clock, random: new SeededRandom(1) },
      prober: { probe: ask },
      podOf: () => of,
      containerOf: () => ({ id, startedAt }),
      onChange: () => undefined,
      onTrouble: (_pod, _container, kind, result) =>
        failures.push(result === "failure" ? kind : `${kind} ${result}`),
    });
    manager.expect(wanted, id);
    manager.add(of);
  }
  afterEach(() => manager.stop());

  it("is not ready before its first success, nor after as many failures as it may have", async () => {
    begin({ readinessProbe: probe({ failureThreshold: 2 }) });
    assert.equal(manager.verdicts.isReady(id), false);
    await clock.advance(1_000);
    assert.equal(manager.verdicts.isReady(id), true);
    answers = false;
    await clock.advance(1_000);
    assert.deepEqual([manager.verdicts.isReady(id), failures], [true, ["readiness"]]);
    await clock.advance(1_000);
    assert.equal(manager.verdicts.isReady(id), false);
  });

  it("waits for its initial delay", async () => {
    begin({ readinessProbe: probe({ initialDelaySeconds: 20 }) });
    await clock.advance(19_000);
    assert.equal(asked, 0);
    await clock.advance(2_000);
    assert.ok(asked > 0);
  });

  it("holds a container that has failed its liveness, until another instance runs", async () => {
    begin({ livenessProbe: probe({ failureThreshold: 3 }) });
    answers = false;
    await clock.advance(5_000);
    assert.equal(manager.verdicts.livenessFailed(id), true);
    answers = true;
    await clock.advance(10_000);
    // It is being killed: a late success does not save it, and nobody asks.
    assert.deepEqual([manager.verdicts.livenessFailed(id), asked], [true, 3]);
    id = "c2";
    await clock.advance(2_000);
    assert.equal(manager.verdicts.livenessFailed(id), false);
    assert.ok(asked > 3);
  });

  it("asks the others only after the startup probe has passed", async () => {
    begin({ startupProbe: probe({ failureThreshold: 9 }), livenessProbe: probe() });
    answers = false;
    await clock.advance(3_500);
    assert.equal(manager.verdicts.hasStarted(id), false);
    assert.deepEqual(new Set(failures), new Set(["startup"]));
    answers = true;
    await clock.advance(3_000);
    assert.equal(manager.verdicts.hasStarted(id), true);
    answers = false;
    await clock.advance(10_000);
    assert.equal(manager.verdicts.startupFailed(id), false);
    assert.equal(manager.verdicts.livenessFailed(id), true);
  });

  it("gives up a container whose startup probe fails too often", async () => {
    begin({ startupProbe: probe({ failureThreshold: 2 }) });
    answers = false;
    await clock.advance(4_000);
    assert.equal(manager.verdicts.startupFailed(id), true);
    assert.equal(manager.verdicts.hasStarted(id), false);
  });

  it("takes nothing from what could not be asked, and an odd success as one", async () => {
    begin({ livenessProbe: probe({ failureThreshold: 1 }) });
    outcome = { result: "unknown", output: "the runtime is away" };
    await clock.advance(5_000);
    assert.equal(manager.verdicts.livenessFailed(id), false);
    assert.deepEqual(new Set(failures), new Set(["liveness unknown"]));
    manager.stop();
    begin({ readinessProbe: probe() });
    outcome = { result: "warning", output: "elsewhere" };
    await clock.advance(2_000);
    assert.equal(manager.verdicts.isReady(id), true);
    assert.deepEqual(new Set(failures), new Set(["readiness warning"]));
  });

  it("adopts what an earlier kubelet told", () => {
    begin({});
    const wanted = container("main", { readinessProbe: probe() });
    manager.adopt(wanted, "old", true, true);
    manager.adopt(wanted, "older", true, false);
    assert.deepEqual(["old", "older"].map(manager.verdicts.isReady), [true, false]);
  });
});
