import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { builtInKinds } from "../../../lib/api/builtInKinds.js";
import { servedGroups } from "../../../lib/api/discovery.js";
import { openApiV2, openApiV3, openApiV3Index } from "../../../lib/api/openapi/documents.js";
import { apiVersionOf } from "../../../lib/api/resourceType.js";
import { loadProtoFiles } from "../../../proto/generators/model.js";

type Tree = { [key: string]: unknown };

/** Every $ref in a document. */
function references(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) references(item, found);
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === "$ref" && typeof inner === "string") found.add(inner);
      else references(inner, found);
    }
  }
  return found;
}

function at(value: unknown, ...keys: string[]): unknown {
  return keys.reduce<unknown>((v, key) => (v as Tree | undefined)?.[key], value);
}

async function v3(path: string): Promise<Tree> {
  const document = await openApiV3(path);
  assert.ok(document, path);
  return JSON.parse(gunzipSync(document.gzip).toString("utf8")) as Tree;
}

describe("OpenAPI 2", () => {
  let document: Tree;
  before(async () => {
    document = JSON.parse(gunzipSync(await openApiV2("json")).toString("utf8")) as Tree;
  });

  it("has no dangling reference", () => {
    const definitions = document.definitions as Tree;
    for (const reference of references(document)) {
      assert.ok(reference.replace("#/definitions/", "") in definitions, reference);
    }
  });

  it("carries what kubectl needs to merge and to explain", () => {
    const name = "io.k8s.api.core.v1.PodSpec";
    const containers = at(document, "definitions", name, "properties", "containers");
    assert.deepEqual(containers, {
      description: "What the pod runs.",
      type: "array",
      items: { $ref: "#/definitions/io.k8s.api.core.v1.Container" },
      "x-kubernetes-list-map-keys": ["name"],
      "x-kubernetes-list-type": "map",
      "x-kubernetes-patch-merge-key": "name",
      "x-kubernetes-patch-strategy": "merge",
    });
    const pod = at(document, "definitions", "io.k8s.api.core.v1.Pod");
    assert.deepEqual(at(pod, "x-kubernetes-group-version-kind"), [
      { group: "", kind: "Pod", version: "v1" },
    ]);
    const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
    assert.equal(at(document, "definitions", quantity, "type"), "string");
  });

  it("has an operation for each verb of each resource that is served by default", () => {
    const methods: Record<string, string> = { create: "post", update: "put", list: "get" };
    const actions: Record<string, string> = { get: "get", patch: "patch", delete: "delete" };
    for (const r of builtInKinds.resources) {
      if (!r.enabledByDefault) continue;
      const base = r.group === "" ? `/api/${r.version}` : `/apis/${apiVersionOf(r)}`;
      const path = `${base}${r.namespaced ? "/namespaces/{namespace}" : ""}/${r.resource}`;
      for (const verb of r.verbs) {
        if (verb === "watch" || verb === "deletecollection") continue;
        const isItem = verb in actions || verb === "update";
        const where = isItem ? `${path}/{name}` : path;
        const method = methods[verb] ?? actions[verb]!;
        assert.ok(at(document, "paths", where, method), `${method} ${where}`);
      }
    }
  });

  it("says the same in protobuf", async () => {
    const bytes = gunzipSync(await openApiV2("protobuf"));
    const root = loadProtoFiles("proto", ["openapi/v2/openapi.proto"]);
    const type = root.lookupType("openapi.v2.Document");
    const read = type.toObject(type.decode(bytes)) as Tree;
    assert.equal(read.swagger, "2.0");
    const names = (at(read, "definitions", "additional_properties") as Tree[]).map((d) => d.name);
    assert.deepEqual(names, Object.keys(document.definitions as Tree));
    const paths = (at(read, "paths", "path") as Tree[]).map((p) => p.name);
    assert.deepEqual(paths, Object.keys(document.paths as Tree));
  });
});

describe("OpenAPI 3", () => {
  const index = openApiV3Index(servedGroups(builtInKinds, () => true));

  it("lists a document for each group version", () => {
    for (const { group, versions } of builtInKinds.groups) {
      for (const version of versions) {
        const path = group === "" ? `api/${version}` : `apis/${group}/${version}`;
        assert.match(
          index.paths[path]?.serverRelativeURL ?? path,
          new RegExp(`^/openapi/v3/${path}\\?hash=[0-9A-F]{128}$`),
        );
      }
    }
    const byDefault = openApiV3Index().paths;
    assert.ok(byDefault["apis/resource.k8s.io/v1"] !== undefined);
    assert.equal(byDefault["apis/resource.k8s.io/v1beta1"], undefined);
    assert.equal(byDefault["apis/internal.apiserver.k8s.io"], undefined);
  });

  it("has no dangling reference and nothing unused in any document", async () => {
    for (const path of Object.keys(index.paths)) {
      const document = await v3(path);
      const schemas = at(document, "components", "schemas") as Tree;
      const used = new Set(
        [...references(document)].map((r) => r.replace("#/components/schemas/", "")),
      );
      assert.deepEqual([...used].sort(), Object.keys(schemas).sort(), path);
    }
  });

  it("says that patches take fieldValidation and dryRun, which kubectl looks for", async () => {
    const path = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}";
    const patch = at(await v3("apis/apps/v1"), "paths", path, "patch");
    assert.deepEqual(at(patch, "x-kubernetes-group-version-kind"), {
      group: "apps",
      kind: "Deployment",
      version: "v1",
    });
    const names = (at(patch, "parameters") as Tree[]).map((p) => p.name);
    assert.ok(names.includes("fieldValidation") && names.includes("dryRun"));
  });

  it("has no document for what is not there", async () => {
    assert.equal(await openApiV3("apis/none/v1"), undefined);
    assert.equal(await openApiV3("__proto__"), undefined);
  });
});
