import { readFileSync } from "node:fs";
import { join } from "node:path";
import protobuf from "protobufjs";
import { compressedFile, type GeneratedFile } from "./generatedFile.js";
import { listProtoFiles, loadProtoFiles, type Model } from "./model.js";

type Tree = Record<string, unknown>;

const numbers: Readonly<Record<string, number>> = {
  double: 1,
  int64: 3,
  int32: 5,
  bool: 8,
  string: 9,
  message: 11,
  bytes: 12,
};
const optionsFile = "steersman/options.proto";

/**
 * The FileDescriptorSet of the gRPC services and all that they carry, for server reflection. It
 * has no
 * options: they are for the generators only.
 */
export function descriptorSet(_model: Model, repository: string): GeneratedFile[] {
  const folder = join(repository, "proto");
  const wanted = ["steersman/gen", "steersman/v1"].flatMap((f) => listProtoFiles(folder, f));
  const root = loadProtoFiles(folder, wanted);
  const files: Tree[] = [];
  const seen = new Set<string>();
  // Dependencies come before the files that need them.
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const source = readFileSync(join(folder, path), "utf8");
    const { imports, package: name } = protobuf.parse(source, new protobuf.Root());
    const dependency = (imports ?? []).filter((i) => i !== optionsFile);
    for (const each of dependency) visit(each);
    const namespace = root.lookup(name!) as protobuf.Namespace;
    files.push(fileTree(path, namespace, dependency, /^syntax = "proto3"/m.test(source)));
  };
  for (const path of wanted) visit(path);
  const type = descriptorType("FileDescriptorSet");
  const bytes = type.encode(type.fromObject({ file: files })).finish();
  return [compressedFile("lib/api/gen/descriptorSet.ts", bytes)];
}

function descriptorType(name: string): protobuf.Type {
  const root = loadProtoFiles("", ["google/protobuf/descriptor.proto"]);
  return root.lookupType(`google.protobuf.${name}`);
}

function fileTree(
  path: string,
  namespace: protobuf.Namespace,
  dependency: string[],
  isProto3: boolean,
): Tree {
  const own = namespace.nestedArray.filter((n) => n.filename?.endsWith(path));
  return {
    name: path,
    package: namespace.fullName.slice(1),
    dependency,
    message_type: own.filter((n) => n instanceof protobuf.Type).map(messageTree),
    service: own.filter((n) => n instanceof protobuf.Service).map(serviceTree),
    ...(isProto3 ? { syntax: "proto3" } : {}),
  };
}

function messageTree(type: protobuf.Type): Tree {
  return {
    name: type.name,
    field: type.fieldsArray.map(fieldTree),
    nested_type: type.fieldsArray.filter((f) => f instanceof protobuf.MapField).map(entryTree),
  };
}

function fieldTree(field: protobuf.Field): Tree {
  const base = { name: field.name, number: field.id, json_name: jsonName(field.name) };
  if (field instanceof protobuf.MapField) {
    const typeName = `${field.parent!.fullName}.${entryName(field)}`;
    return { ...base, label: 3, type: numbers.message, type_name: typeName };
  }
  return { ...base, label: field.repeated ? 3 : 1, ...typeTree(field) };
}

function typeTree(field: protobuf.FieldBase): Tree {
  if (field.resolvedType instanceof protobuf.Type) {
    return { type: numbers.message, type_name: field.resolvedType.fullName };
  }
  const type = numbers[field.type];
  if (type === undefined) throw new Error(`${field.fullName}: no descriptor type ${field.type}`);
  return { type };
}

function entryTree(field: protobuf.MapField): Tree {
  const key = { name: "key", number: 1, json_name: "key", label: 1 };
  const value = { name: "value", number: 2, json_name: "value", label: 1 };
  return {
    name: entryName(field),
    field: [
      { ...key, type: numbers[field.keyType] },
      { ...value, ...typeTree(field) },
    ],
    options: { map_entry: true },
  };
}

/** `LabelsEntry` for `labels`, `NodeSelectorEntry` for `node_selector`. */
function entryName(field: protobuf.MapField): string {
  const name = jsonName(field.name);
  return `${name[0]!.toUpperCase()}${name.slice(1)}Entry`;
}

function jsonName(name: string): string {
  return name.replace(/_+(.)/g, (_, letter: string) => letter.toUpperCase());
}

function serviceTree(service: protobuf.Service): Tree {
  return {
    name: service.name,
    method: service.methodsArray.map((m) => ({
      name: m.name,
      input_type: m.resolvedRequestType!.fullName,
      output_type: m.resolvedResponseType!.fullName,
      ...(m.responseStream === true ? { server_streaming: true } : {}),
    })),
  };
}
