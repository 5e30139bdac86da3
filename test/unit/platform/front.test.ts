import assert from "node:assert/strict";
import { once } from "node:events";
import * as http2 from "node:http2";
import * as https from "node:https";
import * as net from "node:net";
import * as tlsModule from "node:tls";
import { createAuthority, issue, openAuthority } from "../../../lib/api/pki/certificates.js";
import type { HttpListener, HttpListenOptions } from "../../../lib/platform/network.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const { network } = nodePlatform;
const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };

describe("the HTTP listener", () => {
  let tls: { certificate: string; key: string };
  const closers: (() => unknown)[] = [];
  before(async () => {
    const authority = await openAuthority(await createAuthority({ commonName: "ca" }, validity));
    const names = { dns: ["localhost"], ips: ["127.0.0.1"] };
    tls = await issue(authority, { commonName: "server" }, ["server"], names, validity);
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function listen(options: Partial<HttpListenOptions>): Promise<HttpListener> {
    const listener = await network.listenHttp({
      ...{ address: "127.0.0.1", port: 0 },
      onRequest: (_request, response) => response.send(200, {}, "ok"),
      ...options,
    });
    closers.push(() => listener.close());
    return listener;
  }

  /** What a server sends for these bytes until it ends the connection. */
  async function received(port: number, ...parts: readonly string[]): Promise<string> {
    const socket = net.connect(port, "127.0.0.1");
    closers.push(() => socket.destroy());
    socket.on("error", () => undefined);
    for (const part of parts) socket.write(part);
    let all = "";
    socket.on("data", (bytes) => {
      all += String(bytes);
    });
    await once(socket, "close");
    return all;
  }

  async function session(port: number): Promise<http2.ClientHttp2Session> {
    const client = http2.connect(`https://localhost:${port}`, { rejectUnauthorized: false });
    closers.push(() => client.destroy());
    client.on("error", () => undefined);
    await once(client, "connect");
    return client;
  }

  const collectBodies = { maxBytes: 1000, exceptPaths: ["/x/*/proxy"] };

  it("cuts heads and bodies that do not come, and connections without a request", async () => {
    let requests = 0;
    const { port } = await listen({
      collectBodies,
      limits: { headMilliseconds: 50, bodyIdleMilliseconds: 50, idleMilliseconds: 50 },
      onRequest: (_request, response) => {
        requests += 1;
        response.send(200, {}, "ok");
      },
    });
    assert.match(await received(port, "GET / HT"), /^HTTP\/1\.1 408 /);
    assert.equal(await received(port), "");
    const post = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n";
    assert.match(await received(port, `${post}123`), /^HTTP\/1\.1 408 /);
    assert.equal(requests, 0);
    assert.match(await received(port, `${post}123456789`), /^HTTP\/1\.1 200 OK.*\r\n\r\nok$/s);
    assert.equal(requests, 1);
  });

  it("hands over a request with its whole body, or at once where paths say so", async () => {
    const { port } = await listen({
      collectBodies,
      onRequest: (request, response) => {
        if (request.target.endsWith("/proxy")) {
          response.start(200, {});
          request.body.on("data", (bytes: Buffer) => response.write(bytes));
          request.body.on("end", () => response.end());
          return;
        }
        Promise.resolve(request.readBody(1000)).then(
          (body) => response.send(200, {}, body),
          (error: { code: string }) => response.send(413, {}, error.code),
        );
      },
    });
    const chunks = "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    const head = (path: string, more: string) =>
      `POST ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${more}\r\n\r\n`;
    const chunked = "transfer-encoding: chunked";
    assert.match(await received(port, head("/", chunked), chunks), /\r\n\r\nabcde$/);
    assert.match(
      await received(port, head("/", "content-length: 1001")),
      /^HTTP\/1.1 413 .*BODY_TOO_LARGE$/s,
    );
    const long = `${(1001).toString(16)}\r\n${"x".repeat(1001)}\r\n0\r\n\r\n`;
    assert.match(await received(port, head("/", chunked), long), /^HTTP\/1.1 413 /);
    // Its response begins before its body is there.
    const socket = net.connect(port, "127.0.0.1");
    closers.push(() => socket.destroy());
    socket.write(head("/x/y/proxy", chunked));
    assert.match(String((await once(socket, "data"))[0]), /^HTTP\/1.1 200 OK/);
    socket.write("1\r\na\r\n");
    assert.equal(String((await once(socket, "data"))[0]), "1\r\na\r\n");
    socket.write("0\r\n\r\n");
    assert.equal(String((await once(socket, "data"))[0]), "0\r\n\r\n");
  });

  it("answers requests that come together in their order", async () => {
    const pending: (() => void)[] = [];
    const { port } = await listen({
      onRequest: ({ target }, response) => {
        pending.push(() => response.send(200, {}, target));
        setImmediate(() => pending.shift()?.());
      },
    });
    const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nhost: a\r\n${more}\r\n`;
    const all = await received(port, get("/a") + get("/b") + get("/c", "connection: close\r\n"));
    assert.deepEqual(all.match(/\/[abc]$|\/[abc](?=HTTP)/gm), ["/a", "/b", "/c"]);
  });

  it("carries bodies of more than a TLS record whole, on many connections at once", async () => {
    const { port } = await listen({
      tls,
      onRequest: (request, response) => {
        Promise.resolve(request.readBody(1 << 20)).then(
          (body) => response.send(200, {}, body),
          () => response.abort(),
        );
      },
    });
    const agent = new https.Agent({ keepAlive: true, maxSockets: 32, rejectUnauthorized: false });
    closers.push(() => agent.destroy());
    const echo = async (number: number): Promise<void> => {
      const body = Buffer.alloc(16_000 + number * 211, number);
      const request = https.request({
        port,
        agent,
        method: "PUT",
        headers: { "content-length": body.length },
      });
      request.end(body);
      const [response] = await once(request, "response");
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part as Buffer);
      assert.ok(Buffer.concat(parts).equals(body), `${number}`);
    };
    await Promise.all(Array.from({ length: 300 }, (_, number) => echo(number)));
  });

  it("makes the writer wait for a reader that does not read, and cuts a response in the end", async () => {
    let written = 0;
    const gone: Promise<void>[] = [];
    const { port } = await listen({
      limits: { responseStallMilliseconds: 100 },
      onRequest: (request, response) => {
        const piece = Buffer.alloc(32 * 1024);
        const total = 1 << 30;
        response.start(200, { "content-length": String(total) });
        gone.push(
          new Promise((resolve) => request.signal.addEventListener("abort", () => resolve())),
        );
        const write = (): void => {
          while (response.write(piece)) written += piece.length;
          written += piece.length;
          response.onDrain(write);
        };
        write();
      },
    });
    const socket = net.connect(port, "127.0.0.1");
    closers.push(() => socket.destroy());
    socket.on("error", () => undefined);
    socket.pause();
    socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    while (gone.length === 0) await new Promise(setImmediate);
    await gone[0];
    // What the kernel keeps, and no more than two marks here.
    assert.ok(written < 16 * 1024 * 1024, `${written}`);
  });

  it("keeps a connection whose 2,000 streams were cancelled after their responses began", async () => {
    const { port } = await listen({
      tls,
      onRequest: (request, response) => {
        if (request.target === "/") response.send(200, {}, "ok");
        else response.start(200, {});
      },
    });
    const client = await session(port);
    for (let round = 0; round < 8; round += 1) {
      const streams = Array.from({ length: 250 }, () => client.request({ ":path": "/watch" }));
      await Promise.all(streams.map((stream) => once(stream, "response")));
      const closed = streams.map((stream) => once(stream, "close"));
      for (const stream of streams) stream.close(http2.constants.NGHTTP2_CANCEL);
      await Promise.all(closed);
    }
    const [head] = await once(client.request({ ":path": "/" }), "response");
    assert.equal(head[":status"], 200);
    assert.equal(client.closed, false);
  });

  it("ends a connection whose streams are reset before their responses, beyond a budget", async () => {
    const { port } = await listen({ tls, limits: { maxResets: 20 }, onRequest: () => undefined });
    const client = await session(port);
    const goaway = once(client, "goaway");
    for (let at = 0; at < 60; at += 1) {
      const stream = client.request({ ":path": "/" });
      stream.on("error", () => undefined);
      stream.close(http2.constants.NGHTTP2_CANCEL);
    }
    assert.equal((await goaway)[0], http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
  });

  /** A connection on which frames are written by hand, after its preface. */
  async function framed(port: number): Promise<tlsModule.TLSSocket> {
    const socket = tlsModule.connect({ port, rejectUnauthorized: false, ALPNProtocols: ["h2"] });
    closers.push(() => socket.destroy());
    socket.on("error", () => undefined);
    await once(socket, "secureConnect");
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    socket.write(frame(4, 0, 0));
    return socket;
  }

  function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  }

  it("ends a connection whose head never ends, in however many frames", async () => {
    const { port } = await listen({ tls });
    const socket = await framed(port);
    socket.resume();
    const closed = once(socket, "close");
    socket.write(frame(1, 0, 1, Buffer.from([0x82])));
    const more = frame(9, 0, 1, Buffer.from("0001610162".repeat(3_000), "hex"));
    for (let at = 0; at < 200 && !socket.destroyed; at += 1) socket.write(more);
    await closed;
    await session(port);
  });

  it("answers no flood of pings and settings of whom it cannot reach, and serves others", async () => {
    const { port } = await listen({ tls });
    const before = process.memoryUsage().rss;
    const socket = await framed(port);
    socket.pause();
    const flood = Buffer.concat(
      Array.from({ length: 2_000 }, () =>
        Buffer.concat([frame(6, 0, 0, Buffer.alloc(8)), frame(4, 0, 0)]),
      ),
    );
    let taken = 0;
    // Until it is not read any more, or 52 MB of frames have been.
    while (taken < 1_000 && socket.writableLength < 4 * flood.length) {
      socket.write(flood);
      taken += 1;
      await new Promise(setImmediate);
    }
    const [head] = await once((await session(port)).request({ ":path": "/" }), "response");
    assert.equal(head[":status"], 200);
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 96 * 1024 * 1024, `${grown} bytes`);
  });

  it("tells an HTTP/2 client that its body did not come, and serves its other streams", async () => {
    const { port } = await listen({ tls, collectBodies, limits: { bodyIdleMilliseconds: 50 } });
    const client = await session(port);
    const late = client.request({ ":path": "/", ":method": "POST" }, { endStream: false });
    late.on("error", () => undefined);
    late.write("123");
    const [head] = await once(late, "response");
    assert.equal(head[":status"], 408);
    late.resume();
    await once(late, "close");
    const [next] = await once(client.request({ ":path": "/" }), "response");
    assert.equal(next[":status"], 200);
  });

  it("takes targets as to a proxy over HTTP/1.1, and expects what it knows alone", async () => {
    const { port } = await listen({
      onRequest: ({ target, headers }, response) =>
        response.send(200, {}, `${target} of ${headers.host}`),
    });
    const get = (target: string, more = "") =>
      `GET ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${more}\r\n`;
    assert.match(await received(port, get("http://b:1/c?d")), /\r\n\r\n\/c\?d of b:1$/);
    assert.match(await received(port, get("/", "expect: it\r\n")), /^HTTP\/1\.1 417 /);
  });

  it("bounds streams, asks clients to connect anew by chance, and tells both over HTTP/2", async () => {
    const { port } = await listen({ tls, limits: { maxStreams: 7, goawayChance: 1 } });
    const client = await session(port);
    if (client.remoteSettings.maxConcurrentStreams !== 7) await once(client, "remoteSettings");
    assert.equal(client.remoteSettings.maxConcurrentStreams, 7);
    const goaway = once(client, "goaway");
    const stream = client.request({ ":path": "/" });
    const [head] = await once(stream, "response");
    assert.equal(head[":status"], 200);
    assert.equal((await goaway)[0], http2.constants.NGHTTP2_NO_ERROR);
  });

  it("refuses what it does not serve of TLS by name, and keeps what it has when reloaded", async () => {
    await assert.rejects(listen({ tls: { ...tls, ciphers: "AES128-SHA" } }), {
      message: "the cipher suite AES128-SHA is not served",
    });
    await assert.rejects(listen({ tls: { ...tls, curves: "P-256:P-521" } }), {
      message: "the group P-521 is not served",
    });
    const listener = await listen({ tls });
    assert.throws(() => listener.reloadTls({ ...tls, certificate: "none" }), /no certificate/);
    await session(listener.port);
  });

  it("shares a port where it is told to, and says which one is taken otherwise", async () => {
    const { port } = await listen({ sharesPort: true });
    await listen({ sharesPort: true, port });
    await assert.rejects(listen({ port }), {
      code: "EADDRINUSE",
      message: `listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
    });
  });

  it("sends no header that would be two", async () => {
    let error: unknown;
    const { port } = await listen({
      onRequest: (_request, response) => {
        try {
          response.send(200, { a: "b\r\nc: d" });
        } catch (thrown) {
          error = thrown;
          response.send(500, {});
        }
      },
    });
    const get = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert.match(await received(port, get), /^HTTP\/1\.1 500 /);
    assert.equal((error as { code: string }).code, "ERR_INVALID_CHAR");
  });
});
