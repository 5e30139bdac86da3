import assert from "node:assert/strict";
import { checkRefusal, type RefusalRow } from "../../../support/apiserver/refusalTable.js";
import { type RestCall, RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const maps = "/api/v1/namespaces/default/configmaps";
const pods = "/api/v1/namespaces/default/pods";
const json = "application/json";
const post = (body: string | object): RestCall => ({ method: "POST", contentType: json, body });
const put = (body: string | object): RestCall => ({ method: "PUT", contentType: json, body });
const patch = (contentType: string, body: string | object): RestCall => ({
  method: "PATCH",
  contentType,
  body,
});
const map = (name: string, more: object = {}, metadata: object = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...metadata },
  ...more,
});
const unknownField = map("u", { colour: "red" });

const rows: readonly RefusalRow[] = [
  {
    name: "malformed JSON",
    path: maps,
    call: post('{"apiVersion":"v1","kind":"ConfigMap",'),
    code: 400,
    reason: "BadRequest",
  },
  { name: "an empty body", path: maps, call: post(""), code: 400, reason: "BadRequest" },
  { name: "a list as body", path: maps, call: post("[]"), code: 400, reason: "BadRequest" },
  {
    name: "a wrong type",
    path: maps,
    call: post(map("t", { data: { a: 1 } })),
    code: 400,
    reason: "BadRequest",
    message:
      /^ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap\.data of type string$/,
  },
  {
    name: "another kind than the path's",
    path: maps,
    call: post({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" } }),
    code: 400,
    reason: "BadRequest",
  },
  {
    name: "another version than the path's",
    path: maps,
    call: post({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" } }),
    code: 400,
    reason: "BadRequest",
  },
  {
    name: "an unknown field with fieldValidation=Strict",
    path: `${maps}?fieldValidation=Strict`,
    call: post(unknownField),
    code: 400,
    reason: "BadRequest",
    message:
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "colour"',
  },
  {
    name: "a key twice with fieldValidation=Strict",
    path: `${maps}?fieldValidation=Strict`,
    call: post('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"d","name":"e"}}'),
    code: 400,
    reason: "BadRequest",
    message: /strict decoding error: duplicate field "metadata\.name"$/,
  },
  {
    name: "a fieldValidation that is not known",
    path: `${maps}?fieldValidation=Maybe`,
    call: post(map("m")),
    code: 422,
    reason: "Invalid",
  },
  {
    name: "a media type that is not known",
    path: maps,
    call: { method: "POST", contentType: "text/csv", body: "a,b" },
    code: 415,
    reason: "UnsupportedMediaType",
  },
  {
    name: "a name that is not valid",
    path: maps,
    call: post(map("Not_Valid")),
    code: 422,
    reason: "Invalid",
    causes: ["metadata.name FieldValueInvalid"],
  },
  {
    name: "no name",
    path: maps,
    call: post({ apiVersion: "v1", kind: "ConfigMap", metadata: {} }),
    code: 422,
    reason: "Invalid",
    causes: ["metadata.name FieldValueRequired"],
  },
  {
    name: "a pod without containers",
    path: pods,
    call: post({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: {} }),
    code: 422,
    reason: "Invalid",
    causes: ["spec.containers FieldValueRequired"],
  },
  {
    name: "a namespace that does not exist",
    path: "/api/v1/namespaces/none/configmaps",
    call: post(map("a")),
    code: 404,
    reason: "NotFound",
    message: 'namespaces "none" not found',
  },
  {
    name: "another namespace than the path's",
    path: maps,
    call: post(map("a", {}, { namespace: "kube-system" })),
    code: 400,
    reason: "BadRequest",
    message:
      "the namespace of the provided object does not match the namespace sent on the request",
  },
  {
    name: "no namespace in the path",
    path: "/api/v1/configmaps",
    call: post(map("a")),
    code: 405,
    reason: "MethodNotAllowed",
  },
  {
    name: "a verb that the resource has not",
    path: "/api/v1/componentstatuses",
    call: { method: "DELETE" },
    code: 405,
    reason: "MethodNotAllowed",
    message: "the server does not allow this method on the requested resource",
  },
  {
    name: "a resource that does not exist",
    path: "/api/v1/namespaces/default/gadgets",
    code: 404,
    message: /^(?:the server could not find the requested resource|404 page not found)/,
  },
  {
    name: "a create over an object's path",
    path: `${maps}/known`,
    call: post(map("known")),
    code: 405,
    reason: "MethodNotAllowed",
  },
  {
    name: "an update with an older resourceVersion",
    path: `${maps}/known`,
    call: put(map("known", {}, { resourceVersion: "1" })),
    code: 409,
    reason: "Conflict",
    message:
      'Operation cannot be fulfilled on configmaps "known": the object has been modified; please apply your changes to the latest version and try again',
  },
  {
    name: "an update under another name",
    path: `${maps}/known`,
    call: put(map("other")),
    code: 400,
    reason: "BadRequest",
    message: "the name of the object (other) does not match the name on the URL (known)",
  },
  {
    name: "a create with a resourceVersion",
    path: maps,
    call: post(map("rv", {}, { resourceVersion: "1" })),
    code: 500,
    message: /resourceVersion should not be set on objects to be created$/,
  },
  {
    name: "a list from a resourceVersion that is none",
    path: `${maps}?resourceVersion=soon`,
    code: 400,
  },
  {
    name: "a label selector that is none",
    path: `${maps}?labelSelector=a%20in%20(`,
    code: 400,
    reason: "BadRequest",
  },
  {
    name: "a field selector that the kind has not",
    path: `${maps}?fieldSelector=data.x%3D1`,
    code: 400,
    reason: "BadRequest",
    message: '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
  },
  {
    name: "a field selector that pods have not",
    path: `${pods}?fieldSelector=spec.x%3D1`,
    code: 400,
    reason: "BadRequest",
    message: /field label not supported: spec\.x$/,
  },
  {
    name: "a continue token that is none",
    path: `${maps}?limit=1&continue=zzz`,
    code: 400,
    reason: "BadRequest",
  },
  {
    name: "a patch type that is not known",
    path: `${maps}/known`,
    call: patch("application/xml", "<a/>"),
    code: 415,
    reason: "UnsupportedMediaType",
  },
  {
    name: "a JSON patch that is none",
    path: `${maps}/known`,
    call: patch("application/json-patch+json", '{"op":"add"}'),
    code: 400,
    reason: "BadRequest",
  },
  {
    name: "a JSON patch whose test fails",
    path: `${maps}/known`,
    call: patch("application/json-patch+json", [{ op: "test", path: "/kind", value: "Pod" }]),
    code: 422,
    reason: "Invalid",
  },
  {
    name: "a merge patch that is malformed",
    path: `${maps}/known`,
    call: patch("application/merge-patch+json", "{"),
    code: 400,
    reason: "BadRequest",
  },
  {
    name: "a body over 3 MiB",
    path: maps,
    call: post(map("big", { data: { x: "x".repeat(3 * 1024 * 1024) } })),
    code: 413,
    reason: "RequestEntityTooLarge",
  },
  {
    name: "deep nesting",
    path: maps,
    call: post(`{"kind":"ConfigMap","apiVersion":"v1","x":${"[".repeat(200_000)}`),
    code: 400,
    reason: "BadRequest",
  },
];

describe("bad input by REST", () => {
  let api: TestApiServer;
  let rest: RestCaller;

  before(async () => {
    api = await startTestApiServer();
    rest = new RestCaller(api.url);
    assert.equal((await rest.call(maps, post(map("known")))).status, 201);
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
    const accounts = "/api/v1/namespaces/default/serviceaccounts";
    assert.equal((await rest.call(accounts, post(account))).status, 201);
  });

  after(async () => {
    rest.close();
    await api.stop();
  });

  for (const row of rows) {
    it(`answers ${row.name} with ${row.code} ${row.reason ?? ""}`.trim(), async () => {
      checkRefusal(row, await rest.call(row.path, row.call));
      assert.equal((await rest.call(`${maps}/known`)).status, 200);
    });
  }

  it("warns of an unknown field unless told to ignore it", async () => {
    const warned = await rest.call(`${maps}?dryRun=All`, post(unknownField));
    assert.equal(warned.status, 201);
    assert.equal(warned.headers.warning, '299 - "unknown field \\"colour\\""');
    const ignored = await rest.call(
      `${maps}?dryRun=All&fieldValidation=Ignore`,
      post(unknownField),
    );
    assert.equal(ignored.status, 201);
    assert.equal(ignored.headers.warning, undefined);
  });
});
