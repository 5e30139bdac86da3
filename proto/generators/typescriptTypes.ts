import { type GeneratedFile, generatedHeader } from "./generatedFile.js";
import type { FieldModel, MessageModel, Model, PackageModel } from "./model.js";

/** The module that holds a package's types: `coreV1` for k8s.io/api/core/v1. */
export function moduleName(goPackage: string): string {
  const parts = goPackage.split("/");
  const last = parts.at(-1)!;
  const words = /^v\d/.test(last) ? [...parts.at(-2)!.split("_"), last] : [last];
  return words.map((w, i) => (i === 0 ? w : w[0]!.toUpperCase() + w.slice(1))).join("");
}

/**
 * TypeScript interfaces of the JSON forms, one module a package, and the barrel
 * `lib/api/types.ts`.
 */
export function typescriptTypes(model: Model): GeneratedFile[] {
  const packages = [...model.packages, model.jsonOnly];
  const files = packages.map((p) => ({
    path: `lib/api/gen/types/${moduleName(p.goPackage)}.ts`,
    content: new ModuleWriter(model, p).text(),
  }));
  const barrel = packages
    .map((p) => moduleName(p.goPackage))
    .sort()
    .map((name) => `export type * as ${name} from "./${name}.js";\n`);
  return [
    ...files,
    { path: "lib/api/gen/types/index.ts", content: generatedHeader + barrel.join("") },
  ];
}

const scalars: Record<string, string> = {
  string: "string",
  bool: "boolean",
  // Base64.
  bytes: "string",
  double: "number",
  int32: "number",
  int64: "number",
};

class ModuleWriter {
  readonly #imports = new Map<string, Set<string>>();
  readonly #storedKinds: Set<string>;

  constructor(
    readonly model: Model,
    readonly source: PackageModel,
  ) {
    this.#storedKinds = new Set(
      model.resources.filter((r) => r.storagePath !== undefined).map((r) => r.message),
    );
  }

  text(): string {
    const body = Object.entries(this.source.messages).map(([name, m]) => this.#message(name, m));
    const imports = [...this.#imports]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([from, names]) => {
        const list = [...names].sort().join(", ");
        return `import type { ${list} } from "./${from}.js";\n`;
      });
    return `${generatedHeader}${imports.join("")}\n${body.join("\n")}`;
  }

  #message(name: string, message: MessageModel): string {
    const comment = `/** ${documentation(this.source, name, message)} */\n`;
    const alias = this.#alias(name, message);
    if (alias !== undefined) return `${comment}export type ${name} = ${alias};\n`;
    const lines: string[] = [];
    const parents: string[] = [];
    if (message.root) {
      const kind = message.groupVersionKind;
      const apiVersion = kind?.group ? `${kind.group}/${kind.version}` : kind?.version;
      lines.push(`  apiVersion?: ${kind ? JSON.stringify(apiVersion) : "string"};`);
      lines.push(`  kind?: ${kind ? JSON.stringify(kind.kind) : "string"};`);
    }
    for (const [fieldName, field] of Object.entries(message.fields)) {
      if (field.inline) parents.push(this.#reference(field.type));
      else lines.push(`  ${this.#field(name, fieldName, field)}`);
    }
    const from = parents.length > 0 ? ` extends ${parents.join(", ")}` : "";
    const head = `${comment}export interface ${name}${from}`;
    return lines.length === 0 ? `${head} {}\n` : `${head} {\n${lines.join("\n")}\n}\n`;
  }

  #alias(name: string, message: MessageModel): string | undefined {
    switch (message.json?.kind) {
      case undefined:
        return undefined;
      case "array":
        return this.#type(message.fields.items!.type);
      case "raw":
        return name === "FieldsV1" ? "Record<string, unknown>" : "unknown";
      case "goDuration":
      case "time":
      case "microTime":
      case "quantity":
        return "string";
      case "intOrString":
        return "string | number";
      case "oneOf":
        return Object.entries(message.fields)
          .map(([, field]) => this.#type(field.type))
          .join(" | ");
    }
  }

  #field(messageName: string, name: string, field: FieldModel): string {
    const jsonName = field.jsonName ?? name;
    const key = /^[A-Za-z_$][\w$]*$/.test(jsonName) ? jsonName : JSON.stringify(jsonName);
    const optional = this.#isRequired(messageName, name, field) ? "" : "?";
    const type = this.#type(field.type, field.enum ?? field.itemEnum);
    const declaration = `${key}${optional}: ${type};`;
    return field.description === undefined
      ? declaration
      : `/** ${field.description} */\n  ${declaration}`;
  }

  /** Stored objects and lists always have metadata; a spec with required fields is required. */
  #isRequired(messageName: string, name: string, field: FieldModel): boolean {
    if (field.required) return true;
    const message = this.source.messages[messageName]!;
    if (!message.root) return false;
    if (name === "metadata") {
      const isList = message.fields.items !== undefined;
      return isList || this.#storedKinds.has(`${this.source.package}.${messageName}`);
    }
    const spec = name === "spec" ? this.model.messages.get(field.type) : undefined;
    return Object.values(spec?.fields ?? {}).some((f) => f.required);
  }

  #type(type: string, values?: string[]): string {
    if (type.startsWith("repeated ")) {
      const item = this.#type(type.slice("repeated ".length), values);
      return item.includes(" ") ? `(${item})[]` : `${item}[]`;
    }
    const map = /^map<string, (.*)>$/.exec(type);
    if (map) return `Record<string, ${this.#type(map[1]!)}>`;
    if (type === "string" && values !== undefined) {
      // Open, because a newer server may know more values.
      return [...values.map((v) => JSON.stringify(v)), "(string & {})"].join(" | ");
    }
    return scalars[type] ?? this.#reference(type);
  }

  #reference(type: string): string {
    const dot = type.lastIndexOf(".");
    const packageName = type.slice(0, dot);
    const name = type.slice(dot + 1);
    if (packageName === this.source.package) return name;
    const from = this.model.packages.find((p) => p.package === packageName);
    if (from === undefined) throw new Error(`no package of ${type}`);
    const module = moduleName(from.goPackage);
    const taken = name in this.source.messages;
    const imported = taken ? `${name} as ${module}${name}` : name;
    const names = this.#imports.get(module) ?? new Set<string>();
    this.#imports.set(module, names.add(imported));
    return taken ? `${module}${name}` : name;
  }
}

function documentation(source: PackageModel, name: string, message: MessageModel): string {
  if (message.description !== undefined) return message.description;
  const kind = message.groupVersionKind;
  return kind
    ? `${kind.kind} of ${kind.group ? `${kind.group}/` : ""}${kind.version}.`
    : `${name} of ${source.goPackage}.`;
}
