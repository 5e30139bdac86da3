import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addon } from "../../../lib/native/addon.js";
import { listenAsServiceManager } from "../../support/commands/serviceManager.js";

describe("notifyServiceManager", () => {
  let directory = "";
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "steersman-notify-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  for (const kind of ["a path", "an abstract name"]) {
    it(`sends from this process itself to ${kind}`, async () => {
      const name = `steersman-notify-${process.pid}`;
      const path = kind === "a path" ? join(directory, "socket") : `@${name}`;
      const manager = await listenAsServiceManager(path);
      try {
        addon.notifyServiceManager(path, "READY=1");
        addon.notifyServiceManager(path, "STOPPING=1");
        assert.equal(await manager.next(), `${process.pid} READY=1`);
        assert.equal(await manager.next(), `${process.pid} STOPPING=1`);
      } finally {
        manager.close();
      }
    });
  }

  it("throws with the path when nothing listens or it is no address", () => {
    const path = join(directory, "none");
    const missing = new RegExp(`^Error: ${path}: .*[Nn]o such file`);
    assert.throws(() => addon.notifyServiceManager(path, "READY=1"), missing);
    assert.throws(() => addon.notifyServiceManager("vsock:2:1", "READY=1"), /^Error: vsock:2:1: /);
  });
});
