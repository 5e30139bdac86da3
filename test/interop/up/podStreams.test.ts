import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { skipBecause } from "../../support/nodes/skipBecause.js";
import { webImageArchive } from "../../support/nodes/testImages.js";
import { type Traces, UpRig, upWebImage, whyNoUp } from "../../support/nodes/upRig.js";

const program = fileURLToPath(new URL("../../support/nodes/podStreamsProgram.js", import.meta.url));

describe("a real pod's streams, by the package's own client", function () {
  this.timeout(600_000);
  let rig: UpRig;
  let clean: Traces;
  let said = "";

  before(async function () {
    skipBecause(this, whyNoUp());
    rig = await UpRig.make();
    clean = rig.traces();
    const archive = join(rig.directory, "web.tar");
    writeFileSync(archive, webImageArchive(upWebImage));
    said = rig.inside(process.execPath, program, rig.dataDirectory, archive, upWebImage);
  });

  after(async () => {
    await rig?.close();
  });

  for (const way of ["in process", "REST", "gRPC"]) {
    it(`are exec, attach, logs and forwarded ports ${way === "in process" ? way : `over ${way}`}`, () => {
      const checks = said.split("\n").filter((line) => line.startsWith(`${way}: `));
      assert.equal(checks.length, 11, said);
    });
  }

  it("leave nothing behind", () => {
    assert.deepEqual(rig.traces(), clean);
  });
});
