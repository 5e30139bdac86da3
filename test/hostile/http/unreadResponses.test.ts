import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import * as http2 from "node:http2";
import { connect, type TLSSocket } from "node:tls";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { RawHttp2 } from "../../support/apiserver/rawHttp2.js";
import { RestCaller } from "../../support/apiserver/restCaller.js";
import { type SteadyClient, steadyHttp2 } from "../../support/apiserver/steadyClient.js";
import type { TestApiServer } from "../../support/apiserver/testApiServer.js";
import { startTlsApiServer } from "../../support/apiserver/tlsApiServer.js";
import { heldBeyond, heldMemory } from "../../support/run/heldMemory.js";

const maps = "/api/v1/namespaces/default/configmaps";
const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
const mebibyte = 1024 * 1024;
const gzip = { "accept-encoding": "gzip" };
const table = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
/** 256 MiB are kept unsent in all, beside what is being prepared and malloc's loss. */
const most = 340 * mebibyte;
/** Of both ends of a connection with TLS, which are in this process. */
const connectionBytes = 128 * 1024;
const widest = 0x7fff_ffff;

const kinds: [string, string, Readonly<Record<string, string>>][] = [
  ["compressed", `${maps}/large?decided=1`, gzip],
  ["middle-sized", `${maps}/middle?decided=1`, {}],
  ["granted", `${maps}/middle`, {}],
  ["pretty", `${maps}/middle?pretty=true`, {}],
  ["limited", `${maps}?limit=20&labelSelector=part%3Da`, {}],
  ["compressed and limited", `${maps}?limit=20&labelSelector=part%3Da`, gzip],
  ["watched", `${maps}?watch=true&resourceVersion=0`, {}],
  ["watched tabular", `${maps}?watch=true&resourceVersion=0&includeObject=Object`, table],
  ["tabular", `${maps}?labelSelector=part%3Da&includeObject=Object`, table],
];

/** Text that compresses to three quarters. */
function noise(bytes: number): string {
  return randomBytes((bytes * 3) / 4).toString("base64");
}

describe("an API server and strangers that read none of their responses", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  let good: SteadyClient;
  let port: number;
  const closes: (() => void)[] = [];

  before(async () => {
    api = await startTlsApiServer();
    port = api.server.addresses.secure?.port ?? 0;
    rest = new RestCaller(api.url);
    good = steadyHttp2({ port, token: "good-token" });
    await create({ metadata: { name: "small" }, data: { x: noise(10_000) } });
    await create({ metadata: { name: "middle" }, data: { x: noise(100_000) } });
    await create({ metadata: { name: "large" }, data: { x: noise(mebibyte) } });
    const data = { x: noise(200_000) };
    for (let at = 0; at < 40; at += 1) {
      await create({ metadata: { name: `part-${at}`, labels: { part: "a" } }, data });
    }
    await warmUp();
    const spec = { holderIdentity: "node", leaseDurationSeconds: 40 };
    const body = { metadata: { name: "node" }, spec };
    assert.equal((await rest.call(leases, { method: "POST", body })).status, 201);
  });
  afterEach(() => {
    for (const close of closes.splice(0)) close();
  });
  after(async () => {
    good.close();
    rest.close();
    await api.stop();
  });

  /** What a good client asks for once is not counted as a stranger's. */
  async function warmUp(): Promise<void> {
    for (let at = 0; at < 4; at += 1) {
      for (const [, path, headers] of kinds) {
        if (!path.includes("watch=")) await good.get(path, headers);
      }
    }
  }

  async function create(body: object): Promise<void> {
    assert.equal((await rest.call(maps, { method: "POST", body })).status, 201);
  }

  async function stranger(window = 0): Promise<RawHttp2> {
    const client = await RawHttp2.connect({ port, token: "bad-token", window });
    closes.push(() => client.close());
    return client;
  }

  async function renewLease(): Promise<void> {
    const renewTime = new Date(nodePlatform.clock.now()).toISOString().replace("Z", "000Z");
    const contentType = "application/merge-patch+json";
    const call = { method: "PATCH", contentType, body: { spec: { renewTime } } };
    assert.equal((await rest.call(`${leases}/node`, call)).status, 200);
  }

  /** What a good client needs goes on; how long the slowest round of it took. */
  async function goodRounds(): Promise<number> {
    let slowest = 0;
    for (let at = 0; at < 20; at += 1) {
      const began = performance.now();
      assert.equal((await good.get("/livez")).status, 200);
      assert.equal((await good.get(`${maps}/small?decided=1`)).status, 200);
      await renewLease();
      slowest = Math.max(slowest, performance.now() - began);
    }
    return slowest;
  }

  /** The process holds little more after a stranger's attack, with a good client beside it. */
  async function growsLittle(limit: number, attack: () => Promise<unknown>): Promise<void> {
    await goodRounds();
    const before = await heldMemory();
    await attack();
    const slowest = await goodRounds();
    assert.ok(slowest < 5_000, `${slowest} ms for a good client's round`);
    const grown = await heldBeyond(before, limit, goodRounds);
    assert.ok(grown < limit, `${grown} bytes`);
  }

  for (const [kind, path, headers] of kinds) {
    it(`holds little of 2,000 ${kind} responses to strangers without a window`, async () => {
      await growsLittle(most, async () => {
        for (let connection = 0; connection < 8; connection += 1) {
          const client = await stranger();
          for (let at = 0; at < 250; at += 1) client.request(path, headers);
          await client.until(() => [...client.streams.values()].some(({ heads }) => heads > 0));
        }
      });
    });

    it(`holds little of 2,000 ${kind} responses to strangers that read no socket`, async () => {
      await growsLittle(most, async () => {
        for (let connection = 0; connection < 8; connection += 1) {
          const client = await stranger(widest);
          client.pause();
          for (let at = 0; at < 250; at += 1) client.request(path, headers);
        }
      });
    });
  }

  it("sends everything in the end to whoever opens windows byte by byte", async () => {
    const client = await stranger(1);
    const streams = Array.from({ length: 30 }, () => client.request(`${maps}/middle?decided=1`));
    for (let turn = 2; turn < 40; turn += 1) {
      await client.until(() => streams.every(({ bytes }) => bytes === turn - 1));
      for (const { id } of streams) client.open(id, 1);
    }
    client.window(mebibyte);
    await client.until(() => streams.every(({ hasEnded }) => hasEnded));
    for (const { bytes } of streams) assert.ok(bytes > 100_000, `${bytes} bytes`);
  });

  it("forgets responses whose streams are reset half-way", async () => {
    const client = await stranger(50_000);
    for (let round = 0; round < 8; round += 1) {
      const streams = Array.from({ length: 50 }, () => client.request(`${maps}/large?decided=1`));
      // From 4 MiB on they wait for one another.
      await client.until(() => streams.filter(({ bytes }) => bytes === 50_000).length >= 4);
      for (const { id } of streams) client.reset(id);
    }
    client.window(2 * mebibyte);
    const last = client.request(`${maps}/large?decided=1`);
    await client.until(() => last.hasEnded);
    assert.ok(last.bytes > mebibyte, `${last.bytes} bytes`);
  });

  it("gives the seats of their Tables, lists and large objects to others", async () => {
    for (const [kind, path, headers] of kinds) {
      const clients = await Promise.all(Array.from({ length: 40 }, () => stranger()));
      for (const client of clients) client.request(path, headers);
      await Promise.all(
        clients.map((client) => client.until(() => client.streams.get(1)?.heads === 1)),
      );
      const slowest = await goodRounds();
      assert.ok(slowest < 5_000, `${slowest} ms for a round beside ${kind} ones`);
      for (const client of clients) client.close();
    }
  });

  it("cuts the slow ones where 500 connections have a large response each", async () => {
    const clients: RawHttp2[] = [];
    await growsLittle(most + 500 * connectionBytes, async () => {
      for (let at = 0; at < 25; at += 1) {
        const more = await Promise.all(Array.from({ length: 20 }, () => stranger()));
        for (const client of more) client.request(`${maps}/large?decided=1`);
        await Promise.all(
          more.map((client) => client.until(() => client.streams.get(1)?.heads === 1)),
        );
        clients.push(...more);
      }
    });
    await clients[0]?.until(() => clients[0]?.streams.get(1)?.hasEnded === true);
  });

  it("holds little for HTTP/1.1 clients that pipeline and do not read", async () => {
    await growsLittle(150 * mebibyte, async () => {
      for (let at = 0; at < 60; at += 1) {
        const options = { host: "127.0.0.1", port, rejectUnauthorized: false };
        const socket: TLSSocket = connect(options);
        closes.push(() => socket.destroy());
        socket.on("error", () => undefined);
        await once(socket, "secureConnect");
        socket.pause();
        const head = `GET ${maps}/large?decided=1 HTTP/1.1\r\nHost: a\r\n`;
        socket.write(`${head}Authorization: Bearer bad-token\r\n\r\n`.repeat(100));
      }
    });
  });
});

describe("an API server and gets that wait for their clients", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  let session: http2.ClientHttp2Session;

  before(async () => {
    api = await startTlsApiServer({ requestTimeoutSeconds: 2 });
    rest = new RestCaller(api.url);
    for (const [name, bytes] of Object.entries({ small: 1_000, large: mebibyte })) {
      const body = { metadata: { name }, data: { x: noise(bytes) } };
      assert.equal((await rest.call(maps, { method: "POST", body })).status, 201);
    }
  });
  beforeEach(() => {
    const port = api.server.addresses.secure?.port ?? 0;
    const settings = { initialWindowSize: 0 };
    session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, settings });
    session.on("error", () => undefined);
  });
  afterEach(() => session.destroy());
  after(async () => {
    rest.close();
    await api.stop();
  });

  async function statusOf(path: string): Promise<number> {
    const stream = session.request({ ":path": path, authorization: "Bearer bad-token" });
    stream.on("error", () => undefined);
    const [head] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    return Number(head[":status"]);
  }

  it("ends a get that waits for its client with its request's deadline", async () => {
    for (let at = 0; at < 4; at += 1) {
      assert.equal(await statusOf(`${maps}/large?decided=${at}`), 200);
    }
    assert.equal(await statusOf(`${maps}/large?timeout=200ms`), 504);
    assert.equal(await statusOf(`${maps}/small?decided=1`), 504);
    assert.equal(await statusOf("/livez"), 200);
    const lines = (await rest.call("/metrics")).text().split("\n");
    const counts = lines.filter((line) => line.startsWith("apiserver_request_terminations_total"));
    assert.ok(
      counts.some((line) => /"configmaps".*code="504"/.test(line)),
      counts.join("\n"),
    );
  });

  it("ends a granted get that waits for its client with the request timeout", async () => {
    const statuses: number[] = [];
    for (let at = 0; at < 8; at += 1) statuses.push(await statusOf(`${maps}/large`));
    assert.deepEqual([statuses[0], statuses.at(-1)], [200, 504], statuses.join());
  });
});
