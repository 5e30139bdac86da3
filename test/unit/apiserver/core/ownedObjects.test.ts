import assert from "node:assert/strict";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { withOwnObjects } from "../../../../lib/api/ownedCodec.js";
import { addon } from "../../../../lib/native/addon.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const message = "k8s.io.api.core.v1.ConfigMap";
const namespace = "/api/v1/namespaces/default";
const merge = "application/merge-patch+json";
const strategic = "application/strategic-merge-patch+json";
const operations = "application/json-patch+json";
const held = (): number => addon.codecHeldBytes();

const text = (value: unknown): string => JSON.stringify(value);
const configMap = (name: string, value = "x", keys = 1): string =>
  text({
    metadata: { name },
    data: Object.fromEntries(Array.from({ length: keys }, (_, i) => [`k${i}`, value])),
  });
const pod = (name: string): string =>
  text({ metadata: { name }, spec: { containers: [{ name: "c", image: "i" }] } });
const deployment = (name: string, image = "i"): string =>
  text({
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "c", image }] },
      },
    },
  });
const binding = text({
  metadata: { name: "plain" },
  target: { apiVersion: "v1", kind: "Node", name: "n" },
});
const yaml = "metadata: {name: of-yaml}\ndata: {k: v}\n";

type Request = readonly [
  status: number,
  method: string,
  path: string,
  body?: string,
  contentType?: string,
];

/** Each in turn; what it decodes is to be gone when it is answered. */
const requests: readonly Request[] = [
  [201, "POST", `${namespace}/configmaps`, configMap("a")],
  [201, "POST", `${namespace}/configmaps`, configMap("long", "x", 8_000)],
  [201, "POST", `${namespace}/configmaps`, yaml, "application/yaml"],
  [201, "POST", `${namespace}/configmaps?dryRun=All`, configMap("b")],
  [409, "POST", `${namespace}/configmaps`, configMap("a")],
  [422, "POST", `${namespace}/configmaps`, configMap("NOT A NAME")],
  [413, "POST", `${namespace}/configmaps`, configMap("c", "x", 10_001)],
  [400, "POST", `${namespace}/configmaps`, text({ data: { k: 1 } })],
  [200, "PUT", `${namespace}/configmaps/a`, configMap("a", "y")],
  [200, "PUT", `${namespace}/configmaps/long`, configMap("long", "y", 8_000)],
  [
    409,
    "PUT",
    `${namespace}/configmaps/a`,
    text({ metadata: { name: "a", resourceVersion: "1" } }),
  ],
  [200, "PATCH", `${namespace}/configmaps/a`, text({ data: { k0: "z" } }), merge],
  [200, "PATCH", `${namespace}/configmaps/a`, text({ data: { k0: "s" } }), strategic],
  [
    200,
    "PATCH",
    `${namespace}/configmaps/a`,
    text([{ op: "add", path: "/data/k1", value: "p" }]),
    operations,
  ],
  [200, "PATCH", `${namespace}/configmaps/long`, text({ data: { k0: "z" } }), strategic],
  [422, "PATCH", `${namespace}/configmaps/a`, text({ metadata: { labels: { "-": "" } } }), merge],
  [201, "POST", `${namespace}/pods`, pod("plain")],
  [201, "POST", `${namespace}/pods`, pod("other")],
  [201, "POST", `${namespace}/pods/plain/binding`, binding],
  [
    200,
    "PATCH",
    `${namespace}/pods/plain/status`,
    text({ status: { phase: "Running" } }),
    strategic,
  ],
  [201, "POST", `${namespace}/pods/other/eviction`, text({ metadata: { name: "other" } })],
  [201, "POST", "/apis/apps/v1/namespaces/default/deployments", deployment("d")],
  [200, "PUT", "/apis/apps/v1/namespaces/default/deployments/d", deployment("d", "j")],
  [
    200,
    "PATCH",
    "/apis/apps/v1/namespaces/default/deployments/d/scale",
    text({ spec: { replicas: 2 } }),
    merge,
  ],
  [
    201,
    "POST",
    `${namespace}/services`,
    text({ metadata: { name: "s" }, spec: { ports: [{ port: 1 }] } }),
  ],
  [200, "DELETE", `${namespace}/services/s`],
  [200, "DELETE", `${namespace}/configmaps/of-yaml`, text({ gracePeriodSeconds: 0 })],
  [200, "DELETE", `${namespace}/configmaps`],
  [404, "DELETE", `${namespace}/configmaps/none`],
];

describe("objects that a request decodes", () => {
  let server: TestApiServer;
  before(async () => {
    server = await startTestApiServer();
    const account = text({ metadata: { name: "default" } });
    await send([201, "POST", `${namespace}/serviceaccounts`, account]);
    // What admission adds to plain pods is decoded for the first and kept for all.
    await send([201, "POST", `${namespace}/pods`, pod("first")]);
  });
  after(() => server?.stop());

  const send = async ([status, method, path, body, type]: Request): Promise<void> => {
    const response = await fetch(server.url + path, {
      method,
      headers: { "content-type": type ?? "application/json" },
      ...(body === undefined ? {} : { body }),
    });
    const answered = await response.text();
    assert.equal(response.status, status, `${method} ${path}: ${answered.slice(0, 300)}`);
  };

  for (const request of requests) {
    const [status, method, path, body = "", type = ""] = request;
    it(`are freed when it ends: ${method} ${path} ${type} ${body.slice(0, 40)} ${status}`, async () => {
      const before = held();
      await send(request);
      // Nobody's collection frees anything meanwhile but what was there before.
      assert.ok(held() <= before, `${held() - before} bytes are still held`);
    });
  }

  it("are freed after many requests, without a collection", async () => {
    const before = held();
    for (let i = 0; i < 300; i += 1) {
      await send([201, "POST", `${namespace}/pods`, pod(`many-${i}`)]);
    }
    assert.ok(held() <= before, `${held() - before} bytes are still held`);
  });

  it("are nobody's to ask afterwards, and what comes late is freed at once", async () => {
    const body = Buffer.from(configMap("a"));
    const before = held();
    const [object, codec] = await withOwnObjects({ codec: nativeCodec }, ({ codec }) => {
      const read = codec.readBody(message, body, "json", "Ignore").decoded.object;
      assert.ok(read !== undefined && held() > before);
      return [read, codec] as const;
    });
    assert.equal(held(), before);
    assert.throws(() => object.json(), {
      name: "CodecFailure",
      message: "the object was released",
    });
    const late = codec.decode(message, body, { format: "json" }).object;
    assert.throws(() => late?.json(), /was released/);
    assert.equal(held(), before);
  });

  it("stay where they are to outlive it", async () => {
    const body = Buffer.from(configMap("a"));
    const object = await withOwnObjects(
      { codec: nativeCodec },
      ({ codec }) => codec.lasting.decode(message, body, { format: "json" }).object,
    );
    assert.equal(object?.metadata().name, "a");
  });
});
