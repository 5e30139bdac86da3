import assert from "node:assert/strict";
import { removePodLogLeftovers } from "../../../../lib/kubelet/garbage/podLogLeftovers.js";
import { MemoryFiles } from "../../../../lib/platform/virtual/memoryFiles.js";

describe("removePodLogLeftovers", () => {
  it("removes logs of pods that nobody knows, and links to logs that are gone", async () => {
    const files = new MemoryFiles(() => 0);
    const [pods, links] = ["/var/log/pods", "/var/log/containers"];
    for (const name of ["default_web_kept", "default_web_gone", "other", "a_b_c_d"]) {
      await files.makeDirectory(`${pods}/${name}/main`);
      await files.writeFile(`${pods}/${name}/main/0.log`, "x");
    }
    await files.makeDirectory(links);
    for (const uid of ["kept", "gone"]) {
      await files.symlink(`${pods}/default_web_${uid}/main/0.log`, `${links}/${uid}.log`);
    }
    await files.symlink("/elsewhere/0.log", `${links}/foreign.log`);
    await removePodLogLeftovers({
      files,
      podLogsDirectory: pods,
      containerLogsDirectory: links,
      isKnown: (uid) => uid === "kept",
    });
    assert.deepEqual((await files.list(pods)).sort(), ["a_b_c_d", "default_web_kept", "other"]);
    assert.deepEqual((await files.list(links)).sort(), ["foreign.log", "kept.log"]);
  });
});
