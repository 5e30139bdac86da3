import assert from "node:assert/strict";
import { MemoryKeeper } from "../../../lib/cmd/steersman/memoryKeeper.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { VirtualClock } from "../../../lib/platform/virtual/virtualClock.js";

const mebibyte = 1024 * 1024;

/** A process that needs so much, and has more. */
class Process {
  needed = 30;
  resident = 30;
  releases = 0;
  readonly clock = new VirtualClock();
  readonly host = {
    ...nodePlatform.host,
    memoryBytes: () => ({ total: 0, free: 0, residentSet: this.resident * mebibyte }),
    releaseMemory: async () => {
      this.releases++;
      this.resident = this.needed;
    },
  };

  /** How often memory was given back meanwhile. */
  async releasesIn(milliseconds: number): Promise<number> {
    const before = this.releases;
    await this.clock.advance(milliseconds);
    return this.releases - before;
  }
}

describe("MemoryKeeper", () => {
  let process: Process;
  let keeper: MemoryKeeper;
  beforeEach(() => {
    process = new Process();
    keeper = new MemoryKeeper(process, silentLogger);
  });
  afterEach(() => keeper.stop());

  it("gives memory back at once while it grows, and lets alone what is little", async () => {
    for (let time = 0; time < 5; time++) {
      process.resident = 60;
      assert.equal(await process.releasesIn(50), 1);
      assert.equal(await process.releasesIn(1_000), 0);
    }
  });

  it("does not try in vain for ever where more is needed", async () => {
    process.needed = 100;
    process.resident = 110;
    assert.equal(await process.releasesIn(10_000), 1);
    process.resident = 107;
    assert.equal(await process.releasesIn(10_000), 0);
    process.resident = 109;
    assert.equal(await process.releasesIn(10_000), 1);
  });

  it("does it once more when all is known, and later when another list has come", async () => {
    process.needed = 100;
    process.resident = 110;
    await process.clock.advance(100);
    process.needed = 50;
    keeper.settle();
    assert.equal(await process.releasesIn(999), 0);
    assert.equal(await process.releasesIn(1), 1);
    assert.equal(await process.releasesIn(60_000), 0);
    process.resident = 80;
    assert.equal(await process.releasesIn(10_000), 1);
  });

  it("does nothing when it has stopped", async () => {
    process.resident = 60;
    keeper.stop();
    assert.equal(await process.releasesIn(60_000), 0);
  });
});
