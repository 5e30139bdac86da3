import assert from "node:assert/strict";
import { once } from "node:events";
import * as http2 from "node:http2";
import {
  createAuthority,
  issue,
  noNames,
  openAuthority,
} from "../../../lib/api/pki/certificates.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { RestCaller } from "../../support/apiserver/restCaller.js";
import { type SteadyClient, steadyHttp2 } from "../../support/apiserver/steadyClient.js";
import { startTestApiServer, type TestApiServer } from "../../support/apiserver/testApiServer.js";
import { heldMemory } from "../../support/run/heldMemory.js";

const maps = "/api/v1/namespaces/default/configmaps";
const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
const mebibyte = 1024 * 1024;
const tokens = { name: "tokens", text: "bad-token,bad,1\ngood-token,good,2\n" };
const bad = { authorization: "Bearer bad-token" };

describe("an API server and HTTP/2 clients that take nothing of what they ask for", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  let good: SteadyClient;
  let port: number;
  const sessions: http2.ClientHttp2Session[] = [];

  before(async () => {
    const now = nodePlatform.clock.now();
    const validity = { notBefore: now - 60_000, notAfter: now + 3_600_000 };
    const authority = await openAuthority(await createAuthority({ commonName: "ca" }, validity));
    const names = { ...noNames, ips: ["127.0.0.1"] };
    const tls = await issue(authority, { commonName: "server" }, ["server"], names, validity);
    api = await startTestApiServer(
      {
        secure: { address: "127.0.0.1", port: 0, tls },
        maxRequestsInFlight: 60,
        maxMutatingRequestsInFlight: 20,
      },
      { tokenFile: tokens, authorizationModes: ["AlwaysAllow"] },
    );
    port = api.server.addresses.secure?.port ?? 0;
    rest = new RestCaller(api.url);
    good = steadyHttp2({ port, token: "good-token" });
    const data = { x: "x".repeat(20_000) };
    for (let at = 0; at < 600; at += 1) await create({ metadata: { name: `map-${at}` }, data });
    await create({ metadata: { name: "large" }, data: { x: "x".repeat(mebibyte) } });
  });
  afterEach(() => {
    for (const session of sessions.splice(0)) session.destroy();
  });
  after(async () => {
    good.close();
    rest.close();
    await api.stop();
  });

  async function create(body: object): Promise<void> {
    assert.equal((await rest.call(maps, { method: "POST", body })).status, 201);
  }

  async function createLease(): Promise<void> {
    const body = {
      metadata: { name: "node" },
      spec: { holderIdentity: "node", leaseDurationSeconds: 40 },
    };
    assert.equal((await rest.call(leases, { method: "POST", body })).status, 201);
  }

  async function renewLease(): Promise<number> {
    const renewTime = new Date(nodePlatform.clock.now()).toISOString().replace("Z", "000Z");
    const contentType = "application/merge-patch+json";
    const call = { method: "PATCH", contentType, body: { spec: { renewTime } } };
    return (await rest.call(`${leases}/node`, call)).status;
  }

  /** It gives no stream any window. */
  function stalled(): http2.ClientHttp2Session {
    const settings = { initialWindowSize: 0 };
    const session = http2.connect(`https://127.0.0.1:${port}`, {
      rejectUnauthorized: false,
      settings,
    });
    session.on("error", () => undefined);
    sessions.push(session);
    return session;
  }

  function get(session: http2.ClientHttp2Session, path: string): http2.ClientHttp2Stream {
    const stream = session.request({ ":path": path, ...bad });
    stream.on("error", () => undefined);
    return stream;
  }

  it("gives the seats of their lists to others", async () => {
    const session = stalled();
    const lists = Array.from({ length: 60 }, () => get(session, maps));
    await once(lists[0] as http2.ClientHttp2Stream, "response");
    const { status, text } = await good.get(`${maps}/map-1?resourceVersion=0`);
    assert.equal(status, 200, text);
  });

  it("cuts a list at its request's deadline", async () => {
    const list = get(stalled(), `${maps}?timeout=300ms`);
    const [head] = (await once(list, "response")) as [http2.IncomingHttpHeaders];
    assert.equal(head[":status"], 200);
    await once(list, "close");
    assert.notEqual(list.rstCode, http2.constants.NGHTTP2_NO_ERROR);
    const lines = (await rest.call("/metrics")).text().split("\n");
    const has = (name: string, ...parts: readonly string[]): boolean =>
      lines.some((line) => line.startsWith(name) && parts.every((part) => line.includes(part)));
    assert.ok(has("apiserver_request_terminations_total", 'code="504"', '"configmaps"'));
    const seats = "apiserver_flowcontrol_current_executing_seats";
    assert.ok(has(seats, '"global-default"} 0'));
  });

  it("keeps little of 600 large objects for them, and sends all in the end", async () => {
    const before = await heldMemory();
    const gets: http2.ClientHttp2Stream[] = [];
    for (let connection = 0; connection < 3; connection += 1) {
      const session = stalled();
      for (let attempt = 0; attempt < 3; attempt += 1) {
        await once(get(session, `${maps}/map-1`), "response");
      }
      // The listener serves these by itself, without seats.
      for (let at = 0; at < 200; at += 1) gets.push(get(session, `${maps}/large`));
    }
    const lengths = gets.map(async (stream) => {
      let length = 0;
      for await (const part of stream) length += (part as Buffer).length;
      return length;
    });
    await once(gets.at(-200) as http2.ClientHttp2Stream, "response");
    for (let at = 0; at < 20; at += 1) assert.equal((await good.get("/livez")).status, 200);
    const grown = (await heldMemory()) - before;
    assert.ok(grown < 150 * mebibyte, `${grown} bytes for 600 responses`);
    for (const session of sessions) session.settings({ initialWindowSize: mebibyte });
    for (const length of await Promise.all(lengths)) assert.ok(length > mebibyte, `${length}`);
  });

  it("prepares few of 600 large responses that are decided one by one", async () => {
    await createLease();
    const before = await heldMemory();
    const gets: http2.ClientHttp2Stream[] = [];
    for (let connection = 0; connection < 3; connection += 1) {
      const session = stalled();
      // A query is never granted: each of these is decided, and has a seat.
      for (let at = 0; at < 200; at += 1) gets.push(get(session, `${maps}/large?decided=1`));
    }
    const ends = gets.map(async (stream) => {
      const [head] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
      let length = 0;
      for await (const part of stream) length += (part as Buffer).length;
      return { status: Number(head[":status"]), length };
    });
    // Which of a connection's are first is for fair queuing to say.
    const heads = [0, 200, 400].map((from) =>
      Promise.race(gets.slice(from, from + 200).map((stream) => once(stream, "response"))),
    );
    await Promise.all(heads);
    let slowest = 0;
    for (let at = 0; at < 20; at += 1) {
      const began = performance.now();
      assert.equal((await good.get(`${maps}/map-1?decided=1`)).status, 200);
      assert.equal(await renewLease(), 200);
      slowest = Math.max(slowest, performance.now() - began);
    }
    const grown = (await heldMemory()) - before;
    assert.ok(grown < 150 * mebibyte, `${grown} bytes for 600 responses`);
    assert.ok(slowest < 1_000, `${slowest} ms for a get and a lease`);
    for (const session of sessions) session.settings({ initialWindowSize: mebibyte });
    // A seat is held while a response is sent, and one client's share of the queues has 300 places:
    // whoever is not told so is sent everything once there is room.
    const sent = { whole: 0, refused: 0 };
    for (const { status, length } of await Promise.all(ends)) {
      if (status === 429) sent.refused += 1;
      else if (status === 200 && length > mebibyte) sent.whole += 1;
      else assert.fail(`${status} with ${length} bytes`);
    }
    assert.ok(sent.whole >= 300, JSON.stringify(sent));
  });
});
