import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { type CustomResource, customResourceType } from "../../../../lib/api/customResourceType.js";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import type { ResourceType } from "../../../../lib/api/resourceType.js";
import type { AdmissionPlugin } from "../../../../lib/apiserver/admission/admissionPlugin.js";
import { channelClient } from "../../../../lib/client/connectClient.js";
import { type RestCall, RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const widgets = "/apis/example.com/v1/namespaces/default/widgets";
const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const table = "application/json;as=Table;v=v1;g=meta.k8s.io";
const protobuf = "application/vnd.kubernetes.protobuf";

function typeOf(more: Partial<CustomResource> = {}): ResourceType<unknown> {
  return customResourceType({
    group: "example.com",
    version: "v1",
    kind: "Widget",
    resource: "widgets",
    namespaced: true,
    shortNames: ["wd"],
    categories: ["all"],
    hasStatus: true,
    ...more,
  });
}

const v1 = typeOf();
const v2 = typeOf({ version: "v2", storageVersion: "v1" });
const head = { apiVersion: "example.com/v1", kind: "Widget" };

type Tree = Record<string, unknown> & {
  readonly metadata: Record<string, unknown> & { readonly resourceVersion: string };
};

/** Holds back what creates an object of that name until it is let go. */
class Gate implements AdmissionPlugin {
  readonly name = "Gate";
  readonly reached: Promise<void>;
  #tellReached = (): void => undefined;
  open = (): void => undefined;
  readonly #opened: Promise<void>;

  constructor() {
    this.reached = new Promise((resolve) => {
      this.#tellReached = resolve;
    });
    this.#opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  handles(): boolean {
    return true;
  }

  validate({ name }: { readonly name: string }): Promise<void> | undefined {
    if (!name.startsWith("held")) return undefined;
    this.#tellReached();
    return this.#opened;
  }
}

describe("a kind that is added to a running server", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  let gate: Gate;
  const post = (body: object, path = widgets, more: RestCall = {}) =>
    rest.call(path, { method: "POST", body: { ...head, ...body }, ...more });
  const create = async (name: string, rest = {}): Promise<Tree> => {
    const answer = await post({ metadata: { name }, ...rest });
    assert.equal(answer.status, 201, answer.text());
    return answer.json() as Tree;
  };

  /** Resolves when so many watches of widgets run. */
  const untilRunning = async (count: number): Promise<void> => {
    const series = /apiserver_longrunning_requests\{[^}]*resource="widgets"[^}]*\} (\d+)/g;
    for (let running = -1; running !== count; ) {
      const found = [...(await rest.call("/metrics")).text().matchAll(series)];
      running = found.reduce((sum, [, value]) => sum + Number(value), 0);
    }
  };

  /** Resolves when so many requests from now on are with the server. */
  const untilAsked = (count: number): Promise<void> => {
    const { pipeline } = api.server;
    const handle = pipeline.handle.bind(pipeline);
    return new Promise((resolve) => {
      let left = count;
      pipeline.handle = (request, auditId) => {
        left -= 1;
        if (left === 0) resolve();
        return handle(request, auditId);
      };
    });
  };

  beforeEach(async () => {
    gate = new Gate();
    api = await startTestApiServer({}, {}, [gate]);
    rest = new RestCaller(api.url);
  });

  afterEach(async () => {
    gate.open();
    rest.close();
    await api.stop();
  });

  it("is in discovery, in both forms, as long as it is there", async () => {
    const documents = async () => {
      const list = await rest.call("/apis", { accept: aggregated });
      return {
        etag: list.headers.etag,
        groups: (await rest.call("/apis")).text(),
        items: list.json().items as { metadata: { name: string }; versions: unknown[] }[],
        paths: (await rest.call("/")).text(),
      };
    };
    const before = await documents();
    api.server.scheme.add(v1, v2);
    const after = await documents();
    assert.notEqual(after.etag, before.etag);
    assert.ok(after.groups.includes('"name":"example.com"'));
    assert.ok(after.paths.includes('"/apis/example.com/v2"'));
    assert.equal(after.items.at(-1)?.metadata.name, "example.com");
    const [first] = (after.items.at(-1)?.versions ?? []) as {
      version: string;
      resources: Tree[];
    }[];
    assert.equal(first?.version, "v2");
    assert.deepEqual(first?.resources, [
      {
        resource: "widgets",
        responseKind: { group: "", version: "", kind: "Widget" },
        scope: "Namespaced",
        singularResource: "widget",
        verbs: [...v1.verbs],
        shortNames: ["wd"],
        categories: ["all"],
        subresources: [
          {
            subresource: "status",
            responseKind: { group: "", version: "", kind: "Widget" },
            verbs: ["get", "patch", "update"],
          },
        ],
      },
    ]);
    const group = (await rest.call("/apis/example.com")).json();
    assert.deepEqual(group.preferredVersion, { groupVersion: "example.com/v2", version: "v2" });
    const list = (await rest.call("/apis/example.com/v1")).json();
    const names = (list.resources as Tree[]).map(({ name }) => name);
    assert.deepEqual(names, ["widgets", "widgets/status"]);
    const notModified = await rest.call("/apis", {
      accept: aggregated,
      headers: { "if-none-match": String(after.etag) },
    });
    assert.equal(notModified.status, 304);
    api.server.scheme.remove(v1, v2);
    assert.deepEqual(await documents(), before);
    for (const path of ["/apis/example.com", "/apis/example.com/v1"]) {
      assert.equal((await rest.call(path)).status, 404, path);
    }
  });

  it("is in OpenAPI 3 and 2, with other hashes", async () => {
    type Paths = Record<string, { serverRelativeURL: string }>;
    const index = async () => (await rest.call("/openapi/v3")).json().paths as Paths;
    const v2Json = () => rest.call("/openapi/v2");
    const before = { index: await index(), v2: (await v2Json()).headers.etag };
    api.server.scheme.add(v1);
    const after = { index: await index(), v2: await v2Json() };
    assert.notEqual(after.v2.headers.etag, before.v2);
    const added = Object.keys(after.index).filter((path) => before.index[path] === undefined);
    assert.deepEqual(added, ["apis/example.com", "apis/example.com/v1"]);
    assert.deepEqual(after.index["apis/apps/v1"], before.index["apis/apps/v1"]);

    const url = after.index["apis/example.com/v1"]?.serverRelativeURL ?? "";
    const answer = await rest.call(url);
    assert.equal(answer.headers["cache-control"], "public, immutable");
    const document = answer.json() as {
      paths: Record<string, Record<string, { "x-kubernetes-action"?: string }>>;
      components: { schemas: Record<string, Tree> };
    };
    const item = "/apis/example.com/v1/namespaces/{namespace}/widgets/{name}";
    assert.deepEqual(Object.keys(document.paths[item] ?? {}).sort(), [
      "delete",
      "get",
      "patch",
      "put",
    ]);
    assert.ok(document.paths[`${item}/status`]?.patch);
    const { schemas } = document.components;
    assert.equal(schemas["com.example.v1.Widget"]?.["x-kubernetes-preserve-unknown-fields"], true);
    for (const reference of answer.text().matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      assert.ok(schemas[reference[1] ?? ""], reference[1]);
    }
    const group = await rest.call(after.index["apis/example.com"]?.serverRelativeURL ?? "");
    assert.equal(group.status, 200);

    const swagger = after.v2.json() as { paths: Tree; definitions: Record<string, Tree> };
    assert.ok(swagger.paths[item] && swagger.paths["/api/v1/pods"]);
    assert.ok(swagger.definitions["com.example.v1.WidgetList"]);
    const accept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    const gzip = { "accept-encoding": "gzip" };
    const bytes = await rest.call("/openapi/v2", { accept, headers: gzip });
    const text = gunzipSync(bytes.bytes).toString("latin1");
    assert.ok(
      text.includes("com.example.v1.WidgetList") && text.includes("io.k8s.api.core.v1.Pod"),
    );

    // Another kind of the group is another document; of others nothing changes.
    api.server.scheme.add(typeOf({ kind: "Gadget", resource: "gadgets" }));
    const more = await index();
    assert.notDeepEqual(more["apis/example.com/v1"], after.index["apis/example.com/v1"]);
    assert.deepEqual(more["apis/example.com"], after.index["apis/example.com"]);
    const moved = await rest.call(url);
    assert.equal(moved.status, 301);
    api.server.scheme.remove(...api.server.scheme.resources.filter((t) => t.group === v1.group));
    assert.deepEqual(await index(), before.index);
    assert.equal((await rest.call(url)).status, 404);
    assert.equal((await v2Json()).headers.etag, before.v2);
  });

  it("may have a kind that ends as those of options do", async () => {
    api.server.scheme.add(typeOf({ kind: "WidgetOptions" }));
    for (const path of ["/openapi/v2", "/openapi/v3", "/openapi/v3/apis/example.com/v1"]) {
      const document = await rest.call(path);
      assert.equal(document.status, 200, `${path} ${document.text().slice(0, 200)}`);
    }
  });

  it("is created, read, listed, changed and deleted, whatever its fields are", async () => {
    assert.equal((await post({ metadata: { name: "a" } })).status, 404);
    api.server.scheme.add(v1, v2);
    const sent = {
      spec: { big: 9007199254740993n, one: [1, null, { x: "" }], no: false },
      x: null,
    };
    const text = JSON.stringify(
      { ...head, metadata: { name: "a", labels: { k: "v" } }, ...sent },
      (_, v) => (typeof v === "bigint" ? `#${v}#` : (v as unknown)),
    ).replace(/"#(\d+)#"/g, "$1");
    const created = await rest.call(widgets, { method: "POST", body: text });
    assert.equal(created.status, 201, created.text());
    const kept = '"spec":{"big":9007199254740993,"no":false,"one":[1,null,{"x":""}]},"x":null';
    assert.ok(created.text().includes(kept), created.text());
    const { metadata } = created.json() as Tree;
    assert.equal(metadata.generation, 1);
    assert.equal(metadata.namespace, "default");

    const read = await rest.call(`${widgets}/a`);
    assert.ok(read.text().startsWith('{"kind":"Widget","apiVersion":"example.com/v1"'));
    assert.ok(read.text().includes(kept));
    const inV2 = await rest.call(`${widgets.replace("v1", "v2")}/a`);
    assert.ok(inV2.text().startsWith('{"kind":"Widget","apiVersion":"example.com/v2"'));
    const stored = await api.storage.get("/registry/example.com/widgets/default/a");
    const value = Buffer.from(stored?.value ?? []).toString("utf8");
    assert.ok(value.startsWith('{"kind":"Widget","apiVersion":"example.com/v1","metadata":{'));

    await create("b");
    const list = (await rest.call(`${widgets}?labelSelector=k%3Dv`)).json();
    assert.equal(list.kind, "WidgetList");
    const [item, ...others] = list.items as Tree[];
    assert.deepEqual([item?.kind, item?.metadata.name, others.length], ["Widget", "a", 0]);
    const all = (await rest.call("/apis/example.com/v1/widgets?limit=1")).json();
    assert.equal((all.items as unknown[]).length, 1);
    assert.ok((all.metadata as Tree).continue);

    const merged = await rest.call(`${widgets}/a`, {
      method: "PATCH",
      contentType: "application/merge-patch+json",
      body: { spec: { no: null, more: [1] }, status: { lost: true } },
    });
    assert.equal(merged.status, 200, merged.text());
    const patched = merged.json() as Tree;
    assert.deepEqual(Object.keys(patched.spec as object), ["big", "more", "one"]);
    assert.deepEqual([patched.metadata.generation, patched.status], [2, undefined]);
    const steps = [{ op: "add", path: "/spec/steps", value: 1 }];
    const contentType = "application/json-patch+json";
    const method = "PATCH";
    const stepped = await rest.call(`${widgets}/a`, { method, contentType, body: steps });
    assert.equal(((stepped.json() as Tree).spec as Tree).steps, 1);

    const same = await rest.call(`${widgets}/a`, { method: "PUT", body: stepped.text() });
    const version = (stepped.json() as Tree).metadata.resourceVersion;
    assert.equal((same.json() as Tree).metadata.resourceVersion, version);
    const deleted = await rest.call(`${widgets}/a`, { method: "DELETE" });
    assert.equal(deleted.status, 200);
    assert.equal((await rest.call(`${widgets}/a`)).status, 404);
    const rest2 = await rest.call(widgets, { method: "DELETE" });
    assert.equal((rest2.json().items as Tree[])[0]?.metadata.name, "b");
  });

  it("has its status written apart, and who owns which fields", async () => {
    api.server.scheme.add(v1, v2);
    const made = await create("a", { spec: { a: 1 }, status: { ready: true } });
    assert.equal(made.status, undefined);
    const status = await rest.call(`${widgets}/a/status?fieldManager=kubelet`, {
      method: "PATCH",
      contentType: "application/merge-patch+json",
      body: { spec: { a: 2 }, data: 1, metadata: { labels: { x: "y" } }, status: { ready: true } },
    });
    assert.equal(status.status, 200, status.text());
    const object = status.json() as Tree;
    assert.deepEqual(
      [object.spec, object.status, object.data],
      [{ a: 1 }, { ready: true }, undefined],
    );
    assert.equal(object.metadata.generation, 1);
    const fields = object.metadata.managedFields as {
      manager: string;
      subresource?: string;
      fieldsV1: Tree;
    }[];
    const own = fields.find(({ subresource }) => subresource === "status");
    assert.deepEqual(
      [own?.manager, own?.fieldsV1["f:status"]],
      ["kubelet", { ".": {}, "f:ready": {} }],
    );
    const first = fields.find(({ subresource }) => subresource !== "status");
    assert.deepEqual(first?.fieldsV1, { "f:spec": { ".": {}, "f:a": {} } });
    const scale = await rest.call(`${widgets}/a/scale`);
    assert.equal(scale.status, 404);
  });

  it("refuses what upstream refuses of custom objects", async () => {
    api.server.scheme.add(v1);
    const { metadata } = await create("a");
    const put = (body: object) => rest.call(`${widgets}/a`, { method: "PUT", body });
    const cases: readonly (readonly [
      string,
      number,
      RegExp,
      Promise<{ status: number; text(): string }>,
    ])[] = [
      [
        "no kind",
        400,
        /Object 'Kind' is missing in/,
        rest.call(widgets, { method: "POST", body: { apiVersion: head.apiVersion } }),
      ],
      [
        "another version",
        400,
        /does not match the expected API version/,
        post({ apiVersion: "example.com/v2" }),
      ],
      [
        "another kind",
        422,
        /kind: Invalid value: \\"Pod\\": must be Widget/,
        post({ kind: "Pod" }),
      ],
      ["no name", 422, /name or generateName is required/, post({})],
      ["a bad name", 422, /RFC 1123 subdomain/, post({ metadata: { name: "A" } })],
      [
        "no resourceVersion",
        422,
        /must be specified for an update/,
        put({ ...head, metadata: { name: "a" } }),
      ],
      [
        "an old resourceVersion",
        409,
        /object has been modified/,
        put({ ...head, metadata: { ...metadata, resourceVersion: "1" }, x: 1 }),
      ],
      [
        "another object",
        400,
        /does not match the name on the URL/,
        put({ ...head, metadata: { name: "b" } }),
      ],
      ["what is there", 409, /already exists/, post({ metadata: { name: "a" } })],
      [
        "a doubled field",
        400,
        /duplicate field \\"spec.a\\"/,
        rest.call(`${widgets}?fieldValidation=Strict`, {
          method: "POST",
          body: JSON.stringify({ ...head, spec: { a: 1, b: 2 } }).replace('"b"', '"a"'),
        }),
      ],
      [
        "an unknown selector",
        400,
        /field label not supported: spec.a/,
        rest.call(`${widgets}?fieldSelector=spec.a%3D1`),
      ],
      [
        "a strategic patch",
        415,
        /media types include: application\/json-patch\+json, application\/merge-patch\+json/,
        rest.call(`${widgets}/a`, {
          method: "PATCH",
          contentType: "application/strategic-merge-patch+json",
          body: {},
        }),
      ],
      [
        "a protobuf body",
        415,
        /application\/json, application\/yaml/,
        post({}, widgets, { contentType: protobuf }),
      ],
      [
        "protobuf alone",
        406,
        /application\/json, application\/yaml/,
        rest.call(`${widgets}/a`, { accept: protobuf }),
      ],
    ];
    for (const [what, code, message, answering] of cases) {
      const answer = await answering;
      assert.equal(answer.status, code, `${what}: ${answer.text()}`);
      assert.match(answer.text(), message, what);
    }
    const either = await rest.call(`${widgets}/a`, { accept: `${protobuf}, application/json` });
    assert.equal(either.headers["content-type"], "application/json");
    const partial = `${protobuf};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`;
    const metadataOnly = await rest.call(`${widgets}/a`, { accept: partial });
    assert.equal(metadataOnly.headers["content-type"], protobuf);
    const yaml = await rest.call(`${widgets}/a`, { accept: "application/yaml" });
    assert.ok(yaml.text().startsWith("apiVersion: example.com/v1\nkind: Widget\n"), yaml.text());
  });

  it("keeps objects as long as they have finalizers, and says which names are better", async () => {
    api.server.scheme.add(v1);
    const finalizers = ["plain", "with.dots", "example.com/good"];
    const made = await post({ metadata: { name: "a", finalizers } });
    assert.equal(made.status, 201, made.text());
    const prefer = "prefer a domain-qualified finalizer name";
    const why = "to avoid accidental conflicts with other finalizer writers";
    assert.deepEqual(String(made.headers.warning).split(", "), [
      `299 - "metadata.finalizers: \\"plain\\": ${prefer} ${why}"`,
      `299 - "metadata.finalizers: \\"with.dots\\": ${prefer} including a path (/) ${why}"`,
    ]);
    const deleted = (await rest.call(`${widgets}/a`, { method: "DELETE" })).json() as Tree;
    assert.ok(deleted.metadata.deletionTimestamp);
    const released = await rest.call(`${widgets}/a`, {
      method: "PATCH",
      contentType: "application/merge-patch+json",
      body: { metadata: { finalizers: null } },
    });
    assert.equal(released.status, 200);
    assert.equal(released.headers.warning, undefined);
    assert.equal((await rest.call(`${widgets}/a`)).status, 404);
  });

  it("has a Table with name and age", async () => {
    api.server.scheme.add(v1);
    await create("a");
    for (const path of [widgets, `${widgets}/a`]) {
      const { columnDefinitions, rows } = (await rest.call(path, { accept: table })).json() as {
        columnDefinitions: { name: string; type: string }[];
        rows: { cells: string[]; object: Tree }[];
      };
      const columns = columnDefinitions.map(({ name, type }) => `${name} ${type}`);
      assert.deepEqual(columns, ["Name string", "Age date"]);
      assert.equal(rows[0]?.cells[0], "a");
      assert.match(rows[0]?.cells[1] ?? "", /^\d+s$/);
      assert.equal(rows[0]?.object.kind, "PartialObjectMetadata");
    }
  });

  it("is watched in every version, from the beginning and from a revision", async () => {
    api.server.scheme.add(v1, v2);
    const { metadata } = await create("a", { spec: { a: 1 } });
    const watches = [
      `${widgets}?watch=1&resourceVersion=${metadata.resourceVersion}`,
      `${widgets.replace("v1", "v2")}?watch=1`,
      `${widgets}?watch=1&fieldSelector=metadata.name%3Db`,
    ].map((path) => rest.call(path));
    await untilRunning(watches.length);
    await create("b");
    await rest.call(`${widgets}/a`, { method: "DELETE" });
    // Which ends them, whole.
    api.server.scheme.remove(v1, v2);
    const told = await Promise.all(
      watches.map(async (watch) => {
        const lines = (await watch).text().trim().split("\n");
        return lines.map((line) => {
          const { type, object } = JSON.parse(line) as { type: string; object: Tree };
          return `${type} ${object.apiVersion} ${object.kind} ${object.metadata.name}`;
        });
      }),
    );
    assert.deepEqual(told, [
      ["ADDED example.com/v1 Widget b", "DELETED example.com/v1 Widget a"],
      ["a", "b"]
        .map((n) => `ADDED example.com/v2 Widget ${n}`)
        .concat("DELETED example.com/v2 Widget a"),
      ["ADDED example.com/v1 Widget b"],
    ]);
  });

  it("ends watches that were still to begin when it is removed, over HTTP and gRPC", async () => {
    const { scheme } = api.server;
    scheme.add(v1);
    const { metadata } = await create("a");
    const next = Number(metadata.resourceVersion) + 1;
    const state =
      "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const asked = untilAsked(2);
    const watching = rest.call(`${widgets}?watch=1&${state}&resourceVersion=${next}`);
    const client = channelClient(api.server.channel(), nativeCodec);
    const events = client.resource(v1).watch({
      namespace: "default",
      sendInitialEvents: true,
      resourceVersionMatch: "NotOlderThan",
      allowWatchBookmarks: true,
      resourceVersion: String(next),
    });
    const first = events[Symbol.asyncIterator]().next();
    await asked;
    scheme.remove(v1);
    await rest.call("/api/v1/namespaces", { method: "POST", body: { metadata: { name: "x" } } });
    const answer = await watching;
    assert.deepEqual([answer.status, answer.text()], [200, ""]);
    assert.equal((await first).done, true);
    client.close();
  });

  it("is counted, and no more when it is gone", async () => {
    const counted = /apiserver_resource_objects\{group="example.com",resource="widgets"\} (\d+)/;
    const older = /apiserver_storage_objects\{resource="widgets.example.com"\} (\d+)/;
    const metrics = async () => (await rest.call("/metrics")).text();
    api.server.scheme.add(v1, v2);
    await create("a");
    while (counted.exec(await metrics())?.[1] !== "1");
    assert.equal(older.exec(await metrics())?.[1], "1");
    assert.match(await metrics(), /apiserver_request_total\{[^}]*resource="widgets"/);
    api.server.scheme.remove(v1, v2);
    while (counted.test(await metrics()));
    assert.doesNotMatch(await metrics(), older);
  });

  it("answers 404 when it is removed, also to a write that began before", async () => {
    api.server.scheme.add(v1);
    const { metadata } = await create("a");
    const writing = [
      post({ metadata: { name: "held-b" } }),
      rest.call(`${widgets}/a`, { method: "DELETE" }),
    ];
    await gate.reached;
    assert.equal((await writing[1])?.status, 200);
    api.server.scheme.remove(v1);
    gate.open();
    const late = await writing[0];
    assert.equal(late?.status, 404, late?.text());
    assert.equal(await api.storage.get("/registry/example.com/widgets/default/held-b"), undefined);
    const calls: readonly RestCall[] = [
      {},
      { accept: table },
      { method: "POST", body: { ...head, metadata: { name: "c" } } },
      { method: "PUT", body: { ...head, metadata } },
      { method: "DELETE" },
    ];
    for (const call of calls) {
      for (const path of [widgets, `${widgets}/a`, `${widgets}?watch=1`]) {
        assert.equal((await rest.call(path, call)).status, 404, `${path} ${call.method}`);
      }
    }
  });

  it("goes on being watched and written when it is replaced", async () => {
    api.server.scheme.add(v1);
    await create("a");
    const writing = post({ metadata: { name: "held-b" } });
    await gate.reached;
    const watching = rest.call(`${widgets}?watch=1`);
    await untilRunning(1);
    const next = typeOf({ hasStatus: false });
    api.server.scheme.replace([v1], [next, v2]);
    gate.open();
    assert.equal((await writing).status, 201);
    assert.equal((await rest.call(`${widgets}/a/status`)).status, 404);
    assert.equal((await rest.call(`${widgets.replace("v1", "v2")}/a`)).status, 200);
    api.server.scheme.remove(next, v2);
    const events = (await watching).text().trim().split("\n");
    assert.equal(events.length, 2);
  });

  it("is one server's alone, whatever another has of the same name", async () => {
    const other = await startTestApiServer();
    const others = new RestCaller(other.url);
    try {
      api.server.scheme.add(v1);
      assert.equal((await others.call("/apis/example.com")).status, 404);
      other.server.scheme.add(typeOf({ namespaced: false, kind: "Gadget" }));
      await create("a");
      const path = "/apis/example.com/v1/widgets";
      const body = { apiVersion: "example.com/v1", kind: "Gadget", metadata: { name: "g" }, n: 1 };
      assert.equal((await others.call(path, { method: "POST", body })).status, 201);
      const kinds = [rest, others].map(async (caller) => (await caller.call(path)).json().kind);
      assert.deepEqual(await Promise.all(kinds), ["WidgetList", "GadgetList"]);
      api.server.scheme.remove(v1);
      assert.equal((await others.call(`${path}/g`)).json().n, 1);
    } finally {
      others.close();
      await other.stop();
    }
  });
});
