import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requirement } from "../../support/clients/requirement.js";
import { type EtcdKind, writeEtcdHistory } from "../../support/history/etcdHistories.js";
import { HistoryChecker } from "../../support/history/historyChecker.js";

const kinds: Record<EtcdKind, string> = {
  etcd: "three members of an etcd",
  "steersman-etcd": "`steersman etcd`",
};

describe("what clients of two kube-apiservers on one etcd see while it all fails", function () {
  this.timeout(600_000);
  const folder = mkdtempSync(join(tmpdir(), "steersman-history-"));
  let checker: HistoryChecker;

  before(async function () {
    checker = await requirement(this, "Go and its modules", () => HistoryChecker.build());
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [kind, name] of Object.entries(kinds) as [EtcdKind, string][]) {
    it(`is in order over REST and gRPC, and watches go on at the other server: ${name}`, async () => {
      const { file, faults } = await writeEtcdHistory(folder, 1, 7, kind);
      assert.equal(new Set(faults).size, 6, "each fault at least once");
      const [verdict] = await checker.check([file]);
      assert.deepEqual(verdict?.problems, []);
      assert.ok((verdict?.changes ?? 0) > 100, JSON.stringify(verdict));
      assert.match(readFileSync(file, "utf8"), /"effect":"unknown"/);
    });
  }
});
