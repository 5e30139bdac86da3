import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { storedConfigMap } from "../../support/storage/storedConfigMap.js";

const program = fileURLToPath(new URL("../../../lib/cmd/bin/steersman.js", import.meta.url));

/** As a disk that had errors is mounted again, or a backup. */
describe("steersman store on a file system that nobody may write to", () => {
  const folder = temporaryFolder();
  const data = `${folder.path}/data`;
  const mount = `${folder.path}/mount`;
  after(() => folder.remove());
  before(async () => {
    mkdirSync(mount);
    const storage = await openEmbeddedStorage({ directory: `${data}/store`, clock: nodeClock });
    const put = { type: "put", key: "/registry/configmaps/default/a" } as const;
    const value = storedConfigMap("a", "data");
    await storage.transact({ compare: [], success: [{ ...put, value }] });
    await storage.close();
  });

  const run = (...args: string[]): { code: number | null; output: string; error: string } => {
    // In mounts of its own, which go with it.
    const script = `mount --bind "$0" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"`;
    const command = [process.execPath, program, "store", ...args];
    const ended = spawnSync("unshare", ["-rm", "sh", "-c", script, data, mount, ...command], {
      encoding: "utf8",
    });
    return { code: ended.status, output: ended.stdout, error: ended.stderr };
  };

  const reads = (): void => {
    const check = run("check", mount);
    assert.deepEqual([check.code, check.error], [0, ""]);
    assert.match(check.output, /: sound: revision 2, .* closed in order\n$/);
    assert.match(run("stats", mount).output, /^keys +1$/m);
    assert.match(run("export", mount).output, /\{"keys":1\}\n$/);
    const file = `${folder.path}/snapshot`;
    rmSync(file, { force: true });
    assert.match(run("snapshot", mount, file).output, /: 1 keys and 0 leases, at revision 2\n$/);
    assert.ok(readFileSync(file).length > 512);
  };

  it("reads it", reads);

  it("reads it where no server has made its lock", () => {
    rmSync(`${data}/store/lock`);
    reads();
  });

  it("says why it cannot write to it", () => {
    const file = `${folder.path}/snapshot`;
    const restored = run("restore", file, `${mount}/other`);
    assert.equal(restored.code, 1);
    assert.match(restored.error, /^Error: create .*: Read-only file system.*\n$/);
  });

  it("is refused while a server has it open", async () => {
    const storage = await openEmbeddedStorage({ directory: `${data}/store`, clock: nodeClock });
    try {
      assert.match(run("check", mount).error, /in use by another process/);
    } finally {
      await storage.close();
    }
  });
});
