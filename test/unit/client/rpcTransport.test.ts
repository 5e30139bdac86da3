import assert from "node:assert/strict";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { WireWriter } from "../../../lib/api/wire.js";
import { RpcTransport } from "../../../lib/client/rpc/rpcTransport.js";
import type { ApiCall } from "../../../lib/client/transport.js";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import type { RpcChannel } from "../../../lib/platform/rpc.js";

const call: ApiCall = {
  verb: "watch",
  type: {
    group: "example.com",
    version: "v1",
    resource: "things",
    kind: "Thing",
    namespaced: true,
  },
  namespace: "default",
  name: "",
  subresource: "",
  parameters: {},
};

function batchOf(bytes: number): Uint8Array {
  const object = JSON.stringify({ text: "v".repeat(bytes) });
  const event = new WireWriter().string(1, "ADDED").string(2, object).finish();
  return new WireWriter().bytes(1, event).finish();
}

/** A channel whose streams have one message each. */
function channelOf(message: Uint8Array): RpcChannel {
  return {
    unary: () => Promise.reject(new Error("not asked")),
    async *serverStream() {
      yield await Promise.resolve(message);
    },
    close: () => undefined,
  };
}

/** In how many turns of the event loop so many watches read the same message. */
async function turnsOf(message: Uint8Array, watches: number): Promise<number> {
  const channel = channelOf(message);
  const transport = new RpcTransport({
    channel,
    codec: nativeCodec,
    server: "test",
    clock: nodeClock,
  });
  let [turn, isDone] = [0, false];
  const count = (): void => {
    turn += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const seen = new Set<number>();
  const read = async (): Promise<void> => {
    for await (const frames of transport.watch(call)) {
      assert.equal(frames[0]?.type, "ADDED");
      seen.add(turn);
    }
  };
  await Promise.all(Array.from({ length: watches }, read));
  isDone = true;
  return seen.size;
}

describe("watches over gRPC", () => {
  it("read long events each in a turn of the event loop, and short ones at once", async () => {
    assert.equal(await turnsOf(batchOf(10), 4), 1);
    assert.equal(await turnsOf(batchOf(100_000), 4), 4);
  });
});
