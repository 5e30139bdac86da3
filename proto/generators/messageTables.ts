import protobuf from "protobufjs";
import type { FieldRow, MessageTables } from "../../lib/api/messageCodec.js";
import { type GeneratedFile, generatedHeader } from "./generatedFile.js";
import { loadProtoFiles } from "./model.js";

export interface MessageTablesOptions {
  readonly protoFolder: string;
  readonly files: readonly string[];
  /** Whose messages are wanted, with those that they hold. */
  readonly package: string;
  readonly path: string;
  /** What the exported names begin with. */
  readonly name: string;
}

/**
 * Tables for lib/api/messageCodec.ts and the messages' types. Fields of a type that it does not
 * know are left out: nobody can set them.
 */
export function messageTables(options: MessageTablesOptions): GeneratedFile {
  const { path, name } = options;
  const types = typesOf(options);
  const interfaces = types.map((type) => {
    const rows = fieldsOf(type).map((f) => `  ${f.name}?: ${fieldType(f)};\n`);
    return `export interface ${type.name} {\n${rows.join("")}}\n`;
  });
  const tables = Object.entries(tableRows(options)).map(([type, fields]) => {
    const rows = fields.map((row) => `    ${JSON.stringify(row)},\n`);
    return `  ${type}: [\n${rows.join("")}  ],\n`;
  });
  const names = types.map((t) => `  ${t.name}: ${t.name};\n`).join("");
  const folders = "../".repeat(path.split("/").length - 3);
  const first = `${(name[0] ?? "").toLowerCase()}${name.slice(1)}`;
  return {
    path,
    content:
      `${generatedHeader}import type { MessageTables } from "${folders}messageCodec.js";\n\n` +
      `${interfaces.join("\n")}\n/** By name. */\nexport interface ${name}Messages {\n${names}}\n\n` +
      `export const ${first}MessageTables: MessageTables = {\n${tables.join("")}};\n`,
  };
}

/** The tables themselves. */
export function tableRows(options: MessageTablesOptions): MessageTables {
  const rowsOf = (type: protobuf.Type): FieldRow[] =>
    fieldsOf(type).map((f) => {
      const kind = f.resolvedType === null ? f.type : f.resolvedType.name;
      return [f.id, f.name, kind, f.repeated ? 1 : 0];
    });
  return Object.fromEntries(typesOf(options).map((type) => [type.name, rowsOf(type)]));
}

function typesOf({ protoFolder, files, package: wanted }: MessageTablesOptions): protobuf.Type[] {
  const root = loadProtoFiles(protoFolder, [...files]);
  const seen = new Map<string, protobuf.Type>();
  const visit = (type: protobuf.Type): void => {
    if (seen.has(type.name)) return;
    seen.set(type.name, type);
    for (const field of type.fieldsArray) {
      if (field.resolvedType instanceof protobuf.Type) visit(field.resolvedType);
    }
  };
  const own = (root.lookup(wanted) as protobuf.Namespace).nestedArray;
  for (const nested of own) if (nested instanceof protobuf.Type) visit(nested);
  return [...seen.values()];
}

function fieldsOf(type: protobuf.Type): protobuf.Field[] {
  return type.fieldsArray.filter((field) => baseType(field) !== undefined);
}

const scalars: Readonly<Record<string, string>> = {
  string: "string",
  bytes: "Uint8Array",
  bool: "boolean",
  int32: "number",
  int64: "number",
};

function baseType(field: protobuf.Field): string | undefined {
  if (field instanceof protobuf.MapField) return undefined;
  return field.resolvedType === null ? scalars[field.type] : field.resolvedType.name;
}

function fieldType(field: protobuf.Field): string {
  const base = baseType(field) ?? "never";
  return field.repeated ? `${base}[]` : base;
}
