import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import protobuf from "protobufjs";

export interface GroupVersionKind {
  group: string;
  kind: string;
  version: string;
}

/** How a message is written in JSON where that is no plain object. */
export type JsonKind =
  | "array"
  | "raw"
  | "goDuration"
  | "time"
  | "microTime"
  | "quantity"
  | "intOrString"
  | "oneOf";

export interface UnionModel {
  discriminator?: string;
  /** Field name to the discriminator's value for it. */
  "fields-to-discriminateBy": Record<string, string>;
}

export interface FieldModel {
  number: number;
  /** A scalar, a full message name, `repeated T` or `map<K, V>`. */
  type: string;
  jsonName?: string;
  inline?: boolean;
  pointer?: boolean;
  required?: boolean;
  omitEmpty?: boolean;
  omitZero?: boolean;
  default?: string | number;
  enum?: string[];
  itemEnum?: string[];
  format?: string;
  listType?: "atomic" | "set" | "map";
  listMapKeys?: string[];
  mapType?: "atomic" | "granular";
  patchStrategy?: string;
  patchMergeKey?: string;
  description?: string;
}

export interface MessageModel {
  root?: boolean;
  groupVersionKind?: GroupVersionKind;
  mapType?: "atomic";
  json?: { kind: JsonKind };
  unions?: UnionModel[];
  description?: string;
  /** In file order, which is the order of JSON output. */
  fields: Record<string, FieldModel>;
}

export interface PackageModel {
  package: string;
  goPackage: string;
  /** The API group and version that the package's kinds belong to, where discovery names it. */
  groupVersion?: { group: string; version: string; groupOrder: number; versionOrder: number };
  messages: Record<string, MessageModel>;
}

export interface SubresourceModel {
  name: string;
  kind: string;
  group: string;
  version: string;
  verbs: string[];
}

export interface ColumnModel {
  name: string;
  type: string;
  format: string;
  priority: number;
}

export interface ResourceModel {
  group: string;
  version: string;
  resource: string;
  singular: string;
  kind: string;
  namespaced: boolean;
  shortNames: string[];
  categories: string[];
  verbs: string[];
  enabledByDefault: boolean;
  /** The etcd key; absent for what is never stored. */
  storagePath?: string;
  /** `group/version/kind` of the stored form where it is another than the served one. */
  storageVersion?: string;
  fieldSelectors: string[];
  subresources: SubresourceModel[];
  columns: ColumnModel[];
  /** Full name of the kind's message. */
  message: string;
}

export interface Model {
  /** Sorted by package name. */
  packages: PackageModel[];
  /** Types that exist in JSON only; their messages are not among `messages`. */
  jsonOnly: PackageModel;
  /** Every message by full name. */
  messages: Map<string, MessageModel>;
  /** In discovery order: group, version, then plural. */
  resources: ResourceModel[];
  groupOrder: { group: string; versions: string[] }[];
}

type Options = Record<string, unknown>;

interface MessageOptions {
  root?: boolean;
  groupVersionKind?: GroupVersionKind;
  mapType?: "atomic";
  json?: JsonKind;
  unions?: { discriminator?: string; fields: { name: string; value: string }[] }[];
}

interface FieldOptions extends Omit<FieldModel, "number" | "type" | "default"> {
  stringDefault?: string;
  intDefault?: number;
}

interface ResourceOptions {
  name: string;
  singular: string;
  namespaced: boolean;
  shortNames?: string[];
  categories?: string[];
  verbs: string[];
  enabledByDefault: boolean;
  storagePath?: string;
  storageVersion?: string;
  fieldSelectors?: string[];
  subresources?: { name: string; kind: string; kindGroupVersion?: string; verbs: string[] }[];
  columns?: { name: string; type: string; format?: string; priority?: number }[];
}

/** Every .proto file below `folder`, as paths relative to it, sorted. */
export function listProtoFiles(folder: string, below: string): string[] {
  return readdirSync(join(folder, below), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".proto"))
    .map((name) => join(below, name))
    .sort();
}

/**
 * Parses .proto files (paths relative to `protoFolder`) with their imports, names kept as
 * written.
 */
export function loadProtoFiles(protoFolder: string, files: string[]): protobuf.Root {
  const root = new protobuf.Root();
  const library = dirname(createRequire(import.meta.url).resolve("protobufjs/package.json"));
  root.resolvePath = (_origin, target) =>
    join(target.startsWith("google/protobuf/") ? library : protoFolder, target);
  root.loadSync(files, { keepCase: true, alternateCommentMode: true });
  root.resolveAll();
  return root;
}

/**
 * The Kubernetes API as proto/ describes it: messages with all that JSON, defaults, lists and
 * patches need, and the resources that serve them. `protoFolder` is the repository's proto/.
 */
export function loadModel(protoFolder: string): Model {
  const root = loadProtoFiles(protoFolder, listProtoFiles(protoFolder, "k8s.io"));
  const packages: PackageModel[] = [];
  const resources: ResourceModel[] = [];
  collectPackages(root, packages, resources);
  const others: PackageModel[] = [];
  const jsonRoot = loadProtoFiles(protoFolder, listProtoFiles(protoFolder, "steersman/json"));
  collectPackages(jsonRoot.lookup("steersman.json") as protobuf.Namespace, others, []);
  packages.sort((a, b) => (a.package < b.package ? -1 : 1));
  const messages = new Map<string, MessageModel>();
  for (const p of packages) {
    for (const [name, message] of Object.entries(p.messages)) {
      messages.set(`${p.package}.${name}`, message);
    }
  }
  const groupOrder = orderGroups(packages);
  const rank = new Map(
    groupOrder
      .flatMap(({ group, versions }) => versions.map((version) => `${group}/${version}`))
      .map((groupVersion, index) => [groupVersion, index] as const),
  );
  const rankOf = (r: ResourceModel): number => rank.get(`${r.group}/${r.version}`)!;
  resources.sort((a, b) => rankOf(a) - rankOf(b) || (a.resource < b.resource ? -1 : 1));
  return { packages, jsonOnly: others[0]!, messages, resources, groupOrder };
}

function collectPackages(
  namespace: protobuf.NamespaceBase,
  packages: PackageModel[],
  resources: ResourceModel[],
): void {
  const types: protobuf.Type[] = [];
  for (const nested of namespace.nestedArray) {
    if (nested instanceof protobuf.Type) types.push(nested);
    else if (nested instanceof protobuf.Namespace) collectPackages(nested, packages, resources);
  }
  const options = mergedOptions(namespace);
  const goPackage = options.go_package;
  if (types.length === 0 || typeof goPackage !== "string") return;
  const model: PackageModel = { package: fullName(namespace), goPackage, messages: {} };
  const groupVersion = options["(steersman.groupVersion)"];
  if (groupVersion !== undefined) {
    model.groupVersion = groupVersion as NonNullable<PackageModel["groupVersion"]>;
  }
  for (const type of types) {
    const message = messageModel(type);
    model.messages[type.name] = message;
    const resource = mergedOptions(type)["(steersman.resource)"];
    if (resource !== undefined) {
      resources.push(resourceModel(type, message, resource as ResourceOptions));
    }
  }
  packages.push(model);
}

function messageModel(type: protobuf.Type): MessageModel {
  const { json, unions, ...rest } = (mergedOptions(type)["(steersman.message)"] ??
    {}) as MessageOptions;
  const message: MessageModel = { ...rest, fields: {} };
  if (json !== undefined) message.json = { kind: json };
  if (unions !== undefined) {
    message.unions = unions.map(({ fields, ...union }) => ({
      ...union,
      "fields-to-discriminateBy": Object.fromEntries(fields.map((f) => [f.name, f.value])),
    }));
  }
  if (type.comment !== null) message.description = type.comment;
  for (const field of type.fieldsArray) message.fields[field.name] = fieldModel(field);
  return message;
}

function fieldModel(field: protobuf.Field): FieldModel {
  const { stringDefault, intDefault, ...rest } = (mergedOptions(field)["(steersman.field)"] ??
    {}) as FieldOptions;
  const model: FieldModel = { number: field.id, type: fieldType(field), ...rest };
  const byDefault = stringDefault ?? intDefault;
  if (byDefault !== undefined) model.default = byDefault;
  if (field.comment !== null) model.description = field.comment;
  return model;
}

function fieldType(field: protobuf.Field): string {
  const type = field.resolvedType === null ? field.type : fullName(field.resolvedType);
  if (field instanceof protobuf.MapField) return `map<${field.keyType}, ${type}>`;
  return field.repeated ? `repeated ${type}` : type;
}

function resourceModel(
  type: protobuf.Type,
  message: MessageModel,
  options: ResourceOptions,
): ResourceModel {
  const kind = message.groupVersionKind;
  if (kind === undefined) throw new Error(`${type.fullName} is a resource without a kind`);
  const model: ResourceModel = {
    group: kind.group,
    version: kind.version,
    resource: options.name,
    singular: options.singular,
    kind: kind.kind,
    namespaced: options.namespaced,
    shortNames: options.shortNames ?? [],
    categories: options.categories ?? [],
    verbs: options.verbs,
    enabledByDefault: options.enabledByDefault,
    fieldSelectors: options.fieldSelectors ?? [],
    subresources: (options.subresources ?? []).map(({ kindGroupVersion, ...subresource }) => {
      const [group, version] = kindGroupVersion?.split("/") ?? [kind.group, kind.version];
      return { ...subresource, group: group!, version: version! };
    }),
    columns: (options.columns ?? []).map((c) => ({ format: "", priority: 0, ...c })),
    message: fullName(type),
  };
  if (options.storagePath !== undefined) model.storagePath = options.storagePath;
  if (options.storageVersion !== undefined) model.storageVersion = options.storageVersion;
  return model;
}

function orderGroups(packages: PackageModel[]): Model["groupOrder"] {
  const ordered = packages
    .flatMap((p) => p.groupVersion ?? [])
    .sort((a, b) => a.groupOrder - b.groupOrder || a.versionOrder - b.versionOrder);
  const groups = new Map<string, string[]>();
  for (const { group, version } of ordered) {
    groups.set(group, [...(groups.get(group) ?? []), version]);
  }
  return [...groups].map(([group, versions]) => ({ group, versions }));
}

function mergedOptions(object: protobuf.ReflectionObject): Options {
  return Object.assign({}, ...(object.parsedOptions ?? [])) as Options;
}

function fullName(object: protobuf.ReflectionObject): string {
  return object.fullName.replace(/^\./, "");
}
