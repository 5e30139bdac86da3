import { createHash } from "node:crypto";
import type { Column, ResourceType, Subresource } from "./resourceType.js";

/** A resource that is not built in: what there is to say of it in one version. */
export interface CustomResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The plural. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** Default: the kind in lower case. */
  readonly singular?: string;
  /** Default: the kind and `List`. */
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** The version that its objects are stored in; default this one. */
  readonly storageVersion?: string;
  /** Whether its status is written apart from the rest. */
  readonly hasStatus?: boolean;
  /** Default: name and age. */
  readonly columns?: readonly Column[];
}

const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const defaultColumns: readonly Column[] = [
  { name: "Name", type: "string", format: "name", priority: 0 },
  { name: "Age", type: "date", format: "", priority: 0 },
];

/**
 * The type of a resource whose objects no schema describes: metadata, and whatever else they have
 * is kept as it is. They are JSON on the wire and in storage; its versions differ in their name
 * alone.
 *
 * @example
 * const widgets = customResourceType({
 *   group: "example.com", version: "v1", kind: "Widget", resource: "widgets", namespaced: true,
 * });
 */
export function customResourceType(custom: CustomResource): ResourceType<unknown> {
  const { group, version, kind, resource, namespaced } = custom;
  const storageVersion = custom.storageVersion ?? version;
  const place = namespaced ? "{namespace}/{name}" : "{name}";
  return {
    group,
    version,
    kind,
    resource,
    namespaced,
    singular: custom.singular ?? kind.toLowerCase(),
    ...(custom.listKind === undefined ? {} : { listKind: custom.listKind }),
    shortNames: custom.shortNames ?? [],
    categories: custom.categories ?? [],
    verbs,
    enabledByDefault: true,
    fieldSelectors: [],
    message: `unstructured/${group}/${version}/${kind}`,
    storageMessage: `unstructured/${group}/${storageVersion}/${kind}`,
    storagePath: `/registry/${group}/${resource}/${place}`,
    storage: { group, version: storageVersion, kind },
    storageVersionHash: storageVersionHash(`${group}/${storageVersion}/${kind}`),
    subresources: custom.hasStatus === true ? [statusOf(custom)] : [],
    columns: custom.columns ?? defaultColumns,
  };
}

function statusOf({ group, version, kind }: CustomResource): Subresource {
  return { name: "status", group, version, kind, verbs: ["get", "patch", "update"] };
}

/** As upstream's discovery: the first eight bytes of SHA-256 of group/version/kind, in base64. */
export function storageVersionHash(storageVersion: string): string {
  return createHash("sha256").update(storageVersion).digest().subarray(0, 8).toString("base64");
}
