import assert from "node:assert/strict";
import { MemoryFiles } from "../../../lib/platform/virtual/memoryFiles.js";

describe("MemoryFiles, as a file system", () => {
  let files: MemoryFiles;
  beforeEach(async () => {
    files = new MemoryFiles(() => 7);
    await files.makeDirectory("/a/b");
  });

  it("keeps a file's mode and node when it is written again, and replaces both when replaced", async () => {
    await files.writeFile("/a/f", "1", 0o600);
    const before = await files.status("/a/f");
    await files.writeFile("/a/f", "22", 0o644);
    const after = await files.status("/a/f");
    assert.deepEqual([after?.mode, after?.inode, after?.sizeBytes], [0o600, before?.inode, 2]);
    await files.replaceFile("/a/f", "3", 0o640);
    const replaced = await files.status("/a/f");
    assert.equal(replaced?.mode, 0o640);
    assert.notEqual(replaced?.inode, before?.inode);
  });

  it("an open file sees what is written to it, and outlives its replacement", async () => {
    await files.writeFile("/a/f", "old");
    const file = await files.open("/a/f", "r");
    const read = async () => {
      const buffer = Buffer.alloc(10);
      return buffer.subarray(0, await file.read(buffer, 0)).toString();
    };
    await files.appendFile("/a/f", "er");
    assert.equal(await read(), "older");
    await files.replaceFile("/a/f", "new");
    assert.equal(await read(), "older");
    await file.close();
  });

  it("writes where the handle stands, or at the end when appending", async () => {
    await files.writeFile("/a/f", "abcd");
    const file = await files.open("/a/f", "r+");
    await file.write(Buffer.from("X"));
    await file.write(Buffer.from("Y"));
    assert.equal(await files.readText("/a/f"), "XYcd");
    const end = await files.open("/a/f", "a");
    await end.write(Buffer.from("Z"));
    assert.equal(await files.readText("/a/f"), "XYcdZ");
  });

  it("gives copies, not its own bytes", async () => {
    await files.writeFile("/a/f", "abc");
    (await files.readFile("/a/f"))[0] = 0;
    assert.equal(await files.readText("/a/f"), "abc");
  });

  it("follows links before it goes up", async () => {
    await files.makeDirectory("/x/y");
    await files.writeFile("/x/f", "x");
    await files.symlink("/x/y", "/a/link");
    assert.equal(await files.readText("/a/link/../f"), "x");
    assert.equal(await files.realPath("/a/link"), "/x/y");
    await files.symlink("../x/f", "/a/up");
    assert.equal(await files.readText("/a/up"), "x");
    assert.equal(await files.readText("/../../x/./f"), "x");
  });

  it("tells a loop of links", async () => {
    await files.symlink("/a/two", "/a/one");
    await files.symlink("/a/one", "/a/two");
    await assert.rejects(files.readText("/a/one"), { code: "ELOOP" });
  });

  it("moves directories whole, and a path onto itself not at all", async () => {
    await files.writeFile("/a/b/f", "1");
    await files.rename("/a/b", "/a/b");
    await files.rename("/a", "/z");
    assert.equal(await files.readText("/z/b/f"), "1");
    assert.equal(await files.exists("/a"), false);
    await assert.rejects(files.rename("/z", "/z/b/c"), { code: "EINVAL" });
  });

  it("does not move over what is in the way", async () => {
    await files.makeDirectory("/full/x");
    await files.writeFile("/f", "1");
    await assert.rejects(files.rename("/a", "/full"), { code: "ENOTEMPTY" });
    await assert.rejects(files.rename("/f", "/a"), { code: "EISDIR" });
    await assert.rejects(files.rename("/a", "/f"), { code: "ENOTDIR" });
    await assert.rejects(files.rename("/none", "/g"), { code: "ENOENT" });
  });

  const refusals: [string, string, (on: MemoryFiles) => Promise<unknown>][] = [
    ["reading nothing", "ENOENT", (on) => on.readText("/none")],
    ["reading a directory", "EISDIR", (on) => on.readText("/a")],
    ["writing a directory", "EISDIR", (on) => on.writeFile("/a", "")],
    ["writing without a parent", "ENOENT", (on) => on.writeFile("/none/f", "")],
    ["listing nothing", "ENOENT", (on) => on.list("/none")],
    ["a link over something", "EEXIST", (on) => on.symlink("/x", "/a")],
    ["reading what is no link", "EINVAL", (on) => on.readLink("/a")],
    ["removing a full directory", "ENOTEMPTY", (on) => on.removeDirectory("/a")],
  ];
  for (const [name, code, act] of refusals) {
    it(`refuses ${name} with ${code}`, () => assert.rejects(act(files), { code }));
  }

  it("removes trees, links rather than what they lead to, and nothing without an error", async () => {
    await files.writeFile("/a/b/f", "1");
    await files.symlink("/a", "/link");
    await files.remove("/link");
    assert.equal(await files.exists("/a/b/f"), true);
    await files.remove("/a");
    await files.remove("/a");
    assert.deepEqual(await files.list("/"), []);
  });
});
