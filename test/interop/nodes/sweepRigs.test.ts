import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { missingForRig } from "../../support/nodes/nodeRig.js";
import { skipBecause } from "../../support/nodes/skipBecause.js";
import { directoryOf, removeRig, sweepOrphans } from "../../support/nodes/sweepRigs.js";

const program = fileURLToPath(new URL("../../support/nodes/rigHolder.js", import.meta.url));

/** Whatever of a rig the machine still has. */
function left(rig: string): string[] {
  const lines = (command: string, ...args: string[]): string[] =>
    execFileSync(command, args, { encoding: "utf8" }).split("\n");
  const processes = lines("ps", "-eo", "args", "--no-headers", "-ww");
  const cgroups = lines("find", "/sys/fs/cgroup", "-name", `${rig}*`).filter(Boolean);
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  return [
    ...processes.filter((line) => line.includes(directoryOf(rig))),
    ...mounts.filter((line) => line.includes(rig)),
    ...cgroups,
    ...[directoryOf(rig), `/run/netns/${rig}`].filter((path) => existsSync(path)),
  ];
}

describe("rigs of a test process that was killed", function () {
  this.timeout(600_000);
  let child: ChildProcess | undefined;
  let rig = "";

  before(function () {
    skipBecause(this, missingForRig());
  });

  after(async () => {
    child?.kill("SIGKILL");
    if (rig !== "") await removeRig(rig);
  });

  it("are removed by the next one, and not before", async () => {
    const holder = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
    child = holder;
    const ended = once(holder, "exit");
    const said = once(createInterface(holder.stdout), "line");
    [rig] = (await Promise.race([said, ended.then(() => assert.fail("no rig"))])) as [string];
    assert.match(rig, new RegExp(`^stnode-${holder.pid}-\\d+-1$`));
    const [pid] = execFileSync("ip", ["netns", "pids", rig], { encoding: "utf8" }).split("\n");
    assert.ok(!(await sweepOrphans()).includes(rig), "a living one's is not touched");
    assert.ok(existsSync(`/proc/${pid}`));
    holder.kill("SIGKILL");
    await ended;
    assert.ok(left(rig).length >= 5, "containerd, shim, kubelet and server go on");
    assert.ok((await sweepOrphans()).includes(rig));
    assert.deepEqual(left(rig), []);
  });
});
