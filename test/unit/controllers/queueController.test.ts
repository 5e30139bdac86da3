import assert from "node:assert/strict";
import type { ControllerContext } from "../../../lib/controllers/controllerContext.js";
import { QueueController } from "../../../lib/controllers/queueController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

/** Its syncs never end by themselves. */
class Busy extends QueueController {
  readonly begun: string[] = [];

  constructor(context: ControllerContext) {
    super("busy-controller", context, { workers: 2 });
    for (const key of ["a", "b", "c", "d", "e"]) this.queue.add(key);
  }

  protected sync(key: string, signal: AbortSignal): Promise<void> {
    this.begun.push(key);
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}

describe("QueueController", () => {
  let harness: ControllerHarness;

  beforeEach(() => {
    harness = new ControllerHarness({ transport: "rpc" });
  });
  afterEach(() => harness.stop());

  it("works on as many keys at once as it is told, else on its own number", async () => {
    const usual = new Busy(harness.context({ concurrentSyncs: { "other-controller": 4 } }));
    const told = new Busy(harness.context({ concurrentSyncs: { "busy-controller": 3 } }));
    await harness.start(usual, told);
    assert.deepEqual(usual.begun, ["a", "b"]);
    assert.deepEqual(told.begun, ["a", "b", "c"]);
  });
});
