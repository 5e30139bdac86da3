import { builtInKinds } from "../api/builtInKinds.js";
import type { APIGroup, APIGroupList, APIResourceList } from "../api/gen/types/metaV1.js";
import { apiVersionOf, parseApiVersion } from "../api/resourceType.js";
import { hasReason } from "../api/status.js";
import type { Client, DynamicResourceType } from "../client/client.js";

export interface DiscoveredResource extends DynamicResourceType {
  readonly verbs: readonly string[];
}

export interface Discovery {
  /** Every resource in its group's preferred version that has it. No subresources. */
  readonly resources: readonly DiscoveredResource[];
  /** The resource of every kind in every version that is served, by kindKey. */
  readonly kinds: ReadonlyMap<string, DiscoveredResource>;
  /** `group/version` and what went wrong there: resources of it may be missing above. */
  readonly failures: ReadonlyMap<string, string>;
}

/** Groups asked at once. */
const concurrency = 8;

/**
 * What the server serves, custom and aggregated resources included. Over a transport without
 * HTTP, what every server of this version serves.
 */
export async function discoverResources(client: Client, signal: AbortSignal): Promise<Discovery> {
  let groups: APIGroupList;
  try {
    groups = (await client.rawJson("/apis", signal)) as APIGroupList;
  } catch (error) {
    if (client.transport === "rpc" && !signal.aborted) return builtInResources();
    throw error;
  }
  const versions = [["v1"], ...groups.groups.map(orderedVersions)];
  const failures = new Map<string, string>();
  const found = new Map<string, DiscoveredResource>();
  const lists = new Map<string, APIResourceList>();
  const wanted = versions.flat();
  const fetchNext = async (): Promise<void> => {
    for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
      const path = next.includes("/") ? `/apis/${next}` : `/api/${next}`;
      try {
        lists.set(next, (await client.rawJson(path, signal)) as APIResourceList);
      } catch (error) {
        failures.set(next, error instanceof Error ? error.message : String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, fetchNext));
  const kinds = new Map<string, DiscoveredResource>();
  for (const version of versions.flat()) {
    for (const resource of resourcesOf(version, lists.get(version))) {
      const key = `${resource.group}/${resource.resource}`;
      if (!found.has(key)) found.set(key, resource);
      setKind(kinds, resource);
    }
  }
  return { resources: [...found.values()], kinds, failures };
}

/**
 * A resource of a named group, in the preferred version that has it; undefined where it is not
 * served, and over a transport without HTTP, where nobody can be asked.
 */
export async function discoverResource(
  client: Client,
  group: string,
  plural: string,
  signal: AbortSignal,
): Promise<DiscoveredResource | undefined> {
  const path = `/apis/${encodeURIComponent(group)}`;
  try {
    const versions = orderedVersions((await client.rawJson(path, signal)) as APIGroup);
    for (const version of versions) {
      const list = (await client.rawJson(`/apis/${version}`, signal)) as APIResourceList;
      const found = resourcesOf(version, list).find(({ resource }) => resource === plural);
      if (found !== undefined) return found;
    }
    return undefined;
  } catch (error) {
    if (hasReason(error, "NotFound")) return undefined;
    if (client.transport === "rpc" && !signal.aborted) return undefined;
    throw error;
  }
}

export function kindKey(apiVersion: string, kind: string): string {
  return `${apiVersion} ${kind}`;
}

/** Several resources may answer with one kind: the one that can be read by name stands for it. */
function setKind(kinds: Map<string, DiscoveredResource>, resource: DiscoveredResource): void {
  const key = kindKey(apiVersionOf(resource), resource.kind);
  if (!kinds.has(key) && resource.verbs.includes("get")) kinds.set(key, resource);
}

function orderedVersions(group: APIGroupList["groups"][number]): string[] {
  const all = group.versions.map((version) => version.groupVersion);
  const preferred = group.preferredVersion?.groupVersion;
  if (preferred === undefined || preferred === "") return all;
  return [preferred, ...all.filter((version) => version !== preferred)];
}

function resourcesOf(
  groupVersion: string,
  list: APIResourceList | undefined,
): DiscoveredResource[] {
  const parsed = parseApiVersion(groupVersion);
  if (list === undefined || parsed === undefined) return [];
  return (list.resources ?? [])
    .filter((resource) => !resource.name.includes("/"))
    .map((resource) => ({
      group: parsed.group,
      version: parsed.version,
      kind: resource.kind,
      resource: resource.name,
      namespaced: resource.namespaced,
      verbs: resource.verbs ?? [],
    }));
}

function builtInResources(): Discovery {
  const found = new Map<string, DiscoveredResource>();
  const kinds = new Map<string, DiscoveredResource>();
  for (const { group, versions } of builtInKinds.groups) {
    for (const version of versions) {
      for (const type of builtInKinds.resourcesOf(group, version)) {
        if (!type.enabledByDefault) continue;
        const key = `${group}/${type.resource}`;
        if (!found.has(key)) found.set(key, type);
        setKind(kinds, type);
      }
    }
  }
  return { resources: [...found.values()], kinds, failures: new Map() };
}
