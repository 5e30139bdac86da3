import { kinds } from "./gen/kinds.js";
import { allResources, groupOrder } from "./gen/resources.js";
import type { GroupVersionKind, ResourceType } from "./resourceType.js";

const metaPackage = "k8s.io.apimachinery.pkg.apis.meta.v1";

/** Kinds that every group serves in its own name, whatever the version. */
const everywhere: ReadonlyMap<string, string> = new Map(
  ["DeleteOptions", "WatchEvent", "CreateOptions", "GetOptions", "ListOptions"]
    .concat(["PatchOptions", "UpdateOptions"])
    .map((kind) => [kind, `${metaPackage}.${kind}`]),
);

interface Indexes {
  readonly byPlural: ReadonlyMap<string, ResourceType<unknown>>;
  readonly byKind: ReadonlyMap<string, ResourceType<unknown>>;
  readonly byMessage: ReadonlyMap<string, ResourceType<unknown>>;
  readonly messageByKind: ReadonlyMap<string, string>;
  readonly kindByMessage: ReadonlyMap<string, GroupVersionKind>;
  readonly byGroupVersion: ReadonlyMap<string, readonly ResourceType<unknown>[]>;
}

let built: Indexes | undefined;

/** Made at the first question, so that importing the scheme costs nothing. */
function indexes(): Indexes {
  built ??= {
    byPlural: new Map(allResources.map((r) => [key(r.group, r.version, r.resource), r])),
    byKind: new Map(allResources.map((r) => [key(r.group, r.version, r.kind), r])),
    byMessage: new Map(allResources.map((r) => [r.message, r])),
    messageByKind: new Map(
      kinds.map(([group, version, kind, message]) => [key(group, version, kind), message]),
    ),
    kindByMessage: new Map(
      kinds.map(([group, version, kind, message]) => [message, { group, version, kind }]),
    ),
    byGroupVersion: groupResources(),
  };
  return built;
}

function groupResources(): Map<string, ResourceType<unknown>[]> {
  const groups = new Map<string, ResourceType<unknown>[]>();
  for (const resource of allResources) {
    const name = key(resource.group, resource.version, "");
    const list = groups.get(name);
    if (list === undefined) groups.set(name, [resource]);
    else list.push(resource);
  }
  return groups;
}

function key(group: string, version: string, name: string): string {
  return `${group}/${version}/${name}`;
}

/**
 * Which resource, kind and message belong together, for the built-in API. Custom resources are not
 * here: whoever serves them keeps their own table.
 */
export const scheme = {
  /** The resource at /apis/{group}/{version}/…/{plural}. */
  resource(group: string, version: string, plural: string): ResourceType<unknown> | undefined {
    return indexes().byPlural.get(key(group, version, plural));
  },

  /** The resource that serves a kind; a list's kind has none. */
  resourceOfKind(group: string, version: string, kind: string): ResourceType<unknown> | undefined {
    return indexes().byKind.get(key(group, version, kind));
  },

  resourceOfMessage(message: string): ResourceType<unknown> | undefined {
    return indexes().byMessage.get(message);
  },

  /** The resources of a group version, by plural; empty where there are none. */
  resourcesOf(group: string, version: string): readonly ResourceType<unknown>[] {
    return indexes().byGroupVersion.get(key(group, version, "")) ?? [];
  },

  /** A kind's protobuf message: objects, lists, options, reviews. Options exist in every group. */
  messageOf(group: string, version: string, kind: string): string | undefined {
    return indexes().messageByKind.get(key(group, version, kind)) ?? everywhere.get(kind);
  },

  /** The kind of a message that has one. */
  kindOf(message: string): GroupVersionKind | undefined {
    return indexes().kindByMessage.get(message);
  },

  /** The message that holds a resource's stored form. */
  storageMessageOf(resource: ResourceType<unknown>): string {
    const { group, version, kind } = resource.storage;
    return indexes().messageByKind.get(key(group, version, kind)) ?? resource.message;
  },

  /** Group versions in discovery order, the preferred version of each group first. */
  groupOrder,

  /** The version that clients should take; undefined for a group that is not built in. */
  preferredVersion(group: string): string | undefined {
    return groupOrder.find((g) => g.group === group)?.versions[0];
  },

  allResources,
} as const;

/** `PodList` for `Pod`. */
export function listKindOf(kind: string): string {
  return `${kind}List`;
}
