import assert from "node:assert/strict";
import { once } from "node:events";
import { Duplex } from "node:stream";
import { constants, createDeflate } from "node:zlib";
import { SpdyConnection } from "../../../lib/platform/streaming/spdyConnection.js";
import {
  SpdyHeaderReader,
  SpdyHeaderWriter,
  spdyDictionary,
} from "../../../lib/platform/streaming/spdyHeaders.js";
import type { SpdyStream } from "../../../lib/platform/streaming/spdyStream.js";
import { piecesOf } from "../../../lib/platform/streaming/streamCopy.js";
import { streamPair } from "../../../lib/platform/streaming/streamPair.js";
import { SeededRandom } from "../../../lib/platform/virtual/seededRandom.js";

async function textOf(stream: SpdyStream): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of piecesOf(stream)) parts.push(part);
  return Buffer.concat(parts).toString();
}

function connected(onStream: (stream: SpdyStream) => void) {
  const [near, far] = streamPair();
  const client = new SpdyConnection(near, { role: "client" });
  const server = new SpdyConnection(far, { role: "server", onStream });
  return { client, server, near, far };
}

function dataFrame(id: number, length: number, isLast = false): Buffer {
  const frame = Buffer.alloc(8 + length, "x");
  frame.writeUInt32BE(id, 0);
  frame.writeUInt32BE(length, 4);
  frame[4] = isLast ? 1 : 0;
  return frame;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("SPDY/3.1", () => {
  it("cuts a peer that has it say ever more and takes nothing", async () => {
    const socket = new Duplex({ read: () => undefined, write: () => undefined });
    const connection = new SpdyConnection(socket, { role: "server" });
    const ping = Buffer.from([0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1]);
    for (let at = 0; at < 40_000; at += 1) socket.push(ping);
    await connection.closed;
    assert.ok(connection.isClosed && socket.writableLength < 300_000, `${socket.writableLength}`);
  });

  it("reads header blocks that zlib compressed as one stream", async () => {
    const deflate = createDeflate({ dictionary: spdyDictionary });
    const reader = new SpdyHeaderReader();
    const compress = async (headers: Record<string, string>): Promise<Buffer> => {
      const parts = Object.entries(headers).flatMap(([name, value]) =>
        [name, value].map((text) => {
          const bytes = Buffer.from(text);
          const length = Buffer.alloc(4);
          length.writeUInt32BE(bytes.length);
          return Buffer.concat([length, bytes]);
        }),
      );
      const count = Buffer.alloc(4);
      count.writeUInt32BE(Object.keys(headers).length);
      const chunks: Buffer[] = [];
      deflate.on("data", (chunk: Buffer) => chunks.push(chunk));
      deflate.write(Buffer.concat([count, ...parts]));
      await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
      deflate.removeAllListeners("data");
      return Buffer.concat(chunks);
    };
    for (let index = 0; index < 200; index++) {
      const headers = { streamtype: "data", port: "8080", requestid: String(index) };
      assert.deepEqual(reader.read(await compress(headers)), headers);
    }
  });

  it("writes header blocks that its reader reads", () => {
    const [writer, reader] = [new SpdyHeaderWriter(), new SpdyHeaderReader()];
    for (let index = 0; index < 2_000; index++) {
      const headers = { streamtype: "stdout", many: ["a", "b"], id: String(index) };
      assert.deepEqual(reader.read(writer.write(headers)), headers);
    }
  });

  it("carries streams both ways, each direction ending by itself", async () => {
    const { client } = connected((stream) => {
      stream.accept({ ok: "yes" });
      textOf(stream).then((text) => stream.end(`${stream.header("streamtype")}: ${text}`));
    });
    const texts = ["one", "two", "three"].map(async (name) => {
      const stream = client.open({ streamtype: name });
      assert.deepEqual(await stream.reply, { ok: "yes" });
      stream.write("hello ");
      stream.end("there");
      return textOf(stream);
    });
    assert.deepEqual(await Promise.all(texts), [
      "one: hello there",
      "two: hello there",
      "three: hello there",
    ]);
    client.close();
    await client.closed;
  });

  it("holds a sender back while the reader stands still", async () => {
    let received: SpdyStream | undefined;
    const { client, near } = connected((stream) => {
      received = stream;
      stream.accept();
    });
    const stream = client.open({ streamtype: "data" });
    await stream.reply;
    const total = 4 * 1024 * 1024;
    let sent = 0;
    const chunk = Buffer.alloc(32 * 1024, "x");
    const sending = (async () => {
      for (; sent < total; sent += chunk.length) {
        if (!stream.write(chunk)) await once(stream, "drain");
      }
      stream.end();
    })();
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(near.written < 512 * 1024, `${near.written} bytes went out to nobody`);
    assert.equal((await textOf(received as SpdyStream)).length, total);
    await sending;
  });

  it("reads on after a stream that ended while its reader was slow", async () => {
    const [near, far] = streamPair();
    const client = new SpdyConnection(near, { role: "client" });
    const [output, status] = [client.open({ n: "1" }), client.open({ n: "2" })];
    // In one piece, as a runtime's last output and its end may come.
    far.write(Buffer.concat([dataFrame(1, 70_000), dataFrame(1, 0, true)]));
    far.write(Buffer.concat([dataFrame(3, 10), dataFrame(3, 0, true)]));
    const texts = await Promise.all([textOf(output), textOf(status)]);
    assert.deepEqual(
      texts.map((text) => text.length),
      [70_000, 10],
    );
  });

  it("loses nothing, however the bytes are cut and however slow the readers are", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new SeededRandom(seed);
      const [near, far] = streamPair();
      const client = new SpdyConnection(near, { role: "client" });
      const streams = [1, 2, 3].map((n) => client.open({ n: String(n) }));
      const expected = streams.map(() => 0);
      const frames: Buffer[] = [];
      for (const open = streams.map((_, index) => index); open.length > 0; ) {
        const index = open[random.below(open.length)] as number;
        const id = (streams[index] as SpdyStream).id;
        const isLast = random.float() < 0.15;
        const length = random.float() < 0.2 ? 0 : random.below(90_000);
        expected[index] = (expected[index] as number) + length;
        frames.push(dataFrame(id, length, isLast));
        if (isLast) open.splice(open.indexOf(index), 1);
      }
      const reading = streams.map(async (stream) => {
        let length = 0;
        for await (const part of piecesOf(stream)) {
          length += part.length;
          for (let turns = random.below(4); turns > 0; turns--) await turn();
        }
        return length;
      });
      let bytes = Buffer.concat(frames);
      while (bytes.length > 0) {
        const length = 1 + random.below(100_000);
        far.write(bytes.subarray(0, length));
        bytes = bytes.subarray(length);
        if (random.float() < 0.3) await turn();
      }
      assert.deepEqual(await Promise.all(reading), expected, `seed ${seed}`);
      client.close();
    }
  });

  it("keeps to the windows of a peer that has some", async () => {
    const [near, far] = streamPair();
    const client = new SpdyConnection(near, { role: "client" });
    const stream = client.open({ streamtype: "data" });
    let dataBytes = 0;
    far.on("data", (bytes: Buffer) => {
      dataBytes += bytes.length;
    });
    const update = (id: number, delta: number): void => {
      const frame = Buffer.from([0x80, 3, 0, 9, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
      frame.writeUInt32BE(id, 8);
      frame.writeUInt32BE(delta, 12);
      far.write(frame);
    };
    update(0, 0);
    await new Promise((resolve) => setImmediate(resolve));
    stream.end(Buffer.alloc(200_000));
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(dataBytes < 66_000, `${dataBytes} bytes past a window of 65536`);
    update(0, 200_000);
    update(1, 200_000);
    await once(stream, "finish");
    assert.ok(dataBytes > 200_000);
  });

  it("answers pings, and closes on nonsense", async () => {
    const [near, far] = streamPair();
    const client = new SpdyConnection(near, { role: "client" });
    const ping = Buffer.from([0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 2]);
    let answer = Buffer.alloc(0);
    far.on("data", (bytes: Buffer) => {
      answer = Buffer.concat([answer, bytes]);
    });
    far.write(ping);
    // The first data are the settings and the window that it begins with.
    while (answer.length < 36 + ping.length) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(answer.subarray(36), ping);
    far.write(Buffer.from([0x80, 9, 0, 1, 0, 0, 0, 0]));
    await client.closed;
  });

  it("takes a reset as the end, and a lost connection as an error", async () => {
    const opened: SpdyStream[] = [];
    const { client, far } = connected((stream) => {
      opened.push(stream);
      stream.accept();
    });
    const [reset, lost] = [client.open({ n: "1" }), client.open({ n: "2" })];
    await Promise.all([reset.reply, lost.reply]);
    opened[0]?.write("last words");
    await new Promise((resolve) => setImmediate(resolve));
    opened[0]?.destroy();
    assert.equal(await textOf(reset), "last words");
    const failed = textOf(lost);
    far.destroy();
    await assert.rejects(failed);
  });
});
