import assert from "node:assert/strict";
import type { Container } from "../../../../lib/api/gen/types/coreV1.js";
import type { ContainerRuntime } from "../../../../lib/kubelet/cri/runtime.js";
import { ContainerKiller } from "../../../../lib/kubelet/pods/containerKiller.js";
import type { HookCall, HookRunner } from "../../../../lib/kubelet/pods/hookRunner.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import {
  container,
  instance,
  pod,
  runtimeState,
  sandbox,
  sidecar,
} from "../../../support/kubelet/kubeletObjects.js";

describe("ContainerKiller", () => {
  let clock: VirtualClock;
  let log: string[];
  let killer: ContainerKiller;
  let hook: (call: HookCall) => Promise<void>;
  const began = Date.UTC(2026, 0, 1);
  const at = (): string => `${(clock.now() - began) / 1000}s`;

  beforeEach(() => {
    clock = new VirtualClock();
    log = [];
    hook = async () => undefined;
    const runtime: Partial<ContainerRuntime> = {
      stopContainer: async (id, seconds) => {
        log.push(`${at()} stop ${id} within ${seconds}`);
        await clock.sleep(1_000);
        log.push(`${at()} ${id} has ended`);
      },
      stopPodSandbox: async (id) => {
        log.push(`${at()} stop sandbox ${id}`);
      },
    };
    killer = new ContainerKiller({
      clock,
      runtime: runtime as ContainerRuntime,
      hooks: { run: (call: HookCall) => hook(call) } as HookRunner,
      emit: (_pod, container, _type, reason, message) => {
        log.push(`${at()} ${container?.name} ${reason}: ${message}`);
      },
    });
  });

  async function finish(work: Promise<void>): Promise<string[]> {
    let isDone = false;
    const watched = work.then(() => {
      isDone = true;
    });
    while (!isDone) await clock.advance(500);
    await watched;
    return log;
  }
  const hooked = (): Container =>
    container("main", { lifecycle: { preStop: { exec: { command: ["x"] } } } });
  const kill = (own: Container, grace: number): Promise<string[]> =>
    finish(killer.kill(pod({ containers: [own] }), own, instance(own), grace, "Stopping it"));

  it("takes what preStop needs from the grace", async () => {
    hook = () => clock.sleep(4_000);
    assert.deepEqual(await kill(hooked(), 10), [
      "0s main Killing: Stopping it",
      "4s stop main-0 within 6",
      "5s main-0 has ended",
    ]);
  });

  it("does not wait for preStop beyond the grace, and leaves two seconds", async () => {
    let isCut = false;
    hook = async ({ signal }) => {
      await clock.sleep(60_000, signal);
      isCut = true;
      throw new Error("cut");
    };
    assert.deepEqual(await kill(hooked(), 10), [
      "0s main Killing: Stopping it",
      "10s stop main-0 within 2",
      "11s main-0 has ended",
    ]);
    assert.ok(isCut, "who sleeps is woken");
  });

  it("goes on after a preStop that fails, and says so", async () => {
    hook = async () => {
      throw new Error("secret");
    };
    assert.deepEqual(await kill(hooked(), 10), [
      "0s main Killing: Stopping it",
      "0s main FailedPreStopHook: PreStopHook failed",
      "0s stop main-0 within 10",
      "1s main-0 has ended",
    ]);
  });

  it("runs no hook where there is no grace", async () => {
    hook = () => assert.fail("it was run");
    assert.equal((await kill(hooked(), 0))[1], "0s stop main-0 within 0");
  });

  it("ends the containers together, then sidecars from the last to the first, then the sandbox", async () => {
    const [first, last] = [sidecar("first"), sidecar("last")];
    const [a, b] = [container("a"), container("b")];
    const of = pod({ containers: [a, b], initContainers: [first, last] });
    const all = [a, b, first, last].map((one) => instance(one));
    await finish(killer.killPod(of, runtimeState([sandbox()], ...all), 30));
    assert.deepEqual(
      log.filter((line) => line.includes("stop")),
      [
        "0s stop a-0 within 30",
        "0s stop b-0 within 30",
        "1s stop last-0 within 29",
        "2s stop first-0 within 28",
        "3s stop sandbox s0",
      ],
    );
  });
});
