import { createHash } from "node:crypto";
import { join } from "node:path";
import { gitVersion } from "../../lib/api/versions.js";
import { compressedFile, type GeneratedFile, generatedHeader } from "./generatedFile.js";
import type { Model, ResourceModel } from "./model.js";
import {
  discoveryOperation,
  groupPath,
  type Operation,
  type Parameter,
  type PathItems,
  resourceOperations,
  versionOperation,
} from "./openapiPaths.js";
import { openApiProtobuf } from "./openapiProtobuf.js";
import { extraDefinitions, type Json, type Schema, SchemaBuilder } from "./openapiSchemas.js";

const json = "application/json";
const yaml = "application/yaml";
const protobuf = "application/vnd.kubernetes.protobuf";
const produced = [json, yaml, protobuf];
const watched = [`${json};stream=watch`, `${protobuf};stream=watch`];
const patchTypes = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];
const info = { title: "Kubernetes", version: gitVersion };
const bearer = {
  description: "A bearer token.",
  type: "apiKey",
  name: "authorization",
  in: "header",
};

/** OpenAPI documents, prepared compressed: lib/api/openapi.ts hands them out. */
export function openApi(model: Model, repository: string): GeneratedFile[] {
  const document = documentV2(model);
  const folder = "lib/api/gen/openapi";
  const bytes = openApiProtobuf(document, join(repository, "proto"));
  const files = [
    compressedFile(`${folder}/v2Json.ts`, JSON.stringify(document)),
    compressedFile(`${folder}/v2Protobuf.ts`, bytes),
  ];
  const rows: string[] = [];
  for (const [path, operations] of documentsV3(model)) {
    const text = JSON.stringify(documentV3(model, operations));
    const name = path.replace(/[^a-z0-9]+/g, "-");
    files.push(compressedFile(`${folder}/v3/${name}.ts`, text));
    const hash = createHash("sha512").update(text).digest("hex").toUpperCase();
    rows.push(
      `  ${JSON.stringify(path)}: {\n    hash: "${hash}",\n` +
        `    load: async () => (await import("./v3/${name}.js")).data,\n  },\n`,
    );
  }
  const content =
    `${generatedHeader}\n` +
    "/** The documents of OpenAPI 3 by path below /openapi/v3, each loaded when asked for. */\n" +
    "export const documents: Readonly<\n" +
    "  Record<string, { hash: string; load: () => Promise<string> }>\n" +
    `> = {\n${rows.join("")}};\n`;
  return [...files, { path: `${folder}/index.ts`, content }];
}

/** Operations by document, for example `apis/apps/v1`. */
function documentsV3(model: Model): Map<string, Operation[]> {
  const documents = new Map<string, Operation[]>([
    ["api", [discoveryOperation("/api/", "APIVersions")]],
    ["apis", [discoveryOperation("/apis/", "APIGroupList")]],
    ["version", [versionOperation()]],
  ]);
  for (const { group, versions } of model.groupOrder) {
    if (group !== "") {
      const path = groupPath(group);
      documents.set(path.slice(1), [discoveryOperation(`${path}/`, "APIGroup", group)]);
    }
    for (const version of versions) {
      documents.set(groupPath(group, version).slice(1), [
        discoveryOperation(`${groupPath(group, version)}/`, "APIResourceList", group),
        ...model.resources
          .filter((r) => r.group === group && r.version === version)
          .flatMap((r) => resourceOperations(model, r)),
      ]);
    }
  }
  return new Map([...documents].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function documentV3(model: Model, operations: Operation[]): Schema {
  const builder = new SchemaBuilder(model, 3);
  const paths: PathItems = {};
  for (const o of operations) addOperation(paths, o, operationV3(builder, o));
  const isVersion = operations.some((o) => o.answer === "version");
  const hasPatch = operations.some((o) => o.body === "patch");
  const schemas = builder.definitions(messagesOf(operations));
  if (!isVersion) delete schemas[extraDefinitions.version];
  if (!hasPatch) delete schemas[extraDefinitions.patch];
  return {
    openapi: "3.0.0",
    info,
    paths,
    components: { schemas, securitySchemes: { BearerToken: bearer } },
    security: [{ BearerToken: [] }],
  };
}

/** The default API only: a version that is switched on is described by its OpenAPI 3 document. */
function documentV2(model: Model): Schema {
  const served = model.resources.filter((r) => r.enabledByDefault);
  const operations = [
    discoveryOperation("/api/", "APIVersions"),
    discoveryOperation("/apis/", "APIGroupList"),
    versionOperation(),
    ...groupOperations(model, served),
    ...served.flatMap((r) => resourceOperations(model, r)),
  ];
  const builder = new SchemaBuilder(model, 2);
  const paths: PathItems = {};
  for (const o of operations) addOperation(paths, o, operationV2(builder, o));
  return {
    swagger: "2.0",
    info,
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    definitions: builder.definitions([...messagesOf(operations), ...eventMessages]),
    securityDefinitions: { BearerToken: bearer },
    security: [{ BearerToken: [] }],
  };
}

/** In no operation's answer, but what watches carry. */
const eventMessages = ["k8s.io.apimachinery.pkg.apis.meta.v1.WatchEvent"];

function groupOperations(model: Model, served: ResourceModel[]): Operation[] {
  return model.groupOrder.flatMap(({ group, versions }) => {
    const own = versions.filter((v) => served.some((r) => r.group === group && r.version === v));
    const lists = own.map((version) =>
      discoveryOperation(`${groupPath(group, version)}/`, "APIResourceList", group),
    );
    if (own.length === 0 || group === "") return lists;
    return [discoveryOperation(`${groupPath(group)}/`, "APIGroup", group), ...lists];
  });
}

function messagesOf(operations: Operation[]): Set<string> {
  return new Set(
    operations
      .flatMap((o) => [o.body, o.answer])
      .filter((name) => name !== undefined && name !== "patch" && name !== "version")
      .map((name) => name!),
  );
}

function addOperation(paths: PathItems, o: Operation, text: Schema): void {
  const item = paths[o.path] ?? {};
  item[o.method] = text;
  paths[o.path] = item;
}

function shared(o: Operation): Schema {
  return {
    description: o.description,
    operationId: o.id,
    tags: [o.tag],
    ...(o.action === undefined ? {} : { "x-kubernetes-action": o.action }),
    ...(o.kind === undefined ? {} : { "x-kubernetes-group-version-kind": { ...o.kind } }),
  };
}

const codeTexts: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  401: "Unauthorized",
};

function bodyReference(builder: SchemaBuilder, body: string): Schema {
  const name = body === "patch" ? extraDefinitions.patch : builder.definitionName(body);
  return builder.reference(name);
}

function answerSchema(builder: SchemaBuilder, answer: string | undefined): Schema {
  if (answer === undefined) return { type: "string" };
  if (answer === "version") return builder.reference(extraDefinitions.version);
  return builder.reference(builder.definitionName(answer));
}

function mediaTypesOf(o: Operation): string[] {
  if (o.answer === undefined) return ["*/*"];
  if (o.answer === "version") return [json];
  return o.action === "list" ? [...produced, ...watched] : produced;
}

function operationV2(builder: SchemaBuilder, o: Operation): Schema {
  const responses: Schema = {};
  for (const code of o.codes) {
    responses[code] = { description: codeTexts[code], schema: answerSchema(builder, o.answer) };
  }
  responses[401] = { description: codeTexts[401] };
  const parameters: Json[] = o.parameters.map((p) => ({
    name: p.name,
    in: p.in,
    description: p.description,
    type: p.type,
    uniqueItems: true,
    ...(p.in === "path" ? { required: true } : {}),
  }));
  if (o.body !== undefined) {
    const required = o.method !== "delete";
    const schema = bodyReference(builder, o.body);
    parameters.push({ name: "body", in: "body", ...(required ? { required } : {}), schema });
  }
  const consumes = o.body === "patch" ? patchTypes : ["*/*"];
  return { ...shared(o), consumes, produces: mediaTypesOf(o), parameters, responses };
}

function operationV3(builder: SchemaBuilder, o: Operation): Schema {
  const responses: Schema = {};
  const content = Object.fromEntries(
    mediaTypesOf(o).map((type) => [type, { schema: answerSchema(builder, o.answer) }]),
  );
  for (const code of o.codes) responses[code] = { description: codeTexts[code], content };
  responses[401] = { description: codeTexts[401] };
  const requestBody = o.body === undefined ? {} : { requestBody: bodyV3(builder, o) };
  return { ...shared(o), parameters: o.parameters.map(parameterV3), ...requestBody, responses };
}

function bodyV3(builder: SchemaBuilder, o: Operation): Schema {
  const types = o.body === "patch" ? patchTypes : ["*/*"];
  const schema = bodyReference(builder, o.body!);
  const content = Object.fromEntries(types.map((type) => [type, { schema }]));
  return o.method === "delete" ? { content } : { content, required: true };
}

function parameterV3(p: Parameter): Schema {
  return {
    name: p.name,
    in: p.in,
    description: p.description,
    ...(p.in === "path" ? { required: true } : {}),
    schema: { type: p.type, uniqueItems: true },
  };
}
