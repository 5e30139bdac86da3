import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requirement } from "../../support/clients/requirement.js";
import { HistoryChecker } from "../../support/history/historyChecker.js";
import { writeServerHistory } from "../../support/history/serverHistories.js";

describe("what clients of a kube-apiserver see while it is killed again and again", function () {
  this.timeout(600_000);
  const folder = mkdtempSync(join(tmpdir(), "steersman-history-"));
  let checker: HistoryChecker;

  before(async function () {
    checker = await requirement(this, "Go and its modules", () => HistoryChecker.build());
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is in order over REST and gRPC, and watches go on at every revision ever seen", async () => {
    const crashes = 6;
    const file = await writeServerHistory(folder, 1, crashes);
    const [verdict] = await checker.check([file]);
    assert.deepEqual(verdict?.problems, []);
    assert.equal(verdict?.eras, crashes + 1);
    assert.ok((verdict?.changes ?? 0) > 20, JSON.stringify(verdict));
    const text = readFileSync(file, "utf8");
    assert.match(text, /"op":"watch".*"color":"(?:red|green)"/);
  });
});
