import { listKindOf, type ResourceType } from "../resourceType.js";
import { listMessageOf } from "./operations.js";
import { type Definitions, extraDefinitions, type Json, reference, type Schema } from "./schema.js";

const meta = "k8s.io.apimachinery.pkg.apis.meta.v1";

/** Definitions of custom kinds and of their lists, and what they refer to. */
export class CustomDefinitions implements Definitions {
  readonly version: 2 | 3;
  readonly #resources: readonly ResourceType<unknown>[];

  constructor(version: 2 | 3, resources: readonly ResourceType<unknown>[]) {
    this.version = version;
    this.#resources = resources;
  }

  /** `com.example.v1.Widget`, as upstream names them: the group from its end. */
  definitionName(message: string): string {
    const [root, group = "", version, kind] = message.split("/");
    if (root !== "unstructured") return message.replace(/^k8s\.io\./, "io.k8s.");
    return `${group.split(".").reverse().join(".")}.${version}.${kind}`;
  }

  /** By name. */
  own(): Record<string, Schema> {
    const all = this.#resources.flatMap((resource) => [
      [this.definitionName(resource.message), this.#object(resource)] as const,
      [this.definitionName(listMessageOf(resource)), this.#list(resource)] as const,
    ]);
    return sorted(all);
  }

  /** The definitions that these messages and a patch reach, of these and of those prepared. */
  reached(messages: Iterable<string>, prepared: Readonly<Record<string, Schema>>): Schema {
    const all = { ...prepared, ...this.own() };
    const found = new Map<string, Schema>();
    const wanted = [...messages].map((message) => this.definitionName(message));
    if (this.#resources.length > 0) wanted.push(extraDefinitions.patch);
    for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
      const schema = all[name];
      if (schema === undefined) throw new Error(`no definition ${name}`);
      if (found.has(name)) continue;
      found.set(name, schema);
      wanted.push(...referencesIn(schema));
    }
    return sorted([...found]);
  }

  #object({ group, version, kind }: ResourceType<unknown>): Schema {
    return {
      description: `${kind} object.`,
      type: "object",
      properties: {
        ...typeMeta,
        metadata: this.#described(
          "What every object has: its name, labels, owners, revision.",
          `${meta}.ObjectMeta`,
        ),
      },
      "x-kubernetes-group-version-kind": [{ group, kind, version }],
      "x-kubernetes-preserve-unknown-fields": true,
    };
  }

  #list(resource: ResourceType<unknown>): Schema {
    const { group, version, message } = resource;
    const kind = listKindOf(resource);
    const items = reference(this, this.definitionName(message));
    return {
      description: `${kind} object.`,
      type: "object",
      required: ["items"],
      properties: {
        ...typeMeta,
        items: { description: "The objects of the list.", type: "array", items },
        metadata: this.#described("The revision of the list.", `${meta}.ListMeta`),
      },
      "x-kubernetes-group-version-kind": [{ group, kind, version }],
    };
  }

  #described(description: string, message: string): Schema {
    const to = reference(this, this.definitionName(message));
    return this.version === 2 ? { description, ...to } : { description, allOf: [to] };
  }
}

const typeMeta = {
  apiVersion: {
    description: "The group and version of the schema that this object is in.",
    type: "string",
  },
  kind: { description: "The kind of this object.", type: "string" },
};

function sorted(entries: readonly (readonly [string, Schema])[]): Record<string, Schema> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function referencesIn(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" && typeof inner === "string"
      ? [inner.slice(inner.lastIndexOf("/") + 1)]
      : referencesIn(inner),
  );
}
