import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const mostBytes = 600 * 1024;
const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/;

describe("the API reference", function () {
  this.timeout(600_000);

  it("is what the declarations give, where every exported name is documented", async function () {
    const args = [`${root}packaging/apiReference.mjs`, "--check"];
    const said = await new Promise<string>((resolve) => {
      execFile(process.execPath, args, (error, stdout, stderr) => {
        resolve(error === null ? "" : `${stdout}${stderr}`);
      });
    });
    if (unreachable.test(said)) {
      process.stdout.write("  skipped: the npm registry cannot be reached\n");
      this.skip();
    }
    assert.equal(said, "");
  });

  it("is of a size that people read", () => {
    assert.ok(statSync(`${root}docs/api/README.md`).size < mostBytes);
  });
});
