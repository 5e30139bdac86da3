import {
  type Definitions,
  extraDefinitions,
  type Json,
  reference,
  type Schema,
} from "../../lib/api/openapi/schema.js";
import type { FieldModel, MessageModel, Model } from "./model.js";

const metaPackage = "k8s.io.apimachinery.pkg.apis.meta.v1";

/** What fields with these names are for, where the .proto says nothing else. */
const commonDescriptions: Readonly<Record<string, string>> = {
  apiVersion: "The group and version of the schema that this object is in.",
  kind: "The kind of this object.",
  metadata: "What every object has: its name, labels, owners, revision.",
  items: "The objects of the list.",
  spec: "What is wanted.",
  status: "What was last observed. Written by the system.",
};

/** Schemas of the API's types for OpenAPI 2 or 3, by definition name. */
export class SchemaBuilder implements Definitions {
  readonly #packages: Map<string, string>;

  constructor(
    readonly model: Model,
    readonly version: 2 | 3,
  ) {
    this.#packages = new Map(
      model.packages.map((p) => [
        p.package,
        p.goPackage.replace(/^k8s\.io\//, "io.k8s.").replaceAll("/", "."),
      ]),
    );
  }

  /** `io.k8s.api.core.v1.Pod` for the message `k8s.io.api.core.v1.Pod`. */
  definitionName(message: string): string {
    const dot = message.lastIndexOf(".");
    return `${this.#packages.get(message.slice(0, dot))}.${message.slice(dot + 1)}`;
  }

  /** The definitions that these messages reach, themselves included, sorted by name. */
  definitions(messages: Iterable<string>): Record<string, Schema> {
    const reached = new Set<string>();
    const pending = [...messages];
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (reached.has(name)) continue;
      reached.add(name);
      if (this.#isOpaque(this.#message(name))) continue;
      pending.push(...this.#messagesIn(this.#message(name)));
    }
    const found = [...reached]
      .filter((name) => this.#message(name).json?.kind !== "array")
      .map((name) => [this.definitionName(name), this.schema(name)] as const);
    const extra = [
      [extraDefinitions.patch, { description: "The body of a patch.", type: "object" }],
      [extraDefinitions.version, versionSchema()],
    ] as const;
    return Object.fromEntries([...found, ...extra].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** What a definition refers to; inline fields are part of it. */
  #messagesIn(message: MessageModel): string[] {
    return Object.values(message.fields).flatMap((field) => {
      if (field.inline) return this.#messagesIn(this.#message(field.type));
      const inner = messageIn(field.type);
      return inner === undefined ? [] : [inner];
    });
  }

  /** One definition. */
  schema(name: string): Schema {
    const message = this.#message(name);
    const description = message.description ?? `${name.slice(name.lastIndexOf(".") + 1)} object.`;
    const simple = this.#simpleForm(name, message);
    if (simple !== undefined) return { description, ...simple };
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    if (message.root) {
      for (const key of ["apiVersion", "kind"]) {
        properties[key] = { description: commonDescriptions[key], type: "string" };
      }
    }
    this.#collect(message, properties, required);
    return {
      description,
      type: "object",
      ...(required.length === 0 ? {} : { required: required.sort() }),
      ...(Object.keys(properties).length === 0 ? {} : { properties: sorted(properties) }),
      ...this.#kinds(name, message),
      ...(message.mapType === undefined ? {} : { "x-kubernetes-map-type": message.mapType }),
      ...(message.unions === undefined
        ? {}
        : { "x-kubernetes-unions": message.unions as unknown as Json }),
    };
  }

  #kinds(name: string, message: MessageModel): Schema {
    const kind = name.slice(name.lastIndexOf(".") + 1);
    const everywhere = `${metaPackage}.${kind}` === name;
    if (everywhere && (kind === "DeleteOptions" || kind === "WatchEvent")) {
      const versions = this.model.groupOrder.flatMap(({ group, versions: all }) =>
        all.map((version) => ({ group, kind, version })),
      );
      return { "x-kubernetes-group-version-kind": versions };
    }
    const own = message.groupVersionKind;
    return own === undefined ? {} : { "x-kubernetes-group-version-kind": [{ ...own }] };
  }

  #collect(message: MessageModel, properties: Record<string, Schema>, required: string[]): void {
    for (const [name, field] of Object.entries(message.fields)) {
      if (field.inline) {
        this.#collect(this.#message(field.type), properties, required);
        continue;
      }
      const jsonName = field.jsonName ?? name;
      properties[jsonName] = this.#field(name, field);
      if (field.required) required.push(jsonName);
    }
  }

  #field(name: string, field: FieldModel): Schema {
    const description = field.description ?? commonDescriptions[name];
    const rest: Schema = {
      ...(description === undefined ? {} : { description }),
      ...(field.default === undefined || this.version === 2 ? {} : { default: field.default }),
      ...(field.enum === undefined ? {} : { enum: field.enum }),
      ...extensions(field),
    };
    const schema = this.#type(field.type, field);
    if (this.version === 2 || schema.$ref === undefined) return { ...schema, ...rest };
    return Object.keys(rest).length === 0 ? schema : { allOf: [schema], ...rest };
  }

  #type(type: string, field?: FieldModel): Schema {
    if (type.startsWith("repeated ")) {
      const items = this.#type(type.slice("repeated ".length));
      const values = field?.itemEnum;
      return {
        type: "array",
        items: values === undefined ? items : { ...items, enum: values },
      };
    }
    const map = /^map<string, (.*)>$/.exec(type);
    if (map) return { type: "object", additionalProperties: this.#type(map[1]!) };
    const scalar = scalars[type];
    if (scalar !== undefined) {
      return field?.format === undefined ? { ...scalar } : { ...scalar, format: field.format };
    }
    const message = this.#message(type);
    if (message.json?.kind === "array") return this.#type(message.fields.items!.type);
    return reference(this, this.definitionName(type));
  }

  #isOpaque(message: MessageModel): boolean {
    return message.json !== undefined && message.json.kind !== "array";
  }

  /** Of messages whose JSON is no plain object. */
  #simpleForm(name: string, message: MessageModel): Schema | undefined {
    switch (message.json?.kind) {
      case undefined:
      case "array":
        return undefined;
      case "time":
      case "microTime":
        return { type: "string", format: "date-time" };
      case "goDuration":
        return { type: "string" };
      case "quantity":
        return this.version === 2
          ? { type: "string" }
          : { oneOf: [{ type: "string" }, { type: "number" }] };
      case "intOrString":
        return this.version === 2
          ? { type: "string", format: "int-or-string" }
          : { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] };
      case "raw":
        return name.endsWith(".JSON") ? {} : { type: "object" };
      case "oneOf":
        return {};
    }
  }

  #message(name: string): MessageModel {
    const message = this.model.messages.get(name);
    if (message === undefined) throw new Error(`no message ${name}`);
    return message;
  }
}

const scalars: Readonly<Record<string, Schema>> = {
  string: { type: "string" },
  bool: { type: "boolean" },
  bytes: { type: "string", format: "byte" },
  double: { type: "number", format: "double" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
};

function extensions(field: FieldModel): Schema {
  return {
    ...(field.listMapKeys === undefined ? {} : { "x-kubernetes-list-map-keys": field.listMapKeys }),
    ...(field.listType === undefined ? {} : { "x-kubernetes-list-type": field.listType }),
    ...(field.mapType === undefined ? {} : { "x-kubernetes-map-type": field.mapType }),
    ...(field.patchMergeKey === undefined
      ? {}
      : { "x-kubernetes-patch-merge-key": field.patchMergeKey }),
    ...(field.patchStrategy === undefined
      ? {}
      : { "x-kubernetes-patch-strategy": field.patchStrategy }),
  };
}

/** The message that a field's type names, if any. */
function messageIn(type: string): string | undefined {
  const inner = type.replace(/^repeated /, "").replace(/^map<string, (.*)>$/, "$1");
  return scalars[inner] === undefined ? inner : undefined;
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function versionSchema(): Schema {
  const required = [
    "major",
    "minor",
    "gitVersion",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "compiler",
    "platform",
  ];
  const optional = [
    "emulationMajor",
    "emulationMinor",
    "minCompatibilityMajor",
    "minCompatibilityMinor",
  ];
  const properties = Object.fromEntries(
    [...required, ...optional].sort().map((name) => [name, { type: "string" }]),
  );
  return { description: "What the server is.", type: "object", required, properties };
}
