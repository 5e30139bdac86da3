import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { ApiError } from "../../../lib/api/status.js";
import { ForwardedPort } from "../../../lib/client/streams/forwardedPort.js";
import { streamPair } from "../../../lib/platform/streaming/streamPair.js";

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  let text = "";
  for await (const part of stream) text += String(part);
  return text;
}

describe("a forwarded port", () => {
  const make = () => {
    const [near, far] = streamPair();
    const errors = new PassThrough();
    let closed = 0;
    const port = new ForwardedPort(near, errors, () => {
      closed++;
    });
    return { port, far, errors, closed: () => closed };
  };
  const refused = (error: unknown): boolean =>
    error instanceof ApiError && /connection refused/.test(error.message);

  it("carries both ways, and ends when data and errors have ended", async () => {
    const { port, far, errors, closed } = make();
    port.end("question");
    const [asked] = (await once(far, "data")) as [Buffer];
    assert.equal(String(asked), "question");
    far.end("answer");
    errors.end();
    assert.equal(await textOf(port), "answer");
    if (!port.closed) await once(port, "close");
    assert.equal(closed(), 1);
  });

  for (const dataFirst of [true, false]) {
    it(`rejects with the server's words that come ${dataFirst ? "after" : "before"} the end`, async () => {
      const { port, far, errors } = make();
      const read = textOf(port);
      const outcome = assert.rejects(read, refused);
      if (dataFirst) {
        far.end();
        await new Promise(setImmediate);
      }
      errors.end("dial tcp: connection refused");
      if (!dataFirst) {
        await new Promise(setImmediate);
        far.end();
      }
      await outcome;
    });
  }
});
