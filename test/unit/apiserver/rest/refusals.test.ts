import assert from "node:assert/strict";
import { hastyPlatform } from "../../../support/apiserver/hastyPlatform.js";
import { checkRefusal, type RefusalRow } from "../../../support/apiserver/refusalTable.js";
import { type RestCall, RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const maps = "/api/v1/namespaces/default/configmaps";
const pods = "/api/v1/namespaces/default/pods";
const deployments = "/apis/apps/v1/namespaces/default/deployments";
const json = "application/json";
const jsonPatch = "application/json-patch+json";
const mergePatch = "application/merge-patch+json";
const strategicPatch = "application/strategic-merge-patch+json";
const post = (body: string | object): RestCall => ({ method: "POST", contentType: json, body });
const put = (body: string | object): RestCall => ({ method: "PUT", contentType: json, body });
const patch = (contentType: string, body: string | object): RestCall => ({
  method: "PATCH",
  contentType,
  body,
});
const named = (metadata: object): object => ({ metadata: { name: "ok", ...metadata } });
const owner = { apiVersion: "v1", kind: "Pod", name: "x", uid: "y" };
const deployment = {
  metadata: { name: "web" },
  spec: {
    replicas: 0,
    selector: { matchLabels: { a: "b" } },
    template: {
      metadata: { labels: { a: "b" } },
      spec: { containers: [{ name: "c", image: "i" }] },
    },
  },
};

/** Code, path, request, message or causes: what kube-apiserver 1.37 answers. */
type Short = readonly [number, string, RestCall, (string | RegExp)?, (readonly string[])?];

const bodies: readonly Short[] = [
  [
    400,
    maps,
    post(""),
    /^the object provided is unrecognized \(must be of type ConfigMap\): couldn't get version\/kind; json parse error: unexpected end of JSON input \(<empty>\)$/,
  ],
  [
    400,
    maps,
    post('{"kind":1}'),
    /^the object provided is unrecognized .* of type string \(\{"kind":1\}\)$/,
  ],
  [400, maps, post("<xml/>"), / looking for beginning of value \(3c786d6c2f3e\)$/],
  [
    400,
    maps,
    post('{"apiVersion":"a/b/c","kind":"Nope","metadata":{}}'),
    'the object provided is unrecognized (must be of type ConfigMap): unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c","kind":" ...)',
  ],
  [
    400,
    maps,
    post({ apiVersion: "v1", kind: "Secret" }),
    'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
  ],
  [
    400,
    deployments,
    post({ apiVersion: "v1", kind: "Secret" }),
    'Secret in version "v1" cannot be handled as a Deployment: converting (v1.Secret) to (apps.Deployment): unknown conversion',
  ],
  [
    400,
    maps,
    post({ apiVersion: "v1", kind: "Nope" }),
    /^Nope in version "v1" cannot be handled as a ConfigMap: no kind "Nope" is registered for version "v1"/,
  ],
  [
    400,
    "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers",
    post({ apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" }),
    "the API version in the data (autoscaling/v2) does not match the expected API version (autoscaling/v1)",
  ],
  [415, maps, { method: "POST", contentType: "*/*", body: "{}" }],
  [
    400,
    `${maps}/known`,
    { method: "DELETE", body: '{"gracePeriodSeconds":"x"}' },
    "json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64",
  ],
  [
    400,
    `${maps}/known`,
    { method: "DELETE", body: "{" },
    "couldn't get version/kind; json parse error: unexpected end of JSON input",
  ],
  [
    409,
    `${maps}/known`,
    { method: "DELETE", body: { preconditions: { uid: "nope" } } },
    /^Operation cannot be fulfilled on ConfigMap "known": the UID in the precondition \(nope\) does not match/,
  ],
];

const patches: readonly Short[] = [
  [400, `${maps}/known`, patch(jsonPatch, "{"), "invalid JSON patch"],
  [400, `${maps}/known`, patch(strategicPatch, ""), "invalid JSON patch"],
  [
    400,
    `${maps}/known`,
    patch(jsonPatch, "{}"),
    "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
  ],
  [
    400,
    `${maps}/known`,
    patch(jsonPatch, '[{"op":1}]'),
    "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string",
  ],
  [
    400,
    `${maps}/known`,
    patch(mergePatch, "[]"),
    "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
  ],
  [400, `${maps}/known`, patch(mergePatch, "null"), "Invalid JSON Patch"],
  [
    400,
    `${maps}/known`,
    patch(mergePatch, named({ name: "known", namespace: "x" })),
    "the namespace of the provided object does not match the namespace sent on the request",
  ],
  [
    422,
    `${maps}/known`,
    patch(mergePatch, { metadata: { uid: "x" } }),
    undefined,
    ["metadata.uid FieldValueInvalid"],
  ],
  [
    422,
    `${maps}/known`,
    patch(mergePatch, { metadata: { deletionTimestamp: "2020-01-01T00:00:00Z" } }),
    undefined,
    ["metadata.deletionTimestamp FieldValueInvalid"],
  ],
  [
    500,
    `${maps}/known`,
    patch(mergePatch, { metadata: { resourceVersion: "abc" } }),
    'strconv.ParseUint: parsing "abc": invalid syntax',
  ],
  [
    400,
    `${maps}/known`,
    patch(strategicPatch, { $patch: "delete" }),
    "the name of the object (known based on URL) was undeterminable: name must be provided",
  ],
  [
    500,
    `${maps}/known`,
    patch(strategicPatch, { $patch: "foo" }),
    "unknown patch type: foo in map: map[$patch:foo]",
  ],
  [
    422,
    `${deployments}/web`,
    patch(strategicPatch, { spec: { replicas: "x" } }),
    / is invalid: patch: Invalid value: "map\[spec:map\[replicas:x\]\]": unrecognized type: int32$/,
  ],
  [
    422,
    `${maps}/known`,
    patch(strategicPatch, { data: { x: 5 } }),
    /cannot convert int64 to string$/,
  ],
  [
    422,
    `${deployments}/web?fieldValidation=Strict`,
    patch(mergePatch, { spec: { colour: 1 } }),
    /strict decoding error: unknown field "spec\.colour"$/,
  ],
  [
    422,
    `${deployments}/web?fieldValidation=Strict`,
    patch(strategicPatch, { spec: { colour: 1 } }),
    /strict decoding error: unknown field "spec\.colour"$/,
  ],
  [
    422,
    `${deployments}/web?fieldValidation=Strict`,
    patch(jsonPatch, '[{"op":"add","op":"add","path":"/metadata/labels","value":{}}]'),
    /strict decoding error: json patch duplicate field "\[0\]\.op"$/,
  ],
  [
    422,
    `${maps}/known?force=true`,
    patch(mergePatch, {}),
    /force: Forbidden: may not be specified for non-apply patch$/,
  ],
  [415, `${maps}/known`, patch("text/plain", "{}"), "415: Unsupported Media Type"],
];

const metadata: readonly Short[] = [
  [
    422,
    maps,
    post(named({ ownerReferences: [{}] })),
    undefined,
    ["apiVersion", "kind", "name", "uid"].map(
      (f) => `metadata.ownerReferences[0].${f} FieldValueRequired`,
    ),
  ],
  [
    422,
    maps,
    post(named({ ownerReferences: [{ ...owner, apiVersion: "a/b/c" }] })),
    /^ConfigMap "ok" is invalid: metadata\.ownerReferences\[0\]\.apiVersion: Invalid value: "a\/b\/c": must be <group>\/<version> or <version>$/,
  ],
  [
    422,
    maps,
    post(
      named({
        ownerReferences: [
          { ...owner, controller: true },
          { ...owner, name: "z", controller: true },
        ],
      }),
    ),
    /in references for Pod\/x and Pod\/z$/,
  ],
  [
    422,
    maps,
    post(named({ finalizers: ["x"] })),
    /^ConfigMap "ok" is invalid: metadata\.finalizers\[0\]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified$/,
  ],
  [
    422,
    maps,
    post(named({ finalizers: ["orphan", "foregroundDeletion"] })),
    /finalizer orphan and foregroundDeletion cannot be both set$/,
  ],
  [
    422,
    maps,
    post(named({ labels: { "a/b/c": "" } })),
    /metadata\.labels: Invalid value: "a\/b\/c": a valid label key must consist of/,
  ],
  [
    400,
    `${maps}/known`,
    put({ metadata: {} }),
    "the name of the object (known based on URL) was undeterminable: name must be provided",
  ],
  [
    500,
    `${maps}/known`,
    put(named({ name: "known", resourceVersion: "x" })),
    'strconv.ParseUint: parsing "x": invalid syntax',
  ],
  [
    422,
    `${maps}?fieldManager=a%01b`,
    post(named({})),
    'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\\x01b": invalid character U+0001 (at position 1)',
  ],
  [
    422,
    `${maps}?fieldValidation=Maybe`,
    post(named({})),
    /supported values: "", "Ignore", "Strict", "Warn"$/,
  ],
];

const reads: readonly Short[] = [
  [
    400,
    `${maps}?resourceVersion=soon`,
    {},
    'invalid resource version: resourceVersion: Invalid value: "soon": strconv.ParseUint: parsing "soon": invalid syntax',
  ],
  [
    500,
    `${maps}/known?resourceVersion=soon`,
    {},
    'resourceVersion: Invalid value: "soon": strconv.ParseUint: parsing "soon": invalid syntax',
  ],
  [500, `${maps}?watch=true&resourceVersion=soon`, {}, /^resourceVersion: Invalid value/],
  [
    504,
    `${maps}?resourceVersion=99999999`,
    {},
    /^Timeout: Too large resource version: 99999999, current: \d+$/,
  ],
  [
    422,
    `${maps}?watch=true&continue=x`,
    {},
    /resourceVersionMatch is forbidden when continue is provided$/,
  ],
  [400, `${maps}?limit=1&continue=zzz`, {}, /^invalid continue token: continue key is not valid: /],
  [
    400,
    `${maps}?labelSelector=-a`,
    {},
    /^unable to parse requirement: <nil>: Invalid value: "-a": name part must consist/,
  ],
  [
    406,
    `${maps}/known`,
    { accept: "text/csv" },
    /^406: Not Acceptable\n\nAvailable representations: application\/json, /,
  ],
  [
    406,
    maps,
    { accept: "text/csv" },
    /application\/json;stream=watch, application\/vnd\.kubernetes\.protobuf;stream=watch$/,
  ],
  [
    406,
    `${maps}/known`,
    { accept: "application/json;as=Table;g=meta.k8s.io;v=v9" },
    "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf",
  ],
  [
    406,
    maps,
    { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" },
    "you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)",
  ],
  [
    406,
    `${deployments}/web`,
    { accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" },
    "you requested PartialObjectMetadataList, but the requested object is not a list (*apps.Deployment)",
  ],
  [
    406,
    "/apis",
    { accept: "application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList" },
  ],
  [404, "/api/v2", {}, "the server could not find the requested resource"],
  [404, "/apis/apps/v9/deployments", {}, "the server could not find the requested resource"],
  [
    405,
    "/version",
    { method: "POST" },
    "the server does not allow this method on the requested resource",
  ],
  [405, "/api", { method: "POST" }],
  [404, `${pods}/p1/log/x`, {}, "the server could not find the requested resource"],
  [404, "/api/v1/componentstatuses/nope", {}, 'componentstatus "nope" not found'],
  [
    400,
    `${deployments}/web/scale`,
    put({ metadata: { name: "other" }, spec: { replicas: 1 } }),
    "the name of the object (other) does not match the name on the URL (web)",
  ],
  [422, `${deployments}/web/scale`, patch(mergePatch, { spec: { replicas: "x" } })],
  [
    400,
    `${pods}/p1/binding`,
    post({ metadata: { name: "p2" }, target: { name: "n" } }),
    "name in URL does not match name in Binding object",
  ],
  [
    500,
    `${pods}/p1/binding`,
    post({ metadata: { name: "p1" }, target: { kind: "Foo", name: "n" } }),
    'target.kind: Unsupported value: "Foo": supported values: "Node", "<empty>"',
  ],
];

function rowsOf(shorts: readonly Short[]): RefusalRow[] {
  return shorts.map(([code, path, call, message, causes]) => {
    const body = typeof call.body === "string" ? call.body : (JSON.stringify(call.body) ?? "");
    const name = `${call.method ?? "GET"} ${path} ${body}`.slice(0, 140);
    return {
      name,
      path,
      call,
      code,
      ...(message ? { message } : {}),
      ...(causes ? { causes } : {}),
    };
  });
}

describe("refusals in upstream's words", () => {
  let api: TestApiServer;
  let rest: RestCaller;

  before(async () => {
    api = await startTestApiServer({ platform: hastyPlatform });
    rest = new RestCaller(api.url);
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
    const pod = { metadata: { name: "p1" }, spec: { containers: [{ name: "c", image: "i" }] } };
    const objects: [string, object][] = [
      ["/api/v1/namespaces/default/serviceaccounts", account],
      [maps, { metadata: { name: "known" }, data: { a: "b" } }],
      [deployments, deployment],
      [pods, pod],
    ];
    for (const [path, object] of objects) {
      assert.equal((await rest.call(path, post(object))).status, 201, path);
    }
  });

  after(async () => {
    rest.close();
    await api.stop();
  });

  for (const [title, shorts] of Object.entries({ bodies, patches, metadata, reads })) {
    describe(title, () => {
      for (const row of rowsOf(shorts)) {
        it(`${row.code} for ${row.name}`, async () => {
          checkRefusal(row, await rest.call(row.path, row.call));
        });
      }
    });
  }

  it("adds and copies members that are missing as null, and takes a patch that is null", async () => {
    const dry = `${maps}/known?dryRun=All`;
    const missing = [
      { op: "replace", path: "/data/b", value: "1" },
      { op: "copy", from: "/data/nope", path: "/data/c" },
    ];
    const patched = await rest.call(dry, patch(jsonPatch, missing));
    assert.deepEqual(patched.json().data, { a: "b", b: "1", c: "" });
    assert.equal((await rest.call(dry, patch(jsonPatch, "null"))).status, 200);
    const kind = await rest.call(dry, patch(strategicPatch, { kind: "Secret", data: { z: "1" } }));
    assert.deepEqual([kind.status, kind.json().kind], [200, "ConfigMap"]);
  });

  it("reads YAML as Go's library does, and tells of keys that are there twice", async () => {
    const yaml = (data: string, query = ""): ReturnType<RestCaller["call"]> =>
      rest.call(`${maps}?dryRun=All${query}`, {
        method: "POST",
        contentType: "application/yaml",
        body: `metadata: {name: yaml}\ndata:\n${data}\n---\nsecond: document\n`,
      });
    const strings = await yaml("  a: 1:30\n  b: 2020-01-01\n  c: 'yes'");
    assert.deepEqual(strings.json().data, { a: "1:30", b: "2020-01-01", c: "yes" });
    assert.equal((await yaml("  a: yes")).status, 400);
    const twice = await yaml("  a: x\n  a: z");
    assert.equal(twice.headers.warning, '299 - "line 4: key \\"a\\" already set in map"');
    assert.deepEqual(twice.json().data, { a: "z" });
    assert.match(
      String((await yaml("  a: x\n  a: z", "&fieldValidation=Strict")).json().message),
      /strict decoding error: yaml: unmarshal errors:\n {2}line 4: key "a" already set in map$/,
    );
    assert.equal((await yaml("  a: x\n  a: z", "&fieldValidation=Ignore")).status, 201);
  });

  it("keeps discovery and OpenAPI for clients that have them", async () => {
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    for (const path of ["/api", "/apis", "/openapi/v2"]) {
      const first = await rest.call(path, path.startsWith("/api") ? { accept } : {});
      const etag = String(first.headers.etag);
      assert.match(etag, /^"[0-9A-F]{128}"$/);
      const headers = { "if-none-match": etag };
      const again = await rest.call(path, { accept, headers });
      assert.deepEqual([again.status, again.bytes.length], [304, 0], path);
    }
    const moved = await rest.call("/openapi/v3/apis/apps/v1?hash=OLD");
    assert.equal(moved.status, 301);
    const location = String(moved.headers.location);
    assert.match(location, /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]+$/);
    assert.equal((await rest.call(location)).headers["cache-control"], "public, immutable");
  });
});
