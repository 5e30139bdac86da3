import assert from "node:assert/strict";
import { once } from "node:events";
import * as http2 from "node:http2";
import { deflateSync, gzipSync } from "node:zlib";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import {
  RpcCode,
  RpcError,
  type RpcHandler,
  type RpcHandlers,
  type RpcListener,
} from "../../../lib/platform/rpc.js";

const maxMessageBytes = 1_000;

interface Given {
  readonly status: number;
  readonly headers: http2.IncomingHttpHeaders;
  readonly messages: readonly Buffer[];
  readonly trailers: http2.IncomingHttpHeaders;
}

function framed(message: Uint8Array, isCompressed = false): Buffer {
  const head = Buffer.alloc(5);
  head[0] = isCompressed ? 1 : 0;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function messagesOf(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    assert.equal(bytes[at], 0);
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    messages.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return messages;
}

describe("a gRPC listener", () => {
  let listener: RpcListener;
  let session: http2.ClientHttp2Session;
  const aborted: string[] = [];
  const handlers: RpcHandlers = new Map<string, RpcHandler>([
    ["/t.T/Echo", { kind: "unary", handle: async (_, request) => request }],
    [
      "/t.T/Fail",
      {
        kind: "unary",
        handle: async () => {
          throw new RpcError(RpcCode.notFound, "100 % \u00fcber\n", {
            a: "b",
            "c-bin": Uint8Array.of(255),
          });
        },
      },
    ],
    [
      "/t.T/Head",
      {
        kind: "unary",
        handle: async (call, request) => {
          call.sendInitialMetadata({ one: "1", "two-bin": Uint8Array.of(2) });
          return request;
        },
      },
    ],
    [
      "/t.T/Wait",
      {
        kind: "serverStream",
        handle: async (call, request, send) => {
          await send(request);
          await new Promise<void>((resolve) => {
            call.signal.addEventListener("abort", () => resolve(), { once: true });
          });
          aborted.push(String(call.metadata.name));
        },
      },
    ],
  ]);

  before(async () => {
    const at = { address: "127.0.0.1", port: 0 };
    listener = await nodePlatform.network.listenRpc({ ...at, handlers, maxMessageBytes });
    session = http2.connect(`http://127.0.0.1:${listener.port}`);
  });
  after(async () => {
    session.destroy();
    await listener.close();
  });

  function open(path: string, more: http2.OutgoingHttpHeaders = {}): http2.ClientHttp2Stream {
    const own = { "content-type": "application/grpc", te: "trailers" };
    return session.request({ ":method": "POST", ":path": path, ...own, ...more });
  }

  async function call(
    path: string,
    body: Uint8Array,
    more: http2.OutgoingHttpHeaders = {},
  ): Promise<Given> {
    const stream = open(path, more);
    let trailers: http2.IncomingHttpHeaders = {};
    stream.on("trailers", (given: http2.IncomingHttpHeaders) => {
      trailers = given;
    });
    stream.end(body);
    const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    const bytes = Buffer.concat(parts);
    const status = Number(headers[":status"]);
    return { status, headers, trailers, messages: status === 200 ? messagesOf(bytes) : [] };
  }

  const some = Buffer.from("some");

  it("gives the message, and the status as trailers", async () => {
    const { headers, messages, trailers } = await call("/t.T/Echo", framed(some));
    assert.equal(headers["content-type"], "application/grpc+proto");
    assert.deepEqual(messages, [some]);
    assert.equal(trailers["grpc-status"], "0");
    assert.equal(trailers["grpc-message"], undefined);
  });

  it("takes messages that are compressed, as large as others", async () => {
    for (const [encoding, bytes, status] of [
      ["gzip", gzipSync(some), "0"],
      ["deflate", deflateSync(some), "0"],
      ["gzip", some, "13"],
      ["br", some, "12"],
      ["identity", some, "13"],
      ["gzip", gzipSync(Buffer.alloc(maxMessageBytes + 1)), "8"],
    ] as const) {
      const more = { "grpc-encoding": encoding };
      const { messages, trailers } = await call("/t.T/Echo", framed(bytes, true), more);
      assert.equal(trailers["grpc-status"], status, encoding);
      assert.deepEqual(messages, status === "0" ? [some] : []);
    }
  });

  it("says what is wrong with a call", async () => {
    for (const [path, body, more, status] of [
      ["/t.T/None", framed(some), {}, "12"],
      ["/t.T/Echo", Buffer.alloc(0), {}, "13"],
      ["/t.T/Echo", framed(some).subarray(0, 7), {}, "13"],
      ["/t.T/Echo", Buffer.concat([framed(some), framed(some)]), {}, "13"],
      ["/t.T/Echo", framed(Buffer.alloc(maxMessageBytes + 1)), {}, "8"],
      ["/t.T/Echo", framed(Buffer.alloc(10 * maxMessageBytes)), {}, "8"],
      ["/t.T/Echo", framed(some), { "grpc-timeout": "soon" }, "13"],
      ["/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", framed(some), {}, "12"],
    ] as const) {
      const { status: http, trailers } = await call(path, body, more);
      assert.deepEqual([http, trailers["grpc-status"]], [200, status], `${path} ${body.length}`);
      assert.notEqual(trailers["grpc-message"], undefined);
    }
  });

  it("serves nothing but gRPC", async () => {
    for (const more of [{ "content-type": "application/json" }, { ":method": "PUT" }]) {
      assert.equal((await call("/t.T/Echo", Buffer.alloc(0), more)).status, 415);
    }
  });

  it("encodes a status' text and metadata", async () => {
    const { trailers } = await call("/t.T/Fail", framed(some));
    assert.equal(trailers["grpc-status"], "5");
    assert.equal(trailers["grpc-message"], "100 %25 %C3%BCber%0A");
    assert.equal(trailers.a, "b");
    assert.equal(trailers["c-bin"], "/w==");
  });

  it("sends metadata before the message", async () => {
    const { headers, messages } = await call("/t.T/Head", framed(some));
    assert.deepEqual([headers.one, headers["two-bin"]], ["1", "Ag=="]);
    assert.deepEqual(messages, [some]);
  });

  it("ends a call at its deadline, and tells its handler", async () => {
    const more = { "grpc-timeout": "30m", name: "late" };
    const { messages, trailers } = await call("/t.T/Wait", framed(some), more);
    assert.deepEqual(messages, [some]);
    assert.equal(trailers["grpc-status"], "4");
    assert.deepEqual(aborted.splice(0), ["late"]);
  });

  it("tells a handler that its client has gone", async () => {
    const stream = open("/t.T/Wait", { name: "gone" });
    stream.end(framed(some));
    await once(stream, "data");
    stream.close(http2.constants.NGHTTP2_CANCEL);
    while (aborted.length === 0) await call("/t.T/Echo", framed(some));
    assert.deepEqual(aborted.splice(0), ["gone"]);
  });
});
