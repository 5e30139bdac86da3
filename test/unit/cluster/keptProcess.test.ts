import assert from "node:assert/strict";
import { KeptProcess } from "../../../lib/cluster/nodes/keptProcess.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import type { Platform } from "../../../lib/platform/platform.js";
import type { Daemon } from "../../../lib/platform/processes.js";
import { MemoryFiles } from "../../../lib/platform/virtual/memoryFiles.js";
import { VirtualClock } from "../../../lib/platform/virtual/virtualClock.js";

/** Processes that run until they are told to end. */
class Machine {
  readonly clock = new VirtualClock();
  readonly files = new MemoryFiles(() => this.clock.now());
  readonly running = new Map<number, () => void>();
  readonly signals: string[] = [];
  started = 0;
  ignoresTerm = false;

  get platform(): Platform {
    const startDaemon = (): Daemon => {
      const pid = ++this.started;
      const ended = new Promise<{ exitCode: number; signal: null }>((resolve) => {
        this.running.set(pid, () => resolve({ exitCode: 1, signal: null }));
      });
      return { pid, ended };
    };
    const signal = (pid: number, name: NodeJS.Signals | 0): boolean => {
      if (name !== 0) this.signals.push(name);
      const isThere = this.running.has(pid);
      if (name === "SIGKILL" || (name === "SIGTERM" && !this.ignoresTerm)) this.end(pid);
      return isThere;
    };
    const processes = { ...nodePlatform.processes, startDaemon, signal };
    return { ...nodePlatform, clock: this.clock, files: this.files, processes };
  }

  end(pid: number): void {
    this.running.get(pid)?.();
    this.running.delete(pid);
  }

  keep(adoptedPid?: number): KeptProcess {
    const options = { name: "one", command: ["one"], logFile: "/one.log" };
    const adopted = adoptedPid === undefined ? {} : { adoptedPid };
    const kept = new KeptProcess(this.platform, silentLogger, { ...options, ...adopted });
    kept.start();
    return kept;
  }
}

describe("KeptProcess", () => {
  it("starts a process again with pauses that grow to half a minute", async () => {
    const machine = new Machine();
    const kept = machine.keep();
    const pauses: number[] = [];
    await machine.clock.advance(1);
    for (let round = 1; round <= 8; round++) {
      machine.end(round);
      const since = machine.clock.monotonic();
      while (machine.started === round) await machine.clock.advance(500);
      pauses.push(Math.floor((machine.clock.monotonic() - since) / 1000));
    }
    assert.deepEqual(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
    assert.equal(kept.restarts, 8);
    const stopped = kept.stop(1_000);
    await machine.clock.advance(1_000);
    await stopped;
  });

  it("starts one that ran long again after a second", async () => {
    const machine = new Machine();
    const kept = machine.keep();
    await machine.clock.advance(1);
    for (let round = 1; round <= 3; round++) {
      await machine.clock.advance(61_000);
      machine.end(round);
      await machine.clock.advance(1_100);
      assert.equal(machine.started, round + 1);
    }
    const stopped = kept.stop(1_000);
    await machine.clock.advance(1_000);
    await stopped;
  });

  it("kills one that does not end when it is told to", async () => {
    const machine = new Machine();
    machine.ignoresTerm = true;
    const kept = machine.keep();
    await machine.clock.advance(1);
    const stopped = kept.stop(1_000);
    await machine.clock.advance(1_500);
    await stopped;
    assert.deepEqual(machine.signals, ["SIGTERM", "SIGKILL"]);
    await machine.clock.advance(100_000);
    assert.equal(machine.started, 1);
  });

  it("replaces one of an earlier run only when it is gone", async () => {
    const machine = new Machine();
    machine.running.set(77, () => undefined);
    const kept = machine.keep(77);
    await machine.clock.advance(60_000);
    assert.equal(machine.started, 0);
    machine.end(77);
    await machine.clock.advance(5_000);
    assert.equal(machine.started, 1);
    const stopped = kept.stop(1_000);
    await machine.clock.advance(1_000);
    await stopped;
  });

  it("puts a log aside that has grown large", async () => {
    const machine = new Machine();
    await machine.files.writeFile("/one.log", new Uint8Array(11 * 1024 * 1024));
    const kept = machine.keep();
    await machine.clock.advance(1);
    assert.ok(await machine.files.exists("/one.log.1"));
    assert.ok(!(await machine.files.exists("/one.log")));
    const stopped = kept.stop(1_000);
    await machine.clock.advance(1_000);
    await stopped;
  });
});
