import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { storedConfigMap } from "../../support/storage/storedConfigMap.js";

const program = fileURLToPath(new URL("../../../lib/cmd/bin/steersman.js", import.meta.url));
const count = 40;
/** More than any pipe takes at once. */
const valueBytes = 200_000;

describe("what steersman store prints", () => {
  const folder = temporaryFolder();
  const directory = `${folder.path}/data/store`;
  after(() => folder.remove());
  before(async () => {
    const storage = await openEmbeddedStorage({ directory, clock: nodeClock });
    for (let i = 0; i < count; i += 1) {
      const name = `c${String(i).padStart(3, "0")}`;
      const value = storedConfigMap(name, "x".repeat(valueBytes));
      const key = `/registry/configmaps/default/${name}`;
      await storage.transact({ compare: [], success: [{ type: "put", key, value }] });
    }
    await storage.close();
  });

  /** Exit code and standard error of a command whose output goes to a descriptor or to `read`. */
  const run = (
    args: readonly string[],
    output: number | "pipe",
    read: (stream: Readable) => void = () => undefined,
  ): Promise<{ code: number | null; error: string }> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [program, "store", ...args], {
        stdio: ["ignore", output, "pipe"],
      });
      let error = "";
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        error += text;
      });
      if (child.stdout) read(child.stdout);
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, error }));
    });

  it("comes whole through a pipe", async () => {
    const file = `${folder.path}/export.jsonl`;
    assert.equal((await run(["export", directory, file], "pipe")).code, 0);
    const parts: Buffer[] = [];
    const ended = await run(["export", directory], "pipe", (stream) => {
      stream.on("data", (part: Buffer) => parts.push(part));
    });
    assert.deepEqual(ended, { code: 0, error: "" });
    const piped = Buffer.concat(parts);
    assert.ok(piped.length > count * valueBytes);
    assert.ok(piped.equals(readFileSync(file)));
  });

  it("is no success where it cannot be written", async function () {
    if (!existsSync("/dev/full")) this.skip();
    for (const args of [
      ["export", directory],
      ["stats", directory],
      ["check", directory],
      ["check", directory, "--output", "json"],
    ]) {
      const full = openSync("/dev/full", "w");
      try {
        const { code, error } = await run(args, full);
        assert.equal(code, 1, args.join(" "));
        assert.match(error, /^Error: standard output: ENOSPC: no space left on device.*\n$/);
      } finally {
        closeSync(full);
      }
    }
  });

  it("ends with its reader", async () => {
    const ended = await run(["export", directory], "pipe", (stream) => {
      stream.once("data", () => stream.destroy());
    });
    assert.deepEqual(ended, { code: 1, error: "Error: standard output: write EPIPE\n" });
  });
});
