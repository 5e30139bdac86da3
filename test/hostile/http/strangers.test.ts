import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { RestCaller } from "../../support/apiserver/restCaller.js";
import { startTestApiServer, type TestApiServer } from "../../support/apiserver/testApiServer.js";
import { heldMemory } from "../../support/run/heldMemory.js";

const maps = "/api/v1/namespaces/default/configmaps";
const mebibyte = 1024 * 1024;

describe("an API server among strangers", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    api = await startTestApiServer({
      insecure: { address: "127.0.0.1", port: 0, allowAnyUser: true },
    });
    rest = new RestCaller(api.url);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    rest.close();
    await api.stop();
  });

  async function open(): Promise<Socket> {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    socket.on("error", () => undefined);
    await once(socket, "connect");
    return socket;
  }

  it("serves beside 5,000 idle connections, which take little memory", async () => {
    const before = await heldMemory();
    for (let at = 0; at < 50; at += 1) await Promise.all(Array.from({ length: 100 }, open));
    assert.equal((await rest.call("/readyz")).status, 200);
    const grown = (await heldMemory()) - before;
    // Both ends of each are in this process.
    assert.ok(grown < 160 * mebibyte, `${grown} bytes for 5,000 connections`);
  });

  it("serves beside 40 readers that never read", async () => {
    for (let at = 0; at < 16; at += 1) {
      const body = {
        ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: `map-${at}` } },
        data: { x: "x".repeat(900_000) },
      };
      assert.equal((await rest.call(maps, { method: "POST", body })).status, 201);
    }
    for (let at = 0; at < 40; at += 1) {
      const socket = await open();
      socket.pause();
      socket.write(`GET ${maps} HTTP/1.1\r\nHost: a\r\n\r\n`);
    }
    for (let at = 0; at < 20; at += 1) assert.equal((await rest.call("/livez")).status, 200);
  });

  it("holds little for 60 readers of a long list who never read", async () => {
    const data = { x: "x".repeat(30_000) };
    for (let at = 0; at < 600; at += 1) {
      const body = { metadata: { name: `map-${at}` }, data };
      assert.equal((await rest.call(maps, { method: "POST", body })).status, 201);
    }
    // Once read, so that what a list needs anyway is there.
    const { bytes } = await rest.call(maps);
    assert.ok(bytes.length > 18_000_000);
    const before = await heldMemory();
    for (let at = 0; at < 60; at += 1) {
      const socket = await open();
      socket.pause();
      socket.write(`GET ${maps} HTTP/1.1\r\nHost: a\r\n\r\n`);
    }
    for (let at = 0; at < 20; at += 1) assert.equal((await rest.call("/livez")).status, 200);
    assert.equal((await rest.call(maps)).bytes.length, bytes.length);
    const grown = (await heldMemory()) - before;
    assert.ok(grown < 120 * mebibyte, `${grown} bytes for 60 times ${bytes.length}`);
  });
});
