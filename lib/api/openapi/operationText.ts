import { mediaTypes } from "../mediaTypes.js";
import type { Operation, Parameter, PathItems } from "./operations.js";
import { type Definitions, extraDefinitions, type Json, reference, type Schema } from "./schema.js";

const json = mediaTypes.json;
const yaml = mediaTypes.yaml;
const protobuf = mediaTypes.protobuf;
const produced = [json, yaml, protobuf];
const watched = [`${json};stream=watch`, `${protobuf};stream=watch`];
const producedAsJson = [json, yaml];
const watchedAsJson = [`${json};stream=watch`];
const strategicPatch = mediaTypes.strategicMergePatch;
const patchTypes = [
  mediaTypes.jsonPatch,
  mediaTypes.mergePatch,
  strategicPatch,
  mediaTypes.applyYaml,
];

/** The paths of a document, as OpenAPI 2 or 3 writes operations, in their order. */
export function pathItems(definitions: Definitions, operations: readonly Operation[]): PathItems {
  const paths: PathItems = {};
  for (const operation of operations) {
    const isV2 = definitions.version === 2;
    const text = isV2 ? operationV2(definitions, operation) : operationV3(definitions, operation);
    const item = paths[operation.path] ?? {};
    item[operation.method] = text;
    paths[operation.path] = item;
  }
  return paths;
}

/** The messages that operations send and get. */
export function messagesOf(operations: readonly Operation[]): Set<string> {
  return new Set(
    operations
      .flatMap((o) => [o.body, o.answer])
      .filter((name) => name !== undefined && name !== "patch" && name !== "version")
      .map((name) => name!),
  );
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

function bodyReference(definitions: Definitions, body: string): Schema {
  const name = body === "patch" ? extraDefinitions.patch : definitions.definitionName(body);
  return reference(definitions, name);
}

function responseSchema(definitions: Definitions, answer: string | undefined): Schema {
  if (answer === undefined) return { type: "string" };
  if (answer === "version") return reference(definitions, extraDefinitions.version);
  return reference(definitions, definitions.definitionName(answer));
}

function mediaTypesOf(o: Operation): string[] {
  if (o.answer === undefined) return ["*/*"];
  if (o.answer === "version") return [json];
  if (o.jsonAlone === true) {
    return o.action === "list" ? [...producedAsJson, ...watchedAsJson] : producedAsJson;
  }
  return o.action === "list" ? [...produced, ...watched] : produced;
}

function consumedBy(o: Operation): string[] {
  if (o.body !== "patch") return ["*/*"];
  return o.jsonAlone === true ? patchTypes.filter((type) => type !== strategicPatch) : patchTypes;
}

function operationV2(definitions: Definitions, o: Operation): Schema {
  const responses: Schema = {};
  for (const code of o.codes) {
    responses[code] = {
      description: codeTexts[code],
      schema: responseSchema(definitions, o.answer),
    };
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
    const schema = bodyReference(definitions, o.body);
    parameters.push({ name: "body", in: "body", ...(required ? { required } : {}), schema });
  }
  const consumes = consumedBy(o);
  return { ...shared(o), consumes, produces: mediaTypesOf(o), parameters, responses };
}

function operationV3(definitions: Definitions, o: Operation): Schema {
  const responses: Schema = {};
  const content = Object.fromEntries(
    mediaTypesOf(o).map((type) => [type, { schema: responseSchema(definitions, o.answer) }]),
  );
  for (const code of o.codes) responses[code] = { description: codeTexts[code], content };
  responses[401] = { description: codeTexts[401] };
  const requestBody = o.body === undefined ? {} : { requestBody: bodyV3(definitions, o) };
  return { ...shared(o), parameters: o.parameters.map(parameterV3), ...requestBody, responses };
}

function bodyV3(definitions: Definitions, o: Operation): Schema {
  const types = consumedBy(o);
  const schema = bodyReference(definitions, o.body!);
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
