import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { watched } from "../../support/etcd/comparable.js";
import { bytes, EtcdApi, type Message } from "../../support/etcd/etcdApi.js";
import { EtcdProcess } from "../../support/etcd/etcdProcess.js";

/** A message of gRPC with its head. */
function framed(body: Uint8Array, length = body.length, compressed = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, body]);
}

function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) out.push((rest % 128) | 0x80);
  return Buffer.from([...out, rest]);
}

const field = (tag: number, body: Buffer): Buffer =>
  Buffer.concat([varint(tag * 8 + 2), varint(body.length), body]);

/** Clients that mean ill, beside one that does not. */
describe("`steersman etcd` and hostile clients", function () {
  this.timeout(120_000);
  let etcd: EtcdProcess;
  let api: EtcdApi;
  const sessions: ClientHttp2Session[] = [];
  const sockets: Socket[] = [];

  before(async () => {
    etcd = await EtcdProcess.own();
    api = new EtcdApi(etcd.url);
  });
  afterEach(async () => {
    for (const session of sessions.splice(0)) session.destroy();
    for (const socket of sockets.splice(0)) socket.destroy();
    // Whatever was done, it serves.
    await api.call("KV/Put", { key: bytes("alive"), value: bytes("1") });
    assert.match(await (await fetch(`${etcd.url}/health`)).text(), /"true"/);
  });
  after(async () => {
    api?.close();
    await etcd?.close();
  });

  const session = (): ClientHttp2Session => {
    const made = connect(etcd.url, { maxSessionMemory: 1000 });
    made.on("error", () => undefined);
    sessions.push(made);
    return made;
  };
  const open = (on: ClientHttp2Session, path: string, headers = {}): ClientHttp2Stream => {
    const stream = on.request({
      ...{ ":method": "POST", ":path": `/etcdserverpb.${path}`, te: "trailers" },
      ...{ "content-type": "application/grpc", ...headers },
    });
    stream.on("error", () => undefined);
    return stream;
  };
  /** The status that a call ends with; undefined: it ended without one. */
  const ended = (stream: ClientHttp2Stream): Promise<string | undefined> =>
    new Promise((resolve) => {
      let status: string | undefined;
      const see = (headers: Record<string, unknown>): void => {
        const found = headers["grpc-status"];
        if (found !== undefined) status = String(found);
      };
      stream.on("response", see);
      stream.on("trailers", see);
      stream.on("close", () => resolve(status));
      stream.resume();
    });
  /** MiB of memory that the server has. */
  const memory = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${etcd.pid}/status`, "utf8"))?.[1]) / 1024;

  it("says no to what cannot be read, however deep, long or cut it is", async () => {
    const on = session();
    let deep: Buffer = Buffer.alloc(0);
    for (let at = 0; at < 20_000; at += 1) deep = field(2, field(4, deep));
    const wide = Buffer.concat(
      Array.from({ length: 100_000 }, () => field(2, field(2, field(1, Buffer.from("k"))))),
    );
    const cases: [string, Buffer][] = [
      ["KV/Txn", framed(deep)],
      ["KV/Txn", framed(wide)],
      ["KV/Put", framed(Buffer.alloc(0), 0xffff_ffff)],
      ["KV/Put", framed(Buffer.from("x"), 100)],
      ["KV/Put", framed(Buffer.from("x"), 1, 1)],
      ["KV/Put", framed(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]))],
      ["KV/Put", Buffer.from([0, 0])],
      ["KV/Put", Buffer.alloc(0)],
      ["Auth/UserAdd", framed(field(1, Buffer.from([0xff, 0xfe])))],
      ["Watch/Watch", framed(Buffer.from([0x0a, 0x80]))],
      ["Lease/LeaseKeepAlive", framed(Buffer.from([0xff]))],
      ["Maintenance/Nothing", framed(Buffer.alloc(0))],
    ];
    for (const [path, body] of cases) {
      const stream = open(on, path);
      const result = ended(stream);
      stream.end(body);
      const status = await result;
      assert.ok(status !== undefined && status !== "0", `${path}: ${status}`);
    }
  });

  it("answers every call of random bytes", async () => {
    const on = session();
    let seed = 7;
    const random = (): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed >> 8;
    };
    const paths = ["KV/Range", "KV/Put", "KV/DeleteRange", "KV/Txn", "KV/Compact"];
    const more = ["Lease/LeaseGrant", "Lease/LeaseTimeToLive", "Maintenance/HashKV"];
    const auth = ["Auth/RoleGrantPermission", "Auth/UserGrantRole", "Auth/Authenticate"];
    const calls = Array.from({ length: 600 }, (_, at) => {
      const all = [...paths, ...more, ...auth];
      const stream = open(on, all[at % all.length] ?? "");
      const result = ended(stream);
      stream.end(framed(Buffer.from(Array.from({ length: random() % 60 }, () => random() % 256))));
      return result;
    });
    for (const status of await Promise.all(calls)) assert.notEqual(status, undefined);
  });

  it("lets nobody wait for headers that are too many", async () => {
    const on = session();
    const stream = open(on, "KV/Range", { token: "x".repeat(100_000) });
    const result = ended(stream);
    stream.end(framed(Buffer.from([0x0a, 1, 0x6b])));
    assert.notEqual(await result, "0");
  });

  it("holds a bounded part of requests that never end", async () => {
    const before = memory();
    const part = Buffer.alloc(1_000_000);
    for (let connection = 0; connection < 3; connection += 1) {
      const on = session();
      let refused = 0;
      // 64 MiB are held; the other calls are refused.
      await new Promise<void>((resolve) => {
        for (let at = 0; at < 150; at += 1) {
          const stream = open(on, "KV/Put");
          stream.on("response", (headers) => {
            if (headers["grpc-status"] === "8") refused += 1;
            if (refused === 80) resolve();
          });
          stream.resume();
          // The rest never comes.
          stream.write(framed(part, 1_500_000));
        }
      });
    }
    const more = memory() - before;
    // In buffers that have room for twice as much, beside 8 MiB of HTTP/2's.
    assert.ok(more < 3 * (2 * 64 + 8) + 64, `${more} MiB`);
  });

  it("holds a bounded part of responses that nobody takes", async () => {
    for (let at = 0; at < 8; at += 1) {
      await api.call("KV/Put", { key: bytes(`big/${at}`), value: bytes("x".repeat(1_000_000)) });
    }
    const range = framed(
      Buffer.concat([field(1, Buffer.from("big/")), field(2, Buffer.from("big0"))]),
    );
    const before = memory();
    const on = session();
    const refused: string[] = [];
    const calls = Array.from({ length: 200 }, () => {
      const stream = open(on, "KV/Range");
      stream.pause();
      stream.on("response", (headers) => {
        const status = headers["grpc-status"];
        if (status !== undefined) refused.push(String(status));
      });
      stream.end(range);
      return new Promise<void>((resolve) => stream.on("response", () => resolve()));
    });
    await Promise.all(calls);
    const more = memory() - before;
    assert.ok(refused.length > 150 && refused.every((status) => status === "8"), `${refused}`);
    assert.ok(more < 64 + 8 + 64, `${more} MiB`);
  });

  it("serves thousands of watches of one stream, and forgets them", async () => {
    const before = memory();
    const count = 10_000;
    const stream = api.stream("Watch/Watch");
    for (let at = 0; at < count; at += 1) {
      stream.send({ create_request: { key: bytes("watched") } });
    }
    const created = (got: readonly Message[]): number => got.filter((one) => one.created).length;
    let seen = 0;
    await stream.until((got) => {
      for (; seen < got.length && got[seen]?.created; ) seen += 1;
      return seen >= count && created(got) === count;
    });
    await api.call("KV/Put", { key: bytes("watched"), value: bytes("v") });
    await stream.until((got) => got.length >= 2 * count);
    assert.ok(Object.values(watched(stream)).every(({ events }) => events.length === 1));
    const more = memory() - before;
    assert.ok(more < 100, `${more} MiB for ${count} watches`);
    stream.close();
    for (;;) {
      const text = await (await fetch(`${etcd.url}/metrics`)).text();
      if (/^etcd_debugging_mvcc_watcher_total 0$/m.test(text)) break;
    }
  });

  it("is not held up by watches that nobody takes, nor grows with them", async () => {
    const watch = framed(field(1, Buffer.concat([field(1, Buffer.from("slow"))])));
    for (let at = 0; at < 10; at += 1) {
      const stream = open(session(), "Watch/Watch");
      await new Promise<void>((resolve) => {
        stream.on("response", () => resolve());
        stream.write(watch);
      });
      stream.pause();
    }
    const before = memory();
    const value = bytes("x".repeat(100_000));
    for (let at = 0; at < 2000; at += 1) {
      const { header } = await api.call("KV/Put", { key: bytes("slow"), value });
      const { revision } = header as { revision: string };
      if (at % 50 === 49) await api.call("KV/Compact", { revision });
    }
    // 200 MB were written: a queue of the store's is at most 64 MiB.
    const more = memory() - before;
    assert.ok(more < 64 + 100, `${more} MiB`);
  });

  it("serves others beside connections that say nothing, or half of something", async () => {
    const { hostname, port } = new URL(etcd.url);
    const begun = [
      "",
      "PRI * HTTP/2.0\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "GET /health HT",
      "\x16\x03\x01\x02",
    ];
    const before = memory();
    await Promise.all(
      Array.from({ length: 1000 }, (_, at) => {
        const socket = connectTcp(Number(port), hostname);
        sockets.push(socket);
        socket.on("error", () => undefined);
        return new Promise<void>((resolve) => {
          socket.on("connect", () => {
            socket.write(begun[at % begun.length] ?? "");
            resolve();
          });
        });
      }),
    );
    for (let at = 0; at < 50; at += 1) {
      await api.call("KV/Put", { key: bytes("beside"), value: bytes(`${at}`) });
    }
    assert.ok(memory() - before < 100, `${memory() - before} MiB`);
  });

  it("sends two snapshots at once, and no more", async () => {
    const first = [session(), session()].map((on) => {
      const stream = open(on, "Maintenance/Snapshot");
      stream.pause();
      stream.end(framed(Buffer.alloc(0)));
      return stream;
    });
    await Promise.all(
      first.map((stream) => new Promise((resolve) => stream.on("response", resolve))),
    );
    for (;;) {
      const third = open(session(), "Maintenance/Snapshot");
      const result = ended(third);
      third.end(framed(Buffer.alloc(0)));
      // Until the others have begun.
      if ((await result) === "8") break;
    }
  });
});
