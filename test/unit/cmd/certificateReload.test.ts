import assert from "node:assert/strict";
import { CertificateReload } from "../../../lib/cmd/certificateReload.js";
import { type Logger, silentLogger } from "../../../lib/platform/logger.js";
import { MemoryFiles } from "../../../lib/platform/virtual/memoryFiles.js";
import { VirtualClock } from "../../../lib/platform/virtual/virtualClock.js";

describe("certificates in files", () => {
  const clock = new VirtualClock();
  const files = new MemoryFiles(() => clock.now());
  const lines: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    info: (message) => lines.push(message),
    warning: (message) => lines.push(message),
  };
  let applied: string[] = [];
  let isGood = true;
  let reload: CertificateReload;

  beforeEach(async () => {
    applied = [];
    lines.splice(0);
    isGood = true;
    await files.makeDirectory("/tls");
    await files.writeFile("/tls/cert", "a");
    await files.writeFile("/tls/key", "a");
    reload = new CertificateReload({
      ...{ platform: { clock, files }, logger, paths: ["/tls/cert", "", "/tls/key"] },
      apply: async () => {
        const pair = (await files.readText("/tls/cert")) + (await files.readText("/tls/key"));
        if (!isGood) throw new Error("no good");
        applied.push(pair);
      },
    });
    await reload.start();
  });
  afterEach(() => reload.stop());

  it("are used within a minute of their change, once", async () => {
    await clock.advance(300_000);
    assert.deepEqual(applied, []);
    await files.writeFile("/tls/cert", "b");
    await clock.advance(60_000);
    assert.deepEqual(applied, ["ba"]);
    await files.remove("/tls/key");
    await files.writeFile("/tls/key", "b");
    await clock.advance(60_000);
    assert.deepEqual(applied, ["ba", "bb"]);
    assert.equal(lines.length, 2);
  });

  it("are tried again until they fit, with one line in the log", async () => {
    isGood = false;
    await files.writeFile("/tls/cert", "b");
    await clock.advance(120_000);
    assert.deepEqual([applied.length, lines.length], [0, 1]);
    isGood = true;
    await clock.advance(60_000);
    assert.deepEqual(applied, ["ba"]);
  });

  it("are looked at now and then although no file shows that they end", async () => {
    await clock.advance(7 * 3600 * 1000);
    assert.deepEqual([applied, lines], [["aa"], []]);
  });

  it("are left alone after the end", async () => {
    reload.stop();
    await files.writeFile("/tls/cert", "b");
    await clock.advance(120_000);
    assert.deepEqual(applied, []);
  });
});
