/** Carries a resource's TypeScript type; there is no such property at run time. */
declare const objectType: unique symbol;

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface Subresource extends GroupVersionKind {
  readonly name: string;
  readonly verbs: readonly string[];
}

/**
 * A column of the Table form. Priority 0 is always shown, higher ones on request (`kubectl get
 * -o wide`).
 */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly priority: number;
}

/**
 * One resource in one version: what discovery, storage and clients need to know of it. `T` is
 * its object's type.
 */
export interface ResourceType<T> extends GroupVersionKind {
  /** The plural of the URL. */
  readonly resource: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly enabledByDefault: boolean;
  /** Beside metadata.name and metadata.namespace. */
  readonly fieldSelectors: readonly string[];
  /** Of the list's kind, where that is not the kind and `List`. */
  readonly listKind?: string;
  /**
   * The codec's name of the object's message: of a protobuf one in full, for example
   * `k8s.io.api.core.v1.Pod`.
   */
  readonly message: string;
  /** Of the list kind's message; absent where there is no list. */
  readonly listMessage?: string;
  /**
   * The etcd key, for example `/registry/pods/{namespace}/{name}`; absent for what is never
   * stored.
   */
  readonly storagePath?: string;
  /** The stored form. */
  readonly storage: GroupVersionKind;
  /** Its message, where the kind is not built in. */
  readonly storageMessage?: string;
  /** As discovery gives it; empty for what is never stored. */
  readonly storageVersionHash: string;
  readonly subresources: readonly Subresource[];
  readonly columns: readonly Column[];
  readonly [objectType]?: T;
}

/** Whether no schema describes its objects: they are JSON on the wire and in storage. */
export function isUnstructured({ message }: { readonly message?: string }): boolean {
  return message?.startsWith("unstructured/") === true;
}

/** `PodList` for Pods. */
export function listKindOf(type: Pick<ResourceType<unknown>, "kind" | "listKind">): string {
  return type.listKind ?? `${type.kind}List`;
}

/** Undefined for what names a resource, else what it should have been. */
export function resourceTypeCheck(value: unknown): string | undefined {
  const type = (typeof value === "object" ? value : undefined) as Partial<ResourceType<unknown>>;
  const wanted = "a type of resource; take one of `resources`, or give group, version, kind,";
  for (const name of ["group", "version", "kind", "resource"] as const) {
    const given = type?.[name];
    if (typeof given === "string" && (given !== "" || name === "group")) continue;
    return `${wanted} resource and namespaced (its ${name} is ${JSON.stringify(given)})`;
  }
  if (typeof type.namespaced === "boolean") return undefined;
  return `${wanted} resource and namespaced (which is neither true nor false)`;
}

export type ObjectOf<R> = R extends ResourceType<infer T> ? T : never;

/** Gives a resource's description its object's type. */
export function resourceType<T>(description: ResourceType<unknown>): ResourceType<T> {
  return description as ResourceType<T>;
}

/** `v1` or `apps/v1`, as objects carry it. */
export function apiVersionOf(kind: { readonly group: string; readonly version: string }): string {
  return kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
}

/**
 * The other way; undefined for more than one slash. An empty string is an empty group and
 * version.
 */
export function parseApiVersion(
  apiVersion: string,
): { group: string; version: string } | undefined {
  const parts = apiVersion.split("/");
  if (parts.length === 1) return { group: "", version: parts[0]! };
  if (parts.length === 2) return { group: parts[0]!, version: parts[1]! };
  return undefined;
}
