import { join } from "node:path";
import protobuf from "protobufjs";
import { type GeneratedFile, generatedHeader } from "./generatedFile.js";
import type { Model } from "./model.js";

interface WireSource {
  /** Of the generated module and its export. */
  readonly name: string;
  readonly about: string;
  readonly files: readonly string[];
  /** Main package first; short names must be unique over all of them. */
  readonly packages: readonly string[];
  readonly longs: "number" | "bigint";
}

const sources: readonly WireSource[] = [
  {
    name: "cri",
    about: "The container runtime interface.",
    files: ["cri/runtime/v1/api.proto"],
    packages: ["runtime.v1"],
    longs: "number",
  },
  {
    name: "etcd",
    about: "etcd's API, version 3. Revisions, leases and member ids are bigint.",
    files: ["etcd/etcdserverpb/rpc.proto", "etcd/mvccpb/kv.proto", "etcd/authpb/auth.proto"],
    packages: ["etcdserverpb", "mvccpb", "authpb"],
    longs: "bigint",
  },
  {
    name: "devicePlugin",
    about: "Device plugins.",
    files: ["kubelet/deviceplugin/v1beta1/api.proto"],
    packages: ["v1beta1"],
    longs: "number",
  },
  {
    name: "pluginRegistration",
    about: "Registration of plugins with the kubelet.",
    files: ["kubelet/pluginregistration/v1/api.proto"],
    packages: ["pluginregistration"],
    longs: "number",
  },
  {
    name: "podResources",
    about: "The kubelet's pod resources API.",
    files: ["kubelet/podresources/v1/api.proto"],
    packages: ["v1"],
    longs: "number",
  },
  {
    name: "dra",
    about: "Dynamic resource allocation plugins.",
    files: ["kubelet/dra/v1/api.proto"],
    packages: ["k8s.io.kubelet.pkg.apis.dra.v1"],
    longs: "number",
  },
  {
    name: "kms",
    about: "Key management plugins.",
    files: ["kms/v2/api.proto"],
    packages: ["v2"],
    longs: "number",
  },
];

/** Types, enums and reflection data of foreign protocols: `lib/api/gen/wire/*.ts`. */
export function wirePackages(_model: Model, repository: string): GeneratedFile[] {
  return sources.map((source) => ({
    path: `lib/api/gen/wire/${source.name}.ts`,
    content: moduleText(source, join(repository, "proto")),
  }));
}

function moduleText(source: WireSource, protoFolder: string): string {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => join(protoFolder, target);
  root.loadSync([...source.files]);
  root.resolveAll();
  const namespaces = source.packages.map((name) => root.lookup(name) as protobuf.Namespace);
  const types = namespaces.flatMap((n) => n.nestedArray.filter((t) => t instanceof protobuf.Type));
  const services = namespaces.flatMap((n) =>
    n.nestedArray.filter((s) => s instanceof protobuf.Service),
  );
  const enums = namespaces.flatMap(allEnums);
  const flavours = new Set(services.flatMap((s) => s.methodsArray.map(flavour)));
  const imports = [...[...flavours].sort().map((f) => `type ${f}`), "WirePackage"].join(", ");
  const long = source.longs;
  return [
    `${generatedHeader}import { ${imports} } from "../../wirePackage.js";\n`,
    ...enums.map(enumText),
    ...types.map((type) => interfaceText(type, long)),
    tableText(
      "Messages",
      types.map((type) => `  ${type.name}: ${type.name};\n`),
    ),
    tableText("Services", services.map(serviceText)),
    `/** ${source.about} */\n` +
      `export const ${source.name} = new WirePackage<Messages, Services>({\n` +
      `  longs: ${JSON.stringify(long)},\n` +
      `  messages: ${JSON.stringify(Object.fromEntries(types.map((t) => [t.name, path(t)])))},\n` +
      `  services: ${JSON.stringify(Object.fromEntries(services.map(serviceTable)))},\n` +
      `  descriptor: ${JSON.stringify(JSON.stringify(root.toJSON()))},\n});\n`,
  ].join("\n");
}

function tableText(name: string, rows: string[]): string {
  return `export interface ${name} {\n${rows.join("")}}\n`;
}

function allEnums(namespace: protobuf.NamespaceBase): protobuf.Enum[] {
  return namespace.nestedArray.flatMap((nested) => {
    if (nested instanceof protobuf.Enum) return [nested];
    return nested instanceof protobuf.Type ? allEnums(nested) : [];
  });
}

/** `RangeRequest.SortOrder` becomes `RangeRequestSortOrder`. */
function enumName(source: protobuf.Enum): string {
  return source.parent instanceof protobuf.Type ? source.parent.name + source.name : source.name;
}

function enumText(source: protobuf.Enum): string {
  const name = enumName(source);
  const rows = Object.entries(source.values).map(([key, value]) => `  ${key}: ${value},\n`);
  return (
    `export const ${name} = {\n${rows.join("")}} as const;\n` +
    `export type ${name} = (typeof ${name})[keyof typeof ${name}];\n`
  );
}

function interfaceText(type: protobuf.Type, long: string): string {
  const rows = type.fieldsArray.map((field) => {
    const optional = field.partOf === null ? "" : "?";
    return `  ${field.name}${optional}: ${fieldText(field, long)};\n`;
  });
  return `export interface ${type.name} {\n${rows.join("")}}\n`;
}

function fieldText(field: protobuf.Field, long: string): string {
  const resolved = field.resolvedType;
  const base =
    resolved === null
      ? scalarText(field.type, long)
      : resolved instanceof protobuf.Enum
        ? enumName(resolved)
        : resolved.name;
  if (field instanceof protobuf.MapField) return `Record<string, ${base}>`;
  if (field.repeated) return `${base}[]`;
  const isMessage = resolved instanceof protobuf.Type;
  return isMessage && field.partOf === null ? `${base} | null` : base;
}

function scalarText(type: string, long: string): string {
  if (type === "string") return "string";
  if (type === "bool") return "boolean";
  if (type === "bytes") return "Uint8Array";
  return type.endsWith("64") ? long : "number";
}

function flavour(method: protobuf.Method): string {
  if (method.requestStream) return "BidirectionalStream";
  return method.responseStream ? "ServerStream" : "Unary";
}

function serviceText(service: protobuf.Service): string {
  const rows = service.methodsArray.map((m) => {
    const request = m.resolvedRequestType!.name;
    return `    ${m.name}: ${flavour(m)}<${request}, ${m.resolvedResponseType!.name}>;\n`;
  });
  return `  ${service.name}: {\n${rows.join("")}  };\n`;
}

function serviceTable(service: protobuf.Service): [string, object] {
  const methods = Object.fromEntries(
    service.methodsArray.map((m) => [
      m.name,
      [m.resolvedRequestType!.name, m.resolvedResponseType!.name],
    ]),
  );
  return [service.name, { name: path(service), methods }];
}

function path(object: protobuf.ReflectionObject): string {
  return object.fullName.slice(1);
}
