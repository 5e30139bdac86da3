import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { rename, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { CommandMounter } from "../../../../lib/kubelet/volumes/mounter.js";
import { pinSubPath } from "../../../../lib/kubelet/volumes/subPath.js";
import { nodeFiles } from "../../../../lib/platform/node/nodeFiles.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import type { ProcessResult } from "../../../../lib/platform/processes.js";
import { MemoryFiles } from "../../../../lib/platform/virtual/memoryFiles.js";

describe("pinSubPath, on a real file system", () => {
  let root: string;
  let volume: string;
  let outside: string;
  beforeEach(() => {
    root = mkdtempSync(`${tmpdir()}/subpath-`);
    volume = `${root}/volume`;
    outside = `${root}/outside`;
    for (const path of [`${volume}/a/b`, `${outside}/b`]) mkdirSync(path, { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("holds what it has checked, though the name leads elsewhere afterwards", async () => {
    const inode = statSync(`${volume}/a/b`).ino;
    const { pinned, realPath } = await pinSubPath(nodeFiles, volume, "a/b");
    await rename(`${volume}/a`, `${volume}/moved`);
    symlinkSync(outside, `${volume}/a`);
    assert.equal((await pinned.status()).inode, inode);
    assert.equal((await nodeFiles.status(`${pinned.path}/.`))?.inode, inode);
    assert.equal(realPath, `${volume}/a/b`);
    await pinned.close();
  });

  it("never leaves the volume while a directory is swapped for a link out of it", async () => {
    let isOver = false;
    // What it finds missing meanwhile the other side makes: that is cleared away.
    const put = async (make: () => Promise<void>): Promise<void> => {
      for (;;) {
        // The other side may also make something in what is being removed.
        const cleared = rm(`${volume}/a`, { recursive: true, force: true });
        const isPut = await cleared.then(make).then(
          () => true,
          () => false,
        );
        if (isPut) return;
      }
    };
    const swapper = (async () => {
      while (!isOver) {
        await rename(`${volume}/a`, `${volume}/kept`);
        await put(() => symlink(outside, `${volume}/a`));
        await put(() => rename(`${volume}/kept`, `${volume}/a`));
      }
    })();
    const foreign = statSync(`${outside}/b`).ino;
    for (let i = 0; i < 400; i++) {
      const subPath = i % 2 === 0 ? "a/b" : `a/new${i}`;
      const found = await pinSubPath(nodeFiles, volume, subPath).catch(() => undefined);
      if (!found) continue;
      assert.notEqual((await found.pinned.status()).inode, foreign, subPath);
      await found.pinned.close();
    }
    isOver = true;
    await swapper;
    assert.deepEqual(readdirSync(outside), ["b"]);
  });

  it("refuses links out, absolute or relative, loops, and a file as a directory", async () => {
    symlinkSync(outside, `${volume}/absolute`);
    symlinkSync("../outside", `${volume}/relative`);
    symlinkSync("loop", `${volume}/loop`);
    await nodeFiles.writeFile(`${volume}/file`, "");
    for (const subPath of ["absolute", "relative/new", "a/../..", "/etc", "loop", "file/x"]) {
      await assert.rejects(pinSubPath(nodeFiles, volume, subPath), subPath);
    }
    assert.deepEqual(readdirSync(outside), ["b"]);
  });
});

describe("CommandMounter", () => {
  const commands: string[] = [];
  const done: ProcessResult = { exitCode: 0, signal: null, stdout: "", stderr: "" };
  let files: MemoryFiles;
  let mounter: CommandMounter;
  beforeEach(async () => {
    commands.length = 0;
    files = new MemoryFiles(() => 0);
    const processes = {
      ...nodePlatform.processes,
      run: async (command: string, args: readonly string[]) => {
        commands.push([command, ...args].join(" "));
        return done;
      },
    };
    mounter = new CommandMounter({ files, processes });
    await files.makeDirectory("/proc/self");
    await files.makeDirectory("/v");
    await files.writeFile("/proc/self/mountinfo", "");
  });

  it("binds what is held by a path that is not resolved again", async () => {
    const pinned = await files.pin("/v");
    assert.equal(await mounter.bind({ ...pinned, path: "/proc/7/fd/3" }, "/v", "/k/t/0"), "/k/t/0");
    assert.deepEqual(commands, ["mount --no-canonicalize --bind /proc/7/fd/3 /k/t/0"]);
    assert.equal((await files.status("/k/t/0"))?.kind, "directory");
  });

  it("leaves a mount that shows the same, and replaces one that shows something else", async () => {
    await files.makeDirectory("/k/t/0");
    await files.writeFile("/proc/self/mountinfo", "1 2 8:1 / /k/t/0 rw - ext4 /dev/x rw\n");
    const same = await files.pin("/k/t/0");
    await mounter.bind(same, "/v", "/k/t/0");
    assert.deepEqual(commands, []);
    await mounter.bind(await files.pin("/v"), "/v", "/k/t/0");
    assert.deepEqual(commands, ["umount /k/t/0", "mount --no-canonicalize --bind /v /k/t/0"]);
  });

  it("reads mount points with spaces, and fails where the table cannot be read", async () => {
    const line = (path: string): string => `1 2 8:1 / ${path} rw - ext4 /dev/x rw\n`;
    await files.writeFile("/proc/self/mountinfo", line("/k/a\\040b") + line("/k/a\\040b/c"));
    assert.deepEqual(await mounter.below("/k"), ["/k/a b/c", "/k/a b"]);
    await files.remove("/proc/self/mountinfo");
    await assert.rejects(mounter.below("/k"));
  });
});
