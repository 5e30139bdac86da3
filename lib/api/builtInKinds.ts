import { kinds } from "./gen/kinds.js";
import { allResources, groupOrder } from "./gen/resources.js";
import type { GroupVersions, KnownKinds } from "./knownKinds.js";
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

/** Made at the first question, so that importing this costs nothing. */
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

const none: readonly never[] = [];

/**
 * The built-in API: the same for everybody in the process, and nothing can be added to it. Whoever
 * may know other kinds as well has a Scheme.
 */
class BuiltInKinds implements KnownKinds {
  readonly resources: readonly ResourceType<unknown>[] = allResources;
  readonly groups: readonly GroupVersions[] = groupOrder;

  resource(group: string, version: string, plural: string): ResourceType<unknown> | undefined {
    return indexes().byPlural.get(key(group, version, plural));
  }

  resourceOfKind(group: string, version: string, kind: string): ResourceType<unknown> | undefined {
    return indexes().byKind.get(key(group, version, kind));
  }

  resourceOfMessage(message: string): ResourceType<unknown> | undefined {
    return indexes().byMessage.get(message);
  }

  resourcesOf(group: string, version: string): readonly ResourceType<unknown>[] {
    return indexes().byGroupVersion.get(key(group, version, "")) ?? none;
  }

  versionsOf(group: string): readonly string[] {
    return groupOrder.find((g) => g.group === group)?.versions ?? none;
  }

  /** A kind's protobuf message: objects, lists, options, reviews. Options exist in every group. */
  messageOf(group: string, version: string, kind: string): string | undefined {
    return indexes().messageByKind.get(key(group, version, kind)) ?? everywhere.get(kind);
  }

  /** The kind of a message that has one. */
  kindOf(message: string): GroupVersionKind | undefined {
    return indexes().kindByMessage.get(message);
  }
}

export const builtInKinds = new BuiltInKinds();
