import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  discoveryOperation,
  groupPath,
  type Operation,
  resourceOperations,
  type SubresourceKinds,
  versionOperation,
} from "../../lib/api/openapi/operations.js";
import { messagesOf, pathItems } from "../../lib/api/openapi/operationText.js";
import { protobufForm } from "../../lib/api/openapi/protobufForm.js";
import {
  bearerToken,
  documentV3,
  extraDefinitions,
  info,
  type Schema,
} from "../../lib/api/openapi/schema.js";
import { compressedFile, type GeneratedFile, generatedHeader } from "./generatedFile.js";
import { messageTables, tableRows } from "./messageTables.js";
import type { Model, ResourceModel } from "./model.js";
import { SchemaBuilder } from "./openapiSchemas.js";

/** OpenAPI documents, prepared compressed: lib/api/openapi/documents.ts hands them out. */
export function openApi(model: Model, repository: string): GeneratedFile[] {
  const document = documentV2(model);
  const folder = "lib/api/gen/openapi";
  const messages = {
    protoFolder: join(repository, "proto"),
    files: ["openapi/v2/openapi.proto"],
    package: "openapi.v2",
    path: `${folder}/v2Messages.ts`,
    name: "OpenApiV2",
  };
  const bytes = protobufForm(document, tableRows(messages));
  const files = [
    messageTables(messages),
    compressedFile(`${folder}/v2Json.ts`, JSON.stringify(document)),
    compressedFile(`${folder}/v2Protobuf.ts`, bytes),
  ];
  const rows: string[] = [];
  for (const [path, operations] of documentsV3(model)) {
    const text = JSON.stringify(textV3(model, operations));
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
          .flatMap((r) => resourceOperations(kindsOf(model), r)),
      ]);
    }
  }
  return new Map([...documents].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function textV3(model: Model, operations: Operation[]): Schema {
  const builder = new SchemaBuilder(model, 3);
  const paths = pathItems(builder, operations);
  const isVersion = operations.some((o) => o.answer === "version");
  const hasPatch = operations.some((o) => o.body === "patch");
  const schemas = builder.definitions(messagesOf(operations));
  if (!isVersion) delete schemas[extraDefinitions.version];
  if (!hasPatch) delete schemas[extraDefinitions.patch];
  return documentV3(paths, schemas);
}

/** The default API only: a version that is switched on is described by its OpenAPI 3 document. */
function documentV2(model: Model): Schema {
  const served = model.resources.filter((r) => r.enabledByDefault);
  const operations = [
    discoveryOperation("/api/", "APIVersions"),
    discoveryOperation("/apis/", "APIGroupList"),
    versionOperation(),
    ...groupOperations(model, served),
    ...served.flatMap((r) => resourceOperations(kindsOf(model), r)),
  ];
  const builder = new SchemaBuilder(model, 2);
  const paths = pathItems(builder, operations);
  return {
    swagger: "2.0",
    info,
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    definitions: builder.definitions([...messagesOf(operations), ...eventMessages]),
    securityDefinitions: bearerToken,
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

function kindsOf(model: Model): SubresourceKinds {
  return {
    messageOf(group, version, kind) {
      for (const [name, message] of model.messages) {
        const own = message.groupVersionKind;
        if (own?.group === group && own.version === version && own.kind === kind) return name;
      }
      throw new Error(`no message of ${kind}`);
    },
    optionFields(message) {
      return Object.entries(model.messages.get(message)?.fields ?? {}).flatMap(([name, field]) => {
        if (field.type.includes(".")) return [];
        const type = field.type.replace("repeated ", "");
        const known = type === "bool" ? "boolean" : type.startsWith("int") ? "integer" : "string";
        return [[name, known] as const];
      });
    },
  };
}
