import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSpecReport } from "../../conformance/specReport.js";

describe("the report of the tests' runner", () => {
  const directory = mkdtempSync(join(tmpdir(), "steersman-report-"));
  after(() => rmSync(directory, { recursive: true }));

  function read(specs: object[], names: string[]) {
    const file = join(directory, "report.json");
    writeFileSync(file, JSON.stringify([{ SpecReports: specs }]));
    return Object.fromEntries(readSpecReport(file, names));
  }

  const spec = (LeafNodeText: string, State: string, more: object = {}) => ({
    ...{ ContainerHierarchyTexts: ["[sig-a]", "Pods"], LeafNodeText, State },
    ...{ RunTime: 1_260_000_000, NumAttempts: 1, ...more },
  });
  const failure = (Message: string) => ({
    Failure: { Message, Location: { FileName: "/e2e/pods.go", LineNumber: 7 } },
  });

  it("gives verdicts of the tests that were asked for", () => {
    const specs = [
      spec("pass", "passed"),
      spec("fail", "failed", failure("not\n  so")),
      spec("hang", "interrupted", failure("by the user")),
      spec("decline", "skipped", failure("needs two zones")),
      spec("stay", "skipped", { NumAttempts: 0 }),
      spec("other", "passed"),
    ];
    const names = ["pass", "fail", "hang", "decline", "stay"].map((one) => `[sig-a] Pods ${one}`);
    assert.deepEqual(read(specs, names), {
      "[sig-a] Pods pass": { result: "passed", seconds: 1.3 },
      "[sig-a] Pods fail": { result: "failed", seconds: 1.3, reason: "not so (pods.go:7)" },
      "[sig-a] Pods hang": {
        ...{ result: "failed", seconds: 1.3 },
        reason: "interrupted: by the user (pods.go:7)",
      },
      "[sig-a] Pods decline": {
        result: "not run",
        reason: "skipped: needs two zones (pods.go:7)",
      },
    });
  });

  it("gives none where the process left no report", () => {
    assert.deepEqual([...readSpecReport(join(directory, "none.json"), ["a"])], []);
  });
});
