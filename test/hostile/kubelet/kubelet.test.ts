import assert from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import { apiErrors } from "../../../lib/api/status.js";
import { NodeLifecycleController } from "../../../lib/controllers/nodelifecycle/nodeLifecycleController.js";
import { KubeletScenario } from "../../support/kubelet/kubeletScenario.js";

describe("A kubelet among enemies, in virtual time", () => {
  let scenario: KubeletScenario;
  beforeEach(() => {
    scenario = new KubeletScenario();
  });
  afterEach(() => scenario.stop());

  const ready = async (name: string) => {
    const conditions = (await scenario.get(name))?.status?.conditions ?? [];
    return conditions.find((condition) => condition.type === "Ready");
  };

  for (const [seconds, isSeen] of [
    [60, true],
    [600, true],
    [10, false],
  ] as const) {
    it(`is believed again after a partition of ${seconds} s`, async () => {
      await scenario.start();
      await scenario.api.start(new NodeLifecycleController(scenario.api.context()));
      const tolerations = [{ operator: "Exists" as const }];
      for (const name of ["a", "b"]) await scenario.create(name, { tolerations });
      await scenario.settle(40_000);
      const before = await scenario.runningIds();
      assert.equal((await ready("a"))?.status, "True");
      scenario.link.cut();
      await scenario.settle(seconds * 1000);
      assert.equal((await ready("a"))?.status, isSeen ? "False" : "True");
      const mendedAt = scenario.api.clock.now();
      scenario.link.mend();
      await scenario.settle(60_000);
      for (const name of ["a", "b"]) {
        const condition = await ready(name);
        assert.equal(condition?.status, "True", `${name} is ${JSON.stringify(condition)}`);
        const since = Date.parse(condition?.lastTransitionTime ?? "");
        assert.equal(since >= mendedAt - 1000, isSeen, condition?.lastTransitionTime);
      }
      assert.deepEqual(await scenario.runningIds(), before);
      const node = await scenario.api.client.resource(coreV1.nodes).get("n1");
      const own = node.status?.conditions?.find((condition) => condition.type === "Ready");
      assert.equal(own?.status, "True", own?.reason);
      assert.deepEqual(node.spec?.taints ?? [], []);
    });
  }

  it("is believed in the end by who writes over it all the time, at a bounded cost", async () => {
    await scenario.start();
    await scenario.create("web");
    await scenario.settle();
    scenario.api.transport.writes.length = 0;
    for (let i = 0; i < 100; i++) {
      const there = await scenario.get("web");
      assert.ok(there);
      const conditions = (there.status?.conditions ?? []).map((one) =>
        one.type === "Ready" ? { ...one, status: "False" } : one,
      );
      await scenario.pods.updateStatus({ ...there, status: { ...there.status, conditions } });
      await scenario.settle(500);
    }
    await scenario.settle(15_000);
    assert.equal((await ready("web"))?.status, "True");
    const writes = scenario.api.transport.writes.filter((write) => write.startsWith("patch pods"));
    assert.ok(writes.length <= 10, `${writes.length} writes`);
  });

  for (const hours of [-48, 48]) {
    it(`goes on when its clock jumps by ${hours} h`, async () => {
      await scenario.start();
      await scenario.create("web");
      await scenario.create("job", { restartPolicy: "Never", activeDeadlineSeconds: 3_600 });
      await scenario.settle();
      scenario.clock.skewMilliseconds = hours * 3_600_000;
      await scenario.settle(120_000);
      assert.equal((await ready("web"))?.status, "True");
      assert.equal((await scenario.main("web")).restartCount, 0);
      // The wall clock decides on a deadline: it outlives the kubelet.
      assert.equal(await scenario.phase("job"), hours > 0 ? "Failed" : "Running");
      await scenario.delete("web", 1);
      await scenario.settle(10_000);
      assert.equal(await scenario.get("web"), undefined);
    });
  }

  for (const hours of [-48, 48]) {
    it(`restarts and probes at their pace though its clock jumps by ${hours} h`, async () => {
      const nothing = new Uint8Array();
      let probes = 0;
      scenario.runtime.execSync = async () => {
        probes += 1;
        return { exitCode: 0, stdout: nothing, stderr: nothing };
      };
      const readinessProbe = {
        exec: { command: ["true"] },
        initialDelaySeconds: 30,
        periodSeconds: 5,
      };
      await scenario.start();
      const containers = [{ name: "main", image: "registry.local/main:1", readinessProbe }];
      await scenario.create("web", { containers });
      const crash = { "simulation.steersman.dev/run-seconds": "1" };
      await scenario.create("crash", {}, crash);
      await scenario.settle(5_000);
      // In the first backoff, and before the first probe.
      scenario.clock.skewMilliseconds = hours * 3_600_000;
      assert.equal((await scenario.main("crash")).restartCount, 1);
      await scenario.settle(20_000);
      assert.deepEqual([(await scenario.main("crash")).restartCount, probes], [2, 0]);
      await scenario.settle(120_000);
      assert.equal((await ready("web"))?.status, "True");
      assert.ok(probes >= 20 && probes <= 26, `${probes} probes`);
      const restarts = (await scenario.main("crash")).restartCount;
      assert.ok(restarts >= 4 && restarts <= 5, `${restarts} restarts`);
    });
  }

  /** Runs a pod's life while the kubelet dies just before (or after) its so-manieth write. */
  async function lifeWithDeathAt(write: number, isWritten: boolean): Promise<boolean> {
    let left = write;
    let hasDied = false;
    scenario.link.beforeCall = (call) => {
      if (hasDied || !call.type.resource.startsWith("pods") || call.verb === "get") return;
      if (call.verb === "list" || call.verb === "watch" || left-- > 0) return;
      hasDied = true;
      scenario.link.cut();
      if (!isWritten) throw apiErrors.serviceUnavailable("died");
    };
    const revive = async (): Promise<void> => {
      if (!hasDied || scenario.link.isWhole) return;
      await scenario.stopKubelet();
      scenario.link.mend();
      await scenario.start();
    };
    const wait = async (milliseconds: number): Promise<void> => {
      await scenario.settle(milliseconds);
      await revive();
      await scenario.settle(milliseconds);
    };
    await scenario.start();
    await scenario.create("web", { terminationGracePeriodSeconds: 2 });
    await wait(5_000);
    assert.equal((await ready("web"))?.status, "True", `before write ${write}`);
    assert.equal((await scenario.main("web")).ready, true);
    assert.equal((await scenario.runningIds()).length, 1, `before write ${write}`);
    await scenario.delete("web", 2);
    await wait(60_000);
    assert.equal(await scenario.get("web"), undefined, `before write ${write}`);
    assert.deepEqual(await scenario.runningIds(), []);
    assert.deepEqual(await scenario.runtime.listPodSandboxes(), []);
    assert.deepEqual(await scenario.files.list("/var/lib/kubelet/pods"), []);
    return hasDied;
  }

  for (const isWritten of [false, true]) {
    it(`brings a pod to its end though it dies ${isWritten ? "after" : "before"} any write`, async () => {
      let write = 0;
      while (await lifeWithDeathAt(write, isWritten)) {
        await scenario.stop();
        scenario = new KubeletScenario();
        write += 1;
        assert.ok(write < 50);
      }
      assert.ok(write >= 3, `${write} writes`);
    });
  }
});
