import assert from "node:assert/strict";
import { ApiError, Cluster, resources } from "../../../lib/index.js";

function refusedAs(code: number, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ApiError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  };
}

describe("raw requests in process", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.start({ nodes: 0 });
  });
  after(() => cluster.stop());

  it("are REST's, with status, headers and body", async () => {
    const { client } = cluster;
    const answer = await client.raw({ path: "/version", headers: { Accept: "application/json" } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["content-type"], "application/json");
    const version = JSON.parse(Buffer.from(await answer.readAll()).toString("utf8"));
    assert.equal(version.minor, "37");
    const list = (await client.rawJson("/apis/apps/v1")) as { groupVersion: string };
    assert.equal(list.groupVersion, "apps/v1");
    const metrics = await client.raw({ path: "/metrics" });
    assert.match(Buffer.from(await metrics.readAll()).toString("utf8"), /^apiserver_/m);
  });

  it("write, and are refused with a Status", async () => {
    const path = "/api/v1/namespaces/default/configmaps";
    const headers = { "content-type": "application/json" };
    const post = (body: string) => cluster.client.raw({ method: "POST", path, headers, body });
    const text = JSON.stringify({ metadata: { name: "raw" }, data: { a: "b" } });
    assert.equal((await post(text)).status, 201);
    const twice = await post(text);
    assert.equal(twice.status, 409);
    const status = JSON.parse(Buffer.from(await twice.readAll()).toString("utf8"));
    assert.equal(status.reason, "AlreadyExists");
    assert.equal((await post(`"${"x".repeat(4 * 1024 * 1024)}"`)).status, 413);
    await assert.rejects(
      cluster.client.rawJson(`${path}/none`),
      refusedAs(404, /"none" not found/),
    );
  });

  it("are their user's", async () => {
    const nobody = cluster.clientAs({ name: "eve", uid: "", groups: [], extra: {} });
    const refused = refusedAs(403, /User "eve" cannot list resource "secrets"/);
    await assert.rejects(nobody.rawJson("/api/v1/secrets"), refused);
  });

  it("answer large lists whole, and as fast as they are read", async () => {
    const maps = cluster.client.resource(resources.configmaps);
    const data = { text: "x".repeat(200_000) };
    for (let index = 0; index < 24; index++) {
      await maps.create({ metadata: { name: `large-${index}`, namespace: "default" }, data });
    }
    const list = (await cluster.client.rawJson("/api/v1/configmaps")) as { items: object[] };
    assert.ok(list.items.length >= 24);
    const unread = await cluster.client.raw({ path: "/api/v1/configmaps" });
    assert.ok(unread.body.readableLength < 2_000_000, String(unread.body.readableLength));
    await assert.rejects(unread.readAll(1000), /larger than 1000 bytes/);
  });

  it("stream watches until they are cancelled", async () => {
    const leaving = new AbortController();
    const answer = await cluster.client.raw({
      path: "/api/v1/namespaces?watch=1",
      signal: leaving.signal,
    });
    const read = async (): Promise<number> => {
      let events = 0;
      for await (const _ of answer.body) if (++events === 1) leaving.abort(new Error("enough"));
      return events;
    };
    await assert.rejects(read(), /enough/);
    await assert.rejects(
      cluster.client.raw({ path: "/version", signal: leaving.signal }),
      /enough/,
    );
  });

  it("end at their deadline and with the cluster", async () => {
    const own = await Cluster.start({ nodes: 0 });
    const { client } = own;
    const path = "/api/v1/namespaces?watch=1";
    const timed = await client.raw({ path, timeoutMilliseconds: 20 });
    await assert.rejects(timed.readAll(), refusedAs(504, /the deadline has passed/));
    const open = await client.raw({ path });
    const ended = open.readAll().catch((error: unknown) => error);
    await own.stop();
    await ended;
    await assert.rejects(client.raw({ path }), refusedAs(503, /the channel is closed/));
    const late = own.clientAs({ name: "late", uid: "", groups: [], extra: {} });
    await assert.rejects(late.raw({ path }), refusedAs(503, /the channel is closed/));
    await assert.rejects(
      late.resource(resources.pods).list(),
      refusedAs(503, /the channel is closed/),
    );
  });

  it("give a pod's log as far as there is one", async () => {
    const pods = cluster.client.resource(resources.pods);
    await assert.rejects(pods.log("none", { namespace: "default" }), refusedAs(404, /not found/));
  });
});
