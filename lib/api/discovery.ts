import type {
  APIGroupDiscovery,
  APIGroupDiscoveryList,
  APIResourceDiscovery,
  APIVersionDiscovery,
} from "./gen/types/apidiscoveryV2.js";
import type {
  APIGroup,
  APIGroupList,
  APIResource,
  APIResourceList,
  APIVersions,
} from "./gen/types/metaV1.js";
import type { KnownKinds } from "./knownKinds.js";
import { apiVersionOf, type ResourceType, type Subresource } from "./resourceType.js";

/** What discovery says of a resource, built in or custom. */
export type DiscoverableResource = Pick<
  ResourceType<unknown>,
  | "group"
  | "version"
  | "kind"
  | "resource"
  | "singular"
  | "namespaced"
  | "shortNames"
  | "categories"
  | "verbs"
  | "storageVersionHash"
  | "subresources"
>;

export interface ServedVersion {
  readonly version: string;
  readonly resources: readonly DiscoverableResource[];
  /** Of an aggregated API that does not respond: what was known before. Default Current. */
  readonly freshness?: "Current" | "Stale";
}

/** A group as discovery lists it, the preferred version first. */
export interface ServedGroup {
  readonly name: string;
  readonly versions: readonly ServedVersion[];
}

/** The groups in discovery order, with the versions that have a served resource. */
export function servedGroups(
  kinds: KnownKinds,
  isServed: (resource: ResourceType<unknown>) => boolean = (r) => r.enabledByDefault,
): ServedGroup[] {
  return kinds.groups
    .map(({ group, versions }) => ({
      name: group,
      versions: versions
        .map((version) => ({
          version,
          resources: kinds.resourcesOf(group, version).filter(isServed),
        }))
        .filter((v) => v.resources.length > 0),
    }))
    .filter((g) => g.versions.length > 0);
}

/** `/api`. The address is `host:port`. */
export function apiVersions(serverAddress: string): APIVersions {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress }],
  };
}

/** `/apis`: every group but the core one. */
export function apiGroupList(groups: readonly ServedGroup[]): APIGroupList {
  const named = groups.filter((g) => g.name !== "");
  return { kind: "APIGroupList", apiVersion: "v1", groups: named.map(groupEntry) };
}

/** `/apis/{group}`. */
export function apiGroup(group: ServedGroup): APIGroup {
  return { kind: "APIGroup", apiVersion: "v1", ...groupEntry(group) };
}

function groupEntry({ name, versions }: ServedGroup): APIGroup {
  const entries = versions.map(({ version }) => ({
    groupVersion: apiVersionOf({ group: name, version }),
    version,
  }));
  const preferredVersion = entries[0];
  return {
    name,
    versions: entries,
    ...(preferredVersion === undefined ? {} : { preferredVersion }),
  };
}

/** `/api/v1` and `/apis/{group}/{version}`: resources and subresources, by name. */
export function apiResourceList(group: string, served: ServedVersion): APIResourceList {
  const resources = served.resources
    .flatMap((r) => [resourceEntry(r), ...r.subresources.map((s) => subresourceEntry(r, s))])
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    kind: "APIResourceList",
    // The core group's list has never had one.
    ...(group === "" ? {} : { apiVersion: "v1" as const }),
    groupVersion: apiVersionOf({ group, version: served.version }),
    resources,
  };
}

function resourceEntry(r: DiscoverableResource): APIResource {
  return {
    name: r.resource,
    singularName: r.singular,
    namespaced: r.namespaced,
    kind: r.kind,
    verbs: [...r.verbs],
    ...(r.shortNames.length === 0 ? {} : { shortNames: [...r.shortNames] }),
    ...(r.categories.length === 0 ? {} : { categories: [...r.categories] }),
    ...(r.storageVersionHash === "" ? {} : { storageVersionHash: r.storageVersionHash }),
  };
}

function subresourceEntry(r: DiscoverableResource, s: Subresource): APIResource {
  const isOwn = s.group === r.group && s.version === r.version;
  return {
    name: `${r.resource}/${s.name}`,
    singularName: "",
    namespaced: r.namespaced,
    ...(isOwn || s.group === "" ? {} : { group: s.group }),
    ...(isOwn ? {} : { version: s.version }),
    kind: s.kind,
    verbs: [...s.verbs],
  };
}

/**
 * The aggregated form of `/api` (the core group) and `/apis` (the others). v2beta1 differs only in
 * its apiVersion.
 */
export function aggregatedDiscovery(
  groups: readonly ServedGroup[],
  version: "v2" | "v2beta1",
): APIGroupDiscoveryList {
  const items = groups.map(
    ({ name, versions }): APIGroupDiscovery => ({
      metadata: name === "" ? {} : { name },
      versions: versions.map(versionDiscovery),
    }),
  );
  const list: APIGroupDiscoveryList = {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items,
  };
  return version === "v2" ? list : { ...list, apiVersion: v2beta1 };
}

/** The lists are alike, so that one type serves both. */
const v2beta1 = "apidiscovery.k8s.io/v2beta1" as unknown as "apidiscovery.k8s.io/v2";

function versionDiscovery(served: ServedVersion): APIVersionDiscovery {
  const resources = [...served.resources].sort((a, b) => (a.resource < b.resource ? -1 : 1));
  return {
    version: served.version,
    resources: resources.map(resourceDiscovery),
    freshness: served.freshness ?? "Current",
  };
}

function resourceDiscovery(r: DiscoverableResource): APIResourceDiscovery {
  const { kind } = r;
  // The group and version are left empty where they are the document's own.
  const own = { group: "", version: "" };
  const subresources = r.subresources.map((s) => ({
    subresource: s.name,
    responseKind:
      s.group === r.group && s.version === r.version
        ? { ...own, kind: s.kind }
        : { group: s.group, version: s.version, kind: s.kind },
    verbs: [...s.verbs],
  }));
  return {
    resource: r.resource,
    responseKind: { ...own, kind },
    scope: r.namespaced ? "Namespaced" : "Cluster",
    singularResource: r.singular,
    verbs: [...r.verbs],
    ...(r.shortNames.length === 0 ? {} : { shortNames: [...r.shortNames] }),
    ...(r.categories.length === 0 ? {} : { categories: [...r.categories] }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}
