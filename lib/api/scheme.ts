import { builtInKinds } from "./builtInKinds.js";
import type { GroupVersions, KnownKinds } from "./knownKinds.js";
import { isDns1035Label } from "./names.js";
import { apiVersionOf, isUnstructured, type ResourceType } from "./resourceType.js";
import { compareVersions } from "./versionOrder.js";

/** What one call changed. Of a resource that was replaced each list has its own version. */
export interface SchemeChange {
  /** The scheme's generation from this change on. */
  readonly generation: number;
  readonly removed: readonly ResourceType<unknown>[];
  readonly added: readonly ResourceType<unknown>[];
}

export type SchemeListener = (change: SchemeChange) => void;

/** Why kinds cannot be added, replaced or removed. Nothing has changed then. */
export class SchemeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SchemeError";
  }
}

/** What was added to the built-in kinds, indexed; replaced as a whole by each change. */
interface Added {
  readonly types: ReadonlySet<ResourceType<unknown>>;
  readonly byPlural: ReadonlyMap<string, ResourceType<unknown>>;
  readonly byKind: ReadonlyMap<string, ResourceType<unknown>>;
  readonly byMessage: ReadonlyMap<string, ResourceType<unknown>>;
  readonly byGroupVersion: ReadonlyMap<string, readonly ResourceType<unknown>[]>;
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

const nothing: Added = {
  types: new Set(),
  byPlural: new Map(),
  byKind: new Map(),
  byMessage: new Map(),
  byGroupVersion: new Map(),
  groups: new Map(),
};
const none: readonly never[] = [];

/**
 * The kinds that one server, client or cluster knows: the built-in ones, which all schemes share
 * and nobody changes, and those that were added to this one. A call of add, remove or replace is
 * one change, made as a whole or not at all; it moves the generation by one, and when it returns
 * every question is answered anew. Listeners are told of each change once, in the order of changes,
 * after the scheme has the last of them: whoever follows a scheme goes by what it is told, and may
 * itself change the scheme, which is told of next.
 */
export class Scheme implements KnownKinds {
  #added: Added = nothing;
  #generation = 0;
  #resources: readonly ResourceType<unknown>[] = builtInKinds.resources;
  #groups: readonly GroupVersions[] = builtInKinds.groups;
  /** In the order in which they came: as many as there are callers of listen. */
  readonly #listeners = new Set<SchemeListener>();
  /** Changes that are still to be told: more than one only where a listener makes another. */
  readonly #untold: SchemeChange[] = [];
  #isTelling = false;

  /** Zero while it has the built-in kinds alone, then the number of changes. */
  get generation(): number {
    return this.#generation;
  }

  get resources(): readonly ResourceType<unknown>[] {
    return this.#resources;
  }

  /** The built-in groups first, then others by name; versions as Kubernetes ranks them. */
  get groups(): readonly GroupVersions[] {
    return this.#groups;
  }

  resource(group: string, version: string, plural: string): ResourceType<unknown> | undefined {
    return (
      builtInKinds.resource(group, version, plural) ??
      this.#added.byPlural.get(key(group, version, plural))
    );
  }

  resourceOfKind(group: string, version: string, kind: string): ResourceType<unknown> | undefined {
    return (
      builtInKinds.resourceOfKind(group, version, kind) ??
      this.#added.byKind.get(key(group, version, kind))
    );
  }

  resourceOfMessage(message: string): ResourceType<unknown> | undefined {
    return builtInKinds.resourceOfMessage(message) ?? this.#added.byMessage.get(message);
  }

  resourcesOf(group: string, version: string): readonly ResourceType<unknown>[] {
    const added = this.#added.byGroupVersion.get(key(group, version, ""));
    return added ?? builtInKinds.resourcesOf(group, version);
  }

  versionsOf(group: string): readonly string[] {
    const added = this.#added.groups.get(group);
    const builtIn = builtInKinds.versionsOf(group);
    if (added === undefined) return builtIn;
    return builtIn.length === 0 ? added : [...builtIn, ...added];
  }

  /** Whether it was added here, and can be removed. */
  isAdded(type: ResourceType<unknown>): boolean {
    return this.#added.types.has(type);
  }

  /** Throws a SchemeError where one of them is known, or does not fit what is. */
  add(...types: readonly ResourceType<unknown>[]): void {
    this.#change(none, types);
  }

  /** Throws a SchemeError where one of them was not added to this scheme. */
  remove(...types: readonly ResourceType<unknown>[]): void {
    this.#change(types, none);
  }

  /** Removes and adds in one change: nobody finds neither, or both. */
  replace(
    removed: readonly ResourceType<unknown>[],
    added: readonly ResourceType<unknown>[],
  ): void {
    this.#change(removed, added);
  }

  /** Calls back after each change from now on; returns what forgets it. */
  listen(listener: SchemeListener): () => void {
    const own: SchemeListener = (change) => listener(change);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  #change(
    removed: readonly ResourceType<unknown>[],
    added: readonly ResourceType<unknown>[],
  ): void {
    if (removed.length === 0 && added.length === 0) return;
    const types = new Set(this.#added.types);
    for (const type of removed) {
      if (!types.delete(type)) throw new SchemeError(`${nameOf(type)} was not added`);
    }
    for (const type of added) {
      if (types.has(type)) throw new SchemeError(`${nameOf(type)} is known already`);
      types.add(type);
    }
    const next = indexed(types, this.#added);
    this.#added = next;
    this.#resources = [...builtInKinds.resources, ...[...next.byGroupVersion.values()].flat()];
    this.#groups = groupsWith(next);
    this.#generation += 1;
    this.#untold.push({
      generation: this.#generation,
      removed: [...removed],
      added: [...added],
    });
    this.#tell();
  }

  /** What one listener throws keeps no other from being told; the first of it is thrown at last. */
  #tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    const failures: unknown[] = [];
    try {
      for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
        for (const listener of [...this.#listeners]) {
          // It may have been forgotten by one before it.
          if (!this.#listeners.has(listener)) continue;
          try {
            listener(next);
          } catch (error) {
            failures.push(error);
          }
        }
      }
    } finally {
      this.#isTelling = false;
    }
    if (failures.length > 0) throw failures[0];
  }
}

function key(group: string, version: string, name: string): string {
  return `${group}/${version}/${name}`;
}

function nameOf(type: ResourceType<unknown>): string {
  return `${type.resource} of ${apiVersionOf(type)}`;
}

/** Throws where two do not fit together, or one does not fit the built-in kinds. */
function indexed(types: ReadonlySet<ResourceType<unknown>>, before: Added): Added {
  const byPlural = new Map<string, ResourceType<unknown>>();
  const byKind = new Map<string, ResourceType<unknown>>();
  const byMessage = new Map<string, ResourceType<unknown>>();
  const lists = new Map<string, ResourceType<unknown>[]>();
  const names = new Names();
  for (const type of types) {
    requireOwnGroupVersion(type);
    requireNames(type);
    const { group, version } = type;
    const plural = key(group, version, type.resource);
    if (byPlural.has(plural)) throw new SchemeError(`${nameOf(type)} is known already`);
    names.take(type);
    byPlural.set(plural, type);
    byKind.set(key(group, version, type.kind), type);
    byMessage.set(type.message, type);
    const place = key(group, version, "");
    const list = lists.get(place);
    if (list === undefined) lists.set(place, [type]);
    else list.push(type);
  }
  const sorted = [...lists].sort(([a], [b]) => (a < b ? -1 : 1));
  const byGroupVersion = new Map(
    sorted.map(([place, list]) => {
      list.sort((a, b) => (a.resource < b.resource ? -1 : 1));
      return [place, kept(before.byGroupVersion.get(place), list)];
    }),
  );
  return { types, byPlural, byKind, byMessage, byGroupVersion, groups: versionsByGroup(types) };
}

/** The list as it was, where it has not changed. */
function kept(
  before: readonly ResourceType<unknown>[] | undefined,
  now: readonly ResourceType<unknown>[],
): readonly ResourceType<unknown>[] {
  const isSame =
    before?.length === now.length && before.every((type, index) => type === now[index]);
  return isSame ? before : now;
}

/** Names are parts of paths and of other names: as upstream has those of custom resources. */
function requireNames(type: ResourceType<unknown>): void {
  const { version, kind, resource, singular, listKind = `${kind}List`, shortNames } = type;
  const names = {
    version,
    resource,
    singular,
    kind: kind.toLowerCase(),
    "kind of lists": listKind.toLowerCase(),
  };
  const short = shortNames.map((name): [string, string] => ["short name", name]);
  for (const [what, name] of [...Object.entries(names), ...short]) {
    if (isDns1035Label(name).length === 0) continue;
    throw new SchemeError(`${nameOf(type)}: the ${what} is no DNS label that starts with a letter`);
  }
  if (listKind === kind) throw new SchemeError(`${nameOf(type)}: its lists have its kind`);
}

/** A group of its own name has a dot; a version of a built-in group is not a built-in one. */
function requireOwnGroupVersion(type: ResourceType<unknown>): void {
  const { group, version } = type;
  if (!isUnstructured(type)) {
    throw new SchemeError(`${nameOf(type)}: only kinds without a built-in message can be added`);
  }
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/.test(group)) {
    throw new SchemeError(`${nameOf(type)}: the group must be a domain with at least one dot`);
  }
  if (builtInKinds.resourcesOf(group, version).length > 0) {
    throw new SchemeError(`${nameOf(type)}: ${group}/${version} is built in`);
  }
}

/**
 * Of a group: one plural a kind, one kind a plural, and all versions of it stored alike; none that
 * a built-in one has.
 */
class Names {
  readonly #first = new Map<string, ResourceType<unknown>>();

  take(type: ResourceType<unknown>): void {
    const { group, kind, resource, storage, storagePath, namespaced } = type;
    const builtIn = builtInKinds.versionsOf(group).find((version) => {
      const known = builtInKinds.resourcesOf(group, version);
      return known.some((one) => one.kind === kind || one.resource === resource);
    });
    if (builtIn !== undefined) {
      throw new SchemeError(`${nameOf(type)}: ${group}/${builtIn} has its kind or plural`);
    }
    for (const name of [`resource ${group}/${resource}`, `kind ${group}/${kind}`]) {
      const first = this.#first.get(name) ?? type;
      this.#first.set(name, first);
      if (first.resource !== resource || first.kind !== kind) {
        throw new SchemeError(`${nameOf(type)}: ${nameOf(first)} has its kind or plural`);
      }
      const isAlike =
        first.namespaced === namespaced &&
        first.storagePath === storagePath &&
        first.storage.version === storage.version;
      if (!isAlike) {
        throw new SchemeError(`${nameOf(type)}: ${nameOf(first)} is stored in another way`);
      }
    }
  }
}

function versionsByGroup(types: ReadonlySet<ResourceType<unknown>>): Map<string, string[]> {
  const groups = new Map<string, Set<string>>();
  for (const { group, version } of types) {
    groups.set(group, (groups.get(group) ?? new Set()).add(version));
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([group, versions]) => [group, [...versions].sort(compareVersions)]));
}

function groupsWith({ groups }: Added): readonly GroupVersions[] {
  if (groups.size === 0) return builtInKinds.groups;
  const builtIn = builtInKinds.groups.map((known) => {
    const added = groups.get(known.group);
    return added === undefined ? known : { ...known, versions: [...known.versions, ...added] };
  });
  const others = [...groups]
    .filter(([group]) => builtInKinds.versionsOf(group).length === 0)
    .map(([group, versions]) => ({ group, versions }));
  return [...builtIn, ...others];
}
