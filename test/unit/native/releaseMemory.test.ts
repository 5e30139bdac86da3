import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { addon } from "../../../lib/native/addon.js";

/** Pages of files that this process has in memory. */
function residentFileKibibytes(): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(/^RssFile:\s+(\d+)/m.exec(status)?.[1]);
}

describe("releaseMemory", () => {
  it("gives back code and constants of Node, which goes on with what it needs of them", () => {
    const before = residentFileKibibytes();
    addon.releaseMemory();
    const after = residentFileKibibytes();
    assert.ok(after < before / 3, `${before} KiB, then ${after} KiB`);
    assert.equal(new Intl.NumberFormat("de").format(1234.5), "1.234,5");
    assert.equal(JSON.stringify(/(?<a>b)/u.exec("b")?.groups), '{"a":"b"}');
    assert.ok(residentFileKibibytes() > after);
  });
});
