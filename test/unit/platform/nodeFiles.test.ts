import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeFiles } from "../../../lib/platform/node/nodeFiles.js";

describe("making a directory on the machine", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "steersman-files-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("makes its parents, with the mode, and takes one that is there", async () => {
    const path = join(directory, "a/b/c");
    await nodeFiles.makeDirectory(path, 0o700);
    await nodeFiles.makeDirectory(path, 0o755);
    await nodeFiles.makeDirectory(`${path}/`);
    await nodeFiles.makeDirectory("/");
    for (const made of [path, join(directory, "a")])
      assert.equal(statSync(made).mode & 0o777, 0o700);
  });

  it("lets many make the same one at once", async () => {
    const path = join(directory, "x/y/z");
    await Promise.all(Array.from({ length: 20 }, () => nodeFiles.makeDirectory(path)));
    assert.ok(statSync(path).isDirectory());
  });

  it("refuses what it cannot make, and never goes on for ever", async () => {
    writeFileSync(join(directory, "file"), "");
    symlinkSync(join(directory, "nowhere"), join(directory, "link"));
    const refused: [string, string][] = [
      ["/proc/x", "ENOENT"],
      ["/proc/x/y/z", "ENOENT"],
      [join(directory, "file"), "EEXIST"],
      [join(directory, "file/x"), "ENOTDIR"],
      [join(directory, "link"), "EEXIST"],
      [join(directory, "link/x"), "EEXIST"],
    ];
    for (const [path, code] of refused) {
      await assert.rejects(nodeFiles.makeDirectory(path), { code }, path);
    }
  });
});
