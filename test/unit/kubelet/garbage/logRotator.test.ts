import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import type {
  Container,
  ContainerRuntime,
  ContainerStatus,
} from "../../../../lib/kubelet/cri/runtime.js";
import { LogRotator } from "../../../../lib/kubelet/garbage/logRotator.js";
import { silentLogger } from "../../../../lib/platform/logger.js";
import { MemoryFiles } from "../../../../lib/platform/virtual/memoryFiles.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";

const log = "/logs/main/0.log";

describe("LogRotator", () => {
  let clock: VirtualClock;
  let files: MemoryFiles;
  let rotator: LogRotator;
  let reopened: string[];
  let refusal: Error | undefined;
  let state: Container["state"];

  beforeEach(async () => {
    clock = new VirtualClock();
    files = new MemoryFiles(() => clock.now());
    reopened = [];
    refusal = undefined;
    state = "running";
    const runtime: Partial<ContainerRuntime> = {
      listContainers: async () => [{ id: "c1", state } as Container],
      containerStatus: async () => ({ logPath: log }) as ContainerStatus,
      reopenContainerLog: async (id) => {
        if (refusal) throw refusal;
        reopened.push(id);
        await files.writeFile(log, "");
      },
    };
    rotator = new LogRotator({
      clock,
      files,
      runtime: runtime as ContainerRuntime,
      logger: silentLogger,
      policy: { maximumBytes: 10, maximumFiles: 4 },
    });
    await files.makeDirectory("/logs/main");
  });

  const names = (): Promise<string[]> => files.list("/logs/main");

  it("leaves a small log", async () => {
    await files.writeFile(log, "123456789");
    await rotator.rotate();
    assert.deepEqual([await names(), reopened], [["0.log"], []]);
  });

  it("moves a large one away, compresses it the next time, and drops the oldest", async () => {
    const at = new Date(clock.now()).toISOString();
    for (const text of ["first", "second", "third", "fourth", "fifth"]) {
      await files.writeFile(log, text.repeat(5));
      await files.setMode(log, 0o640);
      await rotator.rotate();
      await clock.advance(10_000);
    }
    assert.equal(at.slice(0, 10), "2026-01-01");
    assert.deepEqual((await names()).sort(), [
      "0.log",
      "0.log.20260101-000020.gz",
      "0.log.20260101-000030.gz",
      "0.log.20260101-000040",
    ]);
    assert.equal(reopened.length, 5);
    const old = await files.readFile(`${log}.20260101-000020.gz`);
    assert.equal(gunzipSync(old).toString(), "third".repeat(5));
    assert.equal(((await files.status(`${log}.20260101-000020.gz`))?.mode ?? 0) & 0o777, 0o640);
    assert.equal(await files.readText(`${log}.20260101-000040`), "fifth".repeat(5));
  });

  it("cleans up after a rotation that broke off", async () => {
    await files.writeFile(log, "x".repeat(20));
    for (const name of ["20250101-000000", "20250101-000000.gz", "20250102-000000.tmp"]) {
      await files.writeFile(`${log}.${name}`, "old");
    }
    await files.writeFile("/logs/main/0.logs", "another's");
    await rotator.rotate();
    assert.deepEqual((await names()).sort(), [
      "0.log",
      "0.log.20250101-000000.gz",
      "0.log.20260101-000000",
      "0.logs",
    ]);
  });

  it("puts the log back where the runtime does not open another", async () => {
    await files.writeFile(log, "x".repeat(20));
    refusal = new Error("not now");
    await rotator.rotate();
    assert.deepEqual(await names(), ["0.log"]);
    assert.equal(await files.readText(log), "x".repeat(20));
  });

  it("has a log opened that somebody has removed, and leaves ended containers alone", async () => {
    await rotator.rotate();
    assert.deepEqual([await names(), reopened], [["0.log"], ["c1"]]);
    state = "exited";
    await files.writeFile(log, "x".repeat(20));
    await rotator.rotate();
    assert.deepEqual(await names(), ["0.log"]);
  });

  it("compresses more than fits into one piece", async () => {
    const text = "0123456789abcdef\n".repeat(100_000);
    await files.writeFile(`${log}.20250101-000000`, text);
    await files.writeFile(log, "x".repeat(20));
    await rotator.rotate();
    const whole = gunzipSync(await files.readFile(`${log}.20250101-000000.gz`)).toString();
    assert.ok(whole === text);
  });
});
