import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const maps = "/api/v1/namespaces/default/configmaps";

describe("REST", () => {
  let server: TestApiServer;
  let rest: RestCaller;

  before(async () => {
    server = await startTestApiServer();
    rest = new RestCaller(server.url);
    for (const name of ["a", "b", "c"]) {
      const body = { metadata: { name }, data: { k: name } };
      const { status } = await rest.call(maps, { method: "POST", body });
      assert.equal(status, 201);
    }
  });

  after(async () => {
    rest.close();
    await server.stop();
  });

  it("has the headers of every answer", async () => {
    const { headers, text } = await rest.call(`${maps}/a`);
    assert.equal(headers["content-type"], "application/json");
    assert.equal(headers["cache-control"], "no-cache, private");
    assert.match(String(headers["audit-id"]), /^[0-9a-f-]{36}$/);
    assert.ok(text().endsWith("}\n"));
    const own = await rest.call(`${maps}/a`, { headers: { "audit-id": "mine" } });
    assert.equal(own.headers["audit-id"], "mine");
  });

  it("answers a Status for what is not there", async () => {
    const { status, json } = await rest.call(`${maps}/zz`);
    assert.equal(status, 404);
    assert.deepEqual(json(), {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: 'configmaps "zz" not found',
      reason: "NotFound",
      details: { name: "zz", kind: "configmaps" },
      code: 404,
    });
  });

  it("tells unknown groups, resources and methods apart", async () => {
    const group = await rest.call("/apis/foo/v1/bars");
    assert.deepEqual([group.status, group.text()], [404, "404 page not found\n"]);
    const path = await rest.call("/foo");
    assert.deepEqual([path.status, path.text()], [404, "404 page not found\n"]);
    const resource = await rest.call("/api/v1/foos");
    assert.deepEqual([resource.status, resource.json().reason], [404, "NotFound"]);
    const method = await rest.call("/api/v1/pods", { method: "POST", body: {} });
    assert.deepEqual([method.status, method.json().reason], [405, "MethodNotAllowed"]);
    const put = await rest.call(maps, { method: "PUT", body: {} });
    assert.equal(put.status, 405);
  });

  it("gives YAML, protobuf and pretty JSON", async () => {
    const yaml = await rest.call(`${maps}/a`, { accept: "application/yaml" });
    assert.match(yaml.text(), /^kind: ConfigMap\n/m);
    const protobuf = await rest.call(`${maps}/a`, {
      accept: "application/vnd.kubernetes.protobuf",
    });
    assert.equal(protobuf.bytes.subarray(0, 4).toString("latin1"), "k8s\0");
    const list = await rest.call(maps, { accept: "application/vnd.kubernetes.protobuf" });
    assert.equal(list.bytes.subarray(0, 4).toString("latin1"), "k8s\0");
    assert.match((await rest.call(`${maps}/a?pretty=true`)).text(), /^\{\n {2}"kind"/);
    assert.doesNotMatch((await rest.call(`${maps}/a`)).text(), /\n./);
  });

  it("takes YAML", async () => {
    const body = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: yaml}\ndata: {k: v}\n";
    const call = { method: "POST", contentType: "application/yaml", body };
    const { status, json } = await rest.call(maps, call);
    assert.equal(status, 201);
    assert.deepEqual(json().data, { k: "v" });
    await rest.call(`${maps}/yaml`, { method: "DELETE" });
  });

  it("refuses media types that it has not", async () => {
    const accept = await rest.call(`${maps}/a`, { accept: "text/html" });
    assert.equal(accept.status, 406);
    assert.equal(
      accept.json().message,
      "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, " +
        "application/vnd.kubernetes.protobuf",
    );
    const body = await rest.call(maps, { method: "POST", contentType: "text/plain", body: "x" });
    assert.equal(body.status, 415);
    const patch = await rest.call(`${maps}/a`, {
      method: "PATCH",
      contentType: "application/json",
      body: {},
    });
    assert.equal(patch.status, 415);
    assert.equal(patch.json().message, "415: Unsupported Media Type");
  });

  it("refuses bodies that are malformed, of another kind, too large or too deep", async () => {
    const bad = await rest.call(maps, { method: "POST", body: "{" });
    assert.deepEqual([bad.status, bad.json().reason], [400, "BadRequest"]);
    const kind = await rest.call(maps, { method: "POST", body: { kind: "Pod", apiVersion: "v1" } });
    assert.equal(kind.status, 400);
    const version = await rest.call(maps, {
      method: "POST",
      body: { kind: "ConfigMap", apiVersion: "apps/v1" },
    });
    assert.equal(
      version.json().message,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: ' +
        'no kind "ConfigMap" is registered for version "apps/v1"',
    );
    const large = await rest.call(maps, { method: "POST", body: "x".repeat(3 * 1024 * 1024 + 1) });
    assert.deepEqual([large.status, large.json().reason], [413, "RequestEntityTooLarge"]);
    const deep = `{"metadata":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`;
    assert.equal((await rest.call(maps, { method: "POST", body: deep })).status, 400);
    const type = await rest.call(maps, { method: "POST", body: { data: { a: 1 } } });
    assert.equal(type.status, 400);
    assert.equal((await rest.call(`${maps}/a`)).status, 200);
  });

  it("warns of unknown fields or refuses them", async () => {
    const body = { metadata: { name: "warned" }, foo: 1 };
    const warned = await rest.call(`${maps}?dryRun=All`, { method: "POST", body });
    assert.equal(warned.status, 201);
    assert.equal(warned.headers.warning, '299 - "unknown field \\"foo\\""');
    const ignored = await rest.call(`${maps}?dryRun=All&fieldValidation=Ignore`, {
      method: "POST",
      body,
    });
    assert.equal(ignored.headers.warning, undefined);
    const strict = await rest.call(`${maps}?fieldValidation=Strict`, { method: "POST", body });
    assert.equal(strict.status, 400);
    assert.match(String(strict.json().message), /strict decoding error: unknown field "foo"/);
  });

  it("pages through a list at one revision", async () => {
    const first = (await rest.call(`${maps}?limit=2`)).json() as ListDocument;
    assert.deepEqual(names(first), ["a", "b"]);
    assert.equal(first.metadata.remainingItemCount, 1);
    const token = encodeURIComponent(first.metadata.continue ?? "");
    const rest2 = (await rest.call(`${maps}?limit=2&continue=${token}`)).json() as ListDocument;
    assert.deepEqual(names(rest2), ["c"]);
    assert.equal(rest2.metadata.resourceVersion, first.metadata.resourceVersion);
    const both = await rest.call(`${maps}?limit=2&resourceVersion=1&continue=${token}`);
    assert.equal(both.status, 400);
    assert.equal((await rest.call(`${maps}?continue=zz`)).status, 400);
  });

  it("checks the options of lists", async () => {
    const match = await rest.call(`${maps}?resourceVersionMatch=Exact`);
    assert.equal(match.status, 422);
    assert.equal((await rest.call(`${maps}?limit=x`)).status, 400);
    assert.equal((await rest.call(`${maps}?labelSelector=a%20b`)).status, 400);
    const future = await rest.call(`${maps}?resourceVersion=99999999`);
    assert.deepEqual([future.status, future.headers["retry-after"]], [504, "1"]);
  });

  it("answers tables", async () => {
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    const { json } = await rest.call(maps, { accept });
    const table = json() as unknown as TableDocument;
    assert.deepEqual([table.kind, table.apiVersion], ["Table", "meta.k8s.io/v1"]);
    assert.deepEqual(
      table.columnDefinitions.map((c) => c.name),
      ["Name", "Data", "Age"],
    );
    assert.deepEqual(table.rows[0]?.cells.slice(0, 2), ["a", 1]);
    assert.equal(table.rows[0]?.object?.kind, "PartialObjectMetadata");
    const none = await rest.call(`${maps}?includeObject=None`, { accept });
    assert.equal((none.json() as unknown as TableDocument).rows[0]?.object, null);
  });

  it("answers metadata only", async () => {
    const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    const list = (await rest.call(maps, { accept })).json() as ListDocument & { kind: string };
    assert.equal(list.kind, "PartialObjectMetadataList");
    assert.deepEqual(Object.keys(list.items[0] ?? {}).includes("data"), false);
    const one = await rest.call(`${maps}/a`, {
      accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
    });
    assert.equal(one.json().kind, "PartialObjectMetadata");
  });

  it("streams a watch and ends it in time, with a bookmark", async () => {
    const { metadata } = (await rest.call(maps)).json() as ListDocument;
    const query = `watch=1&timeoutSeconds=1&allowWatchBookmarks=true`;
    const watching = rest.call(`${maps}?${query}&resourceVersion=${metadata.resourceVersion}`);
    await rest.call(maps, { method: "POST", body: { metadata: { name: "d" } } });
    await rest.call(`${maps}/d`, { method: "DELETE" });
    const events = lines((await watching).text());
    assert.deepEqual(
      events.map((e) => e.type),
      ["ADDED", "DELETED", "BOOKMARK"],
    );
    assert.equal(events[0]?.object.kind, "ConfigMap");
  });

  it("begins a watch without a revision with what is there", async () => {
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const { text } = await rest.call(`${maps}?watch=1&timeoutSeconds=1`, { accept });
    const events = lines(text());
    assert.deepEqual(
      events.map((e) => e.type),
      ["ADDED", "ADDED", "ADDED"],
    );
    const definitions = events.map((e) => (e.object.columnDefinitions ?? []).length > 0);
    assert.deepEqual(definitions, [true, false, false]);
  });

  it("tells a watch of a compacted revision to begin anew", async () => {
    await server.storage.compact(server.storage.currentRevision());
    const { status, text } = await rest.call(`${maps}?watch=1&resourceVersion=1`);
    assert.equal(status, 200);
    const [event] = lines(text());
    assert.equal(event?.type, "ERROR");
    assert.deepEqual([event?.object.code, event?.object.reason], [410, "Expired"]);
  });

  it("answers an old continue token with 410 and one to go on with", async () => {
    const { metadata } = (await rest.call(`${maps}?limit=1`)).json() as ListDocument;
    await rest.call(maps, { method: "POST", body: { metadata: { name: "e" } } });
    await server.storage.compact(server.storage.currentRevision());
    const token = encodeURIComponent(metadata.continue ?? "");
    const expired = await rest.call(`${maps}?limit=1&continue=${token}`);
    assert.deepEqual([expired.status, expired.json().reason], [410, "Expired"]);
    const next = (expired.json().metadata as { continue: string }).continue;
    const rest2 = await rest.call(`${maps}?limit=9&continue=${encodeURIComponent(next)}`);
    assert.deepEqual(names(rest2.json() as ListDocument), ["b", "c", "e"]);
  });

  it("compresses large lists", async () => {
    const body = (name: string) => ({ metadata: { name }, data: { k: "x".repeat(100_000) } });
    for (const name of ["l1", "l2"]) {
      await rest.call(maps, { method: "POST", body: body(name) });
    }
    const zipped = await rest.call(maps, { headers: { "accept-encoding": "gzip" } });
    assert.equal(zipped.headers["content-encoding"], "gzip");
    const plain = await rest.call(maps);
    assert.equal(gunzipSync(zipped.bytes).toString("utf8"), plain.text());
  });

  it("streams lists beyond a mebibyte in pieces", async () => {
    for (let i = 0; i < 12; i += 1) {
      const body = { metadata: { name: `s${i}` }, data: { k: "y".repeat(120_000) } };
      await rest.call(maps, { method: "POST", body });
    }
    const { headers, bytes, json } = await rest.call(maps);
    assert.equal(Number(headers["content-length"]), bytes.length);
    assert.ok(bytes.length > 1024 * 1024);
    assert.ok(names(json() as ListDocument).includes("s11"));
  });

  it("refuses HEAD, without a body", async () => {
    const { status, bytes } = await rest.call(`${maps}/a`, { method: "HEAD" });
    assert.deepEqual([status, bytes.length], [405, 0]);
  });

  it("says how it is", async () => {
    assert.equal((await rest.call("/healthz")).text(), "ok");
    assert.equal((await rest.call("/healthz/etcd")).text(), "ok");
    const livez = await rest.call("/livez?verbose");
    assert.match(livez.text(), /^\[\+\]ping ok\n[\s\S]*livez check passed\n$/);
    const readyz = await rest.call("/readyz?verbose&exclude=etcd");
    assert.match(readyz.text(), /\[\+\]etcd excluded: ok/);
    assert.equal((await rest.call("/livez/nothing")).status, 404);
    const metrics = await rest.call("/metrics");
    assert.match(metrics.text(), /^apiserver_request_total\{/m);
    assert.match(metrics.text(), /^apiserver_request_duration_seconds_bucket\{/m);
    await rest.call("/apis/madeup.example.com/v1/things");
    assert.doesNotMatch((await rest.call("/metrics")).text(), /madeup/);
  });

  it("lists its paths and its API", async () => {
    const { paths } = (await rest.call("/")).json() as unknown as { paths: string[] };
    assert.ok(["/api/v1", "/apis/apps/v1", "/healthz", "/version"].every((p) => paths.includes(p)));
    assert.equal((await rest.call("/api")).json().kind, "APIVersions");
    assert.equal((await rest.call("/apis")).json().kind, "APIGroupList");
    assert.equal((await rest.call("/api/v1")).json().kind, "APIResourceList");
    assert.equal((await rest.call("/apis/autoscaling/v1")).json().kind, "APIResourceList");
    assert.equal((await rest.call("/version")).json().major, "1");
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const aggregated = await rest.call("/apis", { accept });
    assert.equal(aggregated.json().kind, "APIGroupDiscoveryList");
    assert.equal(aggregated.headers["content-type"], accept);
    assert.equal((await rest.call("/openapi/v2")).json().swagger, "2.0");
    assert.equal((await rest.call("/openapi/v3/api/v1")).json().openapi, "3.0.0");
  });
});

interface ListDocument extends Record<string, unknown> {
  readonly metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  readonly items: { metadata: { name: string } }[];
}

interface TableDocument {
  readonly kind: string;
  readonly apiVersion: string;
  readonly columnDefinitions: { name: string }[];
  readonly rows: { cells: unknown[]; object?: { kind: string } }[];
}

interface EventDocument {
  readonly type: string;
  readonly object: { kind: string; code?: number; reason?: string; columnDefinitions?: unknown[] };
}

function names(list: ListDocument): string[] {
  return list.items.map((item) => item.metadata.name);
}

function lines(text: string): EventDocument[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as EventDocument);
}
