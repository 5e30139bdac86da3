import assert from "node:assert/strict";
import { once } from "node:events";
import * as http2 from "node:http2";
import { MessageReader } from "../../../lib/platform/node/front/rpcMessages.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { RpcCode, RpcError, type RpcHandler, type RpcListener } from "../../../lib/platform/rpc.js";

function framed(message: string, flag = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, Buffer.from(message)]);
}

describe("faults of gRPC calls", () => {
  let listener: RpcListener;
  let session: http2.ClientHttp2Session;
  const handlers = new Map<string, RpcHandler>([
    ["/t.T/Echo", { kind: "unary", handle: async (_, request) => request }],
    [
      "/t.T/Fail",
      {
        kind: "unary",
        handle: async () => {
          throw new RpcError(RpcCode.notFound, "x", { a: "b\nc" });
        },
      },
    ],
  ]);
  before(async () => {
    listener = await nodePlatform.network.listenRpc({ address: "127.0.0.1", port: 0, handlers });
    session = http2.connect(`http://127.0.0.1:${listener.port}`);
  });
  after(async () => {
    session.destroy();
    await listener.close();
  });

  async function status(
    path: string,
    body: Buffer,
    more: http2.OutgoingHttpHeaders = {},
    isEnded = true,
  ): Promise<string> {
    const own = { "content-type": "application/grpc", te: "trailers" };
    const stream = session.request({ ":method": "POST", ":path": path, ...own, ...more });
    stream.on("error", () => undefined);
    stream.resume();
    if (isEnded) stream.end(body);
    else stream.write(body);
    // Where there is nothing else, the head has it.
    const [head] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    let given = head;
    if (head["grpc-status"] === undefined) {
      [given] = (await once(stream, "trailers")) as [http2.IncomingHttpHeaders];
    }
    stream.close();
    return String(given["grpc-status"]);
  }

  it("a deadline passes also while the request is on its way", async () => {
    const late = await status("/t.T/Echo", framed("hi", 0, 50), { "grpc-timeout": "200m" }, false);
    assert.equal(late, String(RpcCode.deadlineExceeded));
  });

  it("compressed by no encoding is INTERNAL, as is a flag that is none", async () => {
    for (const flag of [1, 2]) {
      assert.equal(await status("/t.T/Echo", framed("hi", flag)), String(RpcCode.internal));
    }
  });

  it("an encoding that is not known is UNIMPLEMENTED whatever the message says", async () => {
    const given = await status("/t.T/Echo", framed("hi"), { "grpc-encoding": "snappy" });
    assert.equal(given, String(RpcCode.unimplemented));
  });

  it("a status that cannot be sent ends the call all the same", async () => {
    let rejected: unknown;
    const note = (error: unknown): void => {
      rejected = error;
    };
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", note);
    const given = await status("/t.T/Fail", framed("hi"));
    process.off("unhandledRejection", note);
    for (const other of others) process.on("unhandledRejection", other);
    assert.equal(rejected, undefined, String(rejected));
    assert.equal(given, String(RpcCode.internal));
  });

  it("messages are read however they are cut", async () => {
    const reader = new MessageReader(100, "identity");
    const all = Buffer.concat([framed("first"), framed(""), framed("third")]);
    const read: string[] = [];
    for (const byte of all) {
      reader.push(Uint8Array.of(byte));
      const message = await reader.next();
      if (message !== undefined) read.push(Buffer.from(message).toString());
    }
    assert.deepEqual(read, ["first", "", "third"]);
    assert.ok(reader.isEmpty);
    reader.push(all);
    for (const expected of read) {
      assert.equal(Buffer.from((await reader.next()) ?? []).toString(), expected);
    }
  });

  it("calls that run when the server stops are told so", async () => {
    const waiting: RpcHandler = {
      kind: "serverStream",
      handle: async (call, request, send) => {
        await send(request);
        await once(call.signal, "abort");
      },
    };
    const at = { address: "127.0.0.1", port: 0 };
    const own = await nodePlatform.network.listenRpc({
      ...at,
      handlers: new Map([["/t.T/Wait", waiting]]),
    });
    const client = http2.connect(`http://127.0.0.1:${own.port}`);
    const head = { ":method": "POST", ":path": "/t.T/Wait", "content-type": "application/grpc" };
    const stream = client.request(head);
    stream.end(framed("hi"));
    await once(stream, "data");
    const ended = once(stream, "trailers") as Promise<[http2.IncomingHttpHeaders]>;
    await own.close();
    const [trailers] = await ended;
    assert.equal(trailers["grpc-status"], String(RpcCode.unavailable));
    client.destroy();
  });
});
