import { MessageEncoder, type MessageTables } from "../messageCodec.js";
import type { Json, Schema } from "./schema.js";

type Tree = Record<string, unknown>;

/**
 * The protobuf form of an OpenAPI 2 document, which client-go asks for. Parts of a document may be
 * left out: those of several that are joined make the document that has them all. `tables` are of
 * openapi.v2.
 */
export function protobufForm(document: Schema, tables: MessageTables): Uint8Array {
  const entries = (name: string): [string, Schema][] =>
    Object.entries((document[name] ?? {}) as Record<string, Schema>);
  const security = entries("securityDefinitions");
  const paths = entries("paths").map(([name, item]) => ({ name, value: pathItem(item) }));
  const definitions = entries("definitions").map(namedSchema);
  const tree: Tree = {
    paths: { path: paths },
    definitions: { additional_properties: definitions },
  };
  if (document.swagger !== undefined) tree.swagger = document.swagger;
  if (document.info !== undefined) tree.info = document.info;
  if (security.length > 0) {
    tree.security = [{ additional_properties: security.map(([name]) => ({ name, value: {} })) }];
    tree.security_definitions = {
      additional_properties: security.map(([name, value]) => ({
        name,
        value: { api_key_security: value },
      })),
    };
  }
  return new MessageEncoder(tables).encode("Document", tree);
}

function namedSchema([name, schema]: [string, Schema]): Tree {
  return { name, value: schemaTree(schema) };
}

function schemaTree(schema: Schema): Tree {
  const tree: Tree = { ...extensionsOf(schema) };
  if (schema.$ref !== undefined) tree._ref = schema.$ref;
  if (schema.type !== undefined) tree.type = { value: [schema.type] };
  for (const key of ["description", "format", "required"]) {
    if (schema[key] !== undefined) tree[key] = schema[key];
  }
  if (schema.enum !== undefined) tree.enum = (schema.enum as Json[]).map(any);
  if (schema.items !== undefined) tree.items = { schema: [schemaTree(schema.items as Schema)] };
  if (schema.additionalProperties !== undefined) {
    tree.additional_properties = { schema: schemaTree(schema.additionalProperties as Schema) };
  }
  if (schema.properties !== undefined) {
    const properties = Object.entries(schema.properties as Record<string, Schema>);
    tree.properties = { additional_properties: properties.map(namedSchema) };
  }
  return tree;
}

/** JSON is YAML too. */
function any(value: Json): Tree {
  return { yaml: JSON.stringify(value) };
}

function extensionsOf(schema: Schema): Tree {
  const found = Object.entries(schema).filter(([key]) => key.startsWith("x-"));
  if (found.length === 0) return {};
  return { vendor_extension: found.map(([name, value]) => ({ name, value: any(value!) })) };
}

function pathItem(item: Schema): Tree {
  return Object.fromEntries(
    Object.entries(item).map(([method, value]) => [method, operation(value as Schema)]),
  );
}

function operation(source: Schema): Tree {
  const responses = Object.entries(source.responses as Record<string, Schema>);
  return {
    tags: source.tags,
    description: source.description,
    operation_id: source.operationId,
    produces: source.produces,
    consumes: source.consumes,
    parameters: (source.parameters as Schema[]).map((p) => ({ parameter: parameter(p) })),
    responses: {
      response_code: responses.map(([name, { description, schema }]) => ({
        name,
        value: {
          response: {
            description,
            ...(schema === undefined ? {} : { schema: { schema: schemaTree(schema as Schema) } }),
          },
        },
      })),
    },
    ...extensionsOf(source),
  };
}

function parameter(source: Schema): Tree {
  if (source.in === "body") {
    const { name, required } = source;
    const schema = schemaTree(source.schema as Schema);
    // What is false is not written.
    const flag = required === true ? { required } : {};
    return { body_parameter: { name, in: "body", ...flag, schema } };
  }
  const { name, description, type, required } = source;
  const where = source.in;
  const value = { name, description, type, in: where, unique_items: true };
  return {
    non_body_parameter:
      where === "path"
        ? { path_parameter_sub_schema: { ...value, required: required === true } }
        : { query_parameter_sub_schema: value },
  };
}
