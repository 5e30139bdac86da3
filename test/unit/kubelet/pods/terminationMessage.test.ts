import assert from "node:assert/strict";
import { runtimeAnnotations } from "../../../../lib/kubelet/pods/podIdentity.js";
import { readTerminationMessage } from "../../../../lib/kubelet/pods/terminationMessage.js";
import { MemoryFiles } from "../../../../lib/platform/virtual/memoryFiles.js";
import { container, exited } from "../../../support/kubelet/kubeletObjects.js";

describe("readTerminationMessage", () => {
  const logPath = "/log";
  const line = (text: string) => `2026-01-01T00:00:00.000000000Z stderr F ${text}\n`;

  async function message(file: string, log: string, exitCode: number, fallback: boolean) {
    const files = new MemoryFiles(() => 0);
    await files.writeFile("/message", file);
    await files.writeFile(logPath, log);
    const policy = fallback ? "FallbackToLogsOnError" : "File";
    const annotations = { [runtimeAnnotations.terminationMessagePolicy]: policy };
    const status = { ...exited(container("main"), exitCode), annotations, logPath };
    return readTerminationMessage(files, "/message", { ...status, message: "runtime's" });
  }

  it("is the end of the file, 4096 bytes at most", async () => {
    assert.equal(await message("DONE", line("x"), 1, true), "DONE");
    assert.equal((await message(`a${"b".repeat(4096)}`, "", 0, false)).length, 4096);
  });

  it("falls back to the log's end only by policy and after an error", async () => {
    assert.equal(await message("", line("one") + line("two"), 1, true), "one\ntwo");
    assert.equal(await message("", line("one"), 0, true), "runtime's");
    assert.equal(await message("", line("one"), 1, false), "runtime's");
  });

  it("takes 80 lines and 2048 bytes of the log at most", async () => {
    const lines = Array.from({ length: 100 }, (_, i) => line(`${i}`)).join("");
    const text = await message("", lines, 1, true);
    assert.deepEqual([text.split("\n").length, text.split("\n").at(-1)], [80, "99"]);
    assert.equal((await message("", line("x".repeat(5000)), 1, true)).length <= 2048, true);
  });
});
