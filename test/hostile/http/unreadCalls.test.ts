import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { encodeMessage } from "../../../lib/api/messageCodec.js";
import { dynamicPath } from "../../../lib/api/rpcMethods.js";
import { RawHttp2 } from "../../support/apiserver/rawHttp2.js";
import { RestCaller } from "../../support/apiserver/restCaller.js";
import type { TestApiServer } from "../../support/apiserver/testApiServer.js";
import { startTlsApiServer } from "../../support/apiserver/tlsApiServer.js";
import { heldMemory } from "../../support/run/heldMemory.js";

const maps = "/api/v1/namespaces/default/configmaps";
const mebibyte = 1024 * 1024;
const resource = { group: "", version: "v1", resource: "configmaps" };
const named = { namespace: "default", name: "large", resource };
const all = { namespace: "default", resource };
const state = { resourceVersion: "0", timeoutSeconds: 60 };

/** One message of gRPC. */
function framed(message: Uint8Array): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

describe("an API server and gRPC clients that read none of their responses", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  const clients: RawHttp2[] = [];

  before(async () => {
    api = await startTlsApiServer();
    rest = new RestCaller(api.url);
    for (let at = 0; at < 20; at += 1) {
      const data = { x: randomBytes(150_000).toString("base64") };
      const body = { metadata: { name: `map-${at}` }, data };
      assert.equal((await rest.call(maps, { method: "POST", body })).status, 201);
    }
    const data = { x: randomBytes(750_000).toString("base64") };
    const body = { metadata: { name: "large" }, data };
    assert.equal((await rest.call(maps, { method: "POST", body })).status, 201);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  after(async () => {
    rest.close();
    await api.stop();
  });

  async function stranger(window: number): Promise<RawHttp2> {
    const port = api.server.addresses.secureRpc?.port ?? 0;
    const client = await RawHttp2.connect({ port, token: "bad-token", window });
    clients.push(client);
    return client;
  }

  const kinds = [
    ["gets", dynamicPath("get"), encodeMessage("GetRequest", named)],
    ["lists", dynamicPath("list"), encodeMessage("ListRequest", all)],
    ["watches", dynamicPath("watch"), encodeMessage("WatchRequest", { ...all, options: state })],
  ] as const;
  for (const [kind, path, message] of kinds) {
    it(`holds little of 600 ${kind} of strangers without a window`, async () => {
      for (let at = 0; at < 10; at += 1) await rest.call(`${maps}/map-0`);
      const before = await heldMemory();
      for (let connection = 0; connection < 3; connection += 1) {
        const client = await stranger(0);
        const headers = { "content-type": "application/grpc", te: "trailers" };
        for (let at = 0; at < 200; at += 1) client.request(path, headers, framed(message));
        await client.until(() => [...client.streams.values()].some(({ heads }) => heads > 0));
      }
      for (let at = 0; at < 20; at += 1) {
        assert.equal((await rest.call(`${maps}/map-0`)).status, 200);
      }
      const grown = (await heldMemory()) - before;
      assert.ok(grown < 200 * mebibyte, `${grown} bytes`);
    });
  }

  it("lets one connection have many watches with their first states", async () => {
    const client = await stranger(4 * mebibyte);
    const [, path] = kinds[2];
    const headers = { "content-type": "application/grpc", te: "trailers" };
    // Those of what is there, and of what is not: those have nothing to send.
    for (const name of ["map-0", "nobody"]) {
      const options = { ...state, fieldSelector: `metadata.name=${name}` };
      const message = framed(encodeMessage("WatchRequest", { ...all, options }));
      const calls = Array.from({ length: 20 }, () => client.request(path, headers, message));
      if (name === "map-0") await client.until(() => calls.every(({ bytes }) => bytes > 0));
    }
    const message = framed(encodeMessage("GetRequest", { ...named, name: "map-0" }));
    const get = client.request(dynamicPath("get"), headers, message);
    await client.until(() => get.hasEnded);
    assert.ok(get.bytes > 150_000);
  });

  it("sends all in the end to whoever reads", async () => {
    const client = await stranger(0);
    const [, path, message] = kinds[0];
    const headers = { "content-type": "application/grpc", te: "trailers" };
    const calls = Array.from({ length: 40 }, () => client.request(path, headers, framed(message)));
    await client.until(() => calls.some(({ heads }) => heads > 0));
    client.window(4 * mebibyte);
    await client.until(() => calls.every(({ hasEnded }) => hasEnded));
    for (const { bytes } of calls) assert.ok(bytes > 900_000, `${bytes} bytes`);
  });
});
