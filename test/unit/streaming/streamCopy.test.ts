import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { writeAll } from "../../../lib/platform/streaming/streamCopy.js";

/** Is done with a chunk only when it is told to, and is open for reading till the end. */
class SlowStream extends Duplex {
  #done: (() => void) | undefined;

  override _read(): void {}

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    this.#done = done;
  }

  release(): void {
    const taken = this.#done;
    this.#done = undefined;
    taken?.();
  }
}

describe("Writing to a slow stream", () => {
  const written = () => {
    const stream = new SlowStream({ highWaterMark: 4 });
    const slow = writeAll(stream, Buffer.alloc(10));
    assert.ok(slow);
    return { stream, slow };
  };

  it("waits for the reader", async () => {
    const { stream, slow } = written();
    let isReady = false;
    const ready = slow.then(() => {
      isReady = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isReady, false);
    stream.release();
    await ready;
  });

  it("waits no longer than to the end that was asked for meanwhile", async () => {
    const { stream, slow } = written();
    stream.end();
    stream.release();
    await slow;
  });

  it("does not wait for a stream that is gone", async () => {
    const { stream, slow } = written();
    stream.destroy();
    await slow;
  });
});
