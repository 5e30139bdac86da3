import assert from "node:assert/strict";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { asJson } from "../../../lib/storage/jsonForm.js";
import { startTestApiServer, type TestApiServer } from "../../support/apiserver/testApiServer.js";

const maps = "/api/v1/namespaces/default/configmaps";

describe("a store that keeps JSON", () => {
  let server: TestApiServer;
  before(async () => {
    const storage = await openEmbeddedStorage({
      clock: nodePlatform.clock,
      form: (value) => asJson(nativeCodec, value),
    });
    server = await startTestApiServer({ storage });
  });
  after(() => server.stop());

  async function call(method: string, path: string, body?: object, type = "application/json") {
    const response = await fetch(server.url + path, {
      method,
      headers: { "content-type": type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }

  it("has nothing else, not even of the server's own", async () => {
    await call("POST", maps, { metadata: { name: "a", labels: { x: "y" } }, data: { k: "v" } });
    await call("POST", "/api/v1/namespaces/default/services", {
      metadata: { name: "s" },
      spec: { type: "NodePort", ports: [{ port: 80 }] },
    });
    const { values } = await server.storage.range("/registry/");
    assert.ok(values.length > 150);
    for (const { key, value } of values) {
      const text = Buffer.from(value).toString("utf8");
      assert.match(text, /^\{.*\}\n$/s, key);
      const { kind, apiVersion, metadata } = JSON.parse(text);
      assert.ok(kind !== "" && apiVersion !== "", key);
      assert.equal(metadata?.resourceVersion, undefined, key);
    }
  });

  it("is read, selected, watched, patched and deleted as any other", async () => {
    const selected = await call("GET", `${maps}?labelSelector=x=y&fieldSelector=metadata.name=a`);
    const { items, metadata } = JSON.parse(selected.text);
    assert.equal(items.length, 1);
    assert.equal(items[0].data.k, "v");
    const patch = "application/merge-patch+json";
    const patched = await call("PATCH", `${maps}/a`, { data: { k: "w" } }, patch);
    assert.equal(JSON.parse(patched.text).data.k, "w");
    assert.equal((await call("DELETE", `${maps}/a`)).status, 200);
    const since = `watch=1&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=1`;
    const seen = await call("GET", `${maps}?${since}&labelSelector=x=y`);
    const events = seen.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      events.map(({ type, object }) => `${type} ${object.data.k}`),
      ["MODIFIED w", "DELETED w"],
    );
  });

  it("leaves what is JSON already, or nobody's, as it is", () => {
    for (const text of ["", "{}", "k8s", "k8s\0", "k8s\0\n\0"]) {
      const value = Buffer.from(text);
      assert.deepEqual(asJson(nativeCodec, value), value);
    }
  });
});
