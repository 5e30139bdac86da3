import { apiVersionOf, type ResourceType } from "../api/resourceType.js";
import { scheme } from "../api/scheme.js";
import type { AuthenticatedRequest } from "./serverRequest.js";
import type { ServerResult } from "./serverResult.js";

/** Discovery documents of the built-in API, made once: they change only with the version. */
export class Discovery {
  readonly #documents = new Map<string, string>();
  readonly #serverAddress: string;

  constructor(serverAddress: string) {
    this.#serverAddress = serverAddress;
  }

  /** The paths that `/` lists. */
  paths(): string[] {
    const groups = servedGroups().filter(({ group }) => group !== "");
    return [
      "/api",
      "/api/v1",
      "/apis",
      "/apis/",
      ...groups.flatMap(({ group, versions }) => [
        `/apis/${group}`,
        ...versions.map((version) => `/apis/${group}/${version}`),
      ]),
    ];
  }

  answer(request: AuthenticatedRequest, path: string): ServerResult | undefined {
    const view = request.view;
    const aggregated =
      view?.transport === "rest" && (path === "/api" || path === "/apis")
        ? view.accepted.discoveryVersion
        : undefined;
    const key = aggregated === undefined ? path : `${path};${aggregated}`;
    let text = this.#documents.get(key);
    if (text === undefined) {
      const document = this.#make(path, aggregated);
      if (document === undefined) {
        return undefined;
      }
      text = JSON.stringify(document);
      this.#documents.set(key, text);
    }
    const contentType =
      aggregated === undefined
        ? "application/json"
        : `application/json;g=apidiscovery.k8s.io;v=${aggregated};as=APIGroupDiscoveryList`;
    return { kind: "document", code: 200, contentType, body: text, headers: { vary: "Accept" } };
  }

  #make(path: string, aggregated: "v2" | "v2beta1" | undefined): unknown {
    if (path === "/api") {
      return aggregated === undefined
        ? this.#apiVersions()
        : aggregatedList(aggregated, (group) => group === "");
    }
    if (path === "/apis") {
      return aggregated === undefined
        ? groupList()
        : aggregatedList(aggregated, (group) => group !== "");
    }
    const parts = path.slice(1).split("/");
    if (parts[0] === "api" && parts.length === 2) {
      return resourceList("", parts[1] ?? "");
    }
    if (parts[0] === "apis" && parts.length === 2) {
      const found = servedGroups().find(({ group }) => group === parts[1] && group !== "");
      return found === undefined
        ? undefined
        : { kind: "APIGroup", apiVersion: "v1", ...groupOf(found) };
    }
    return parts[0] === "apis" && parts.length === 3
      ? resourceList(parts[1] ?? "", parts[2] ?? "")
      : undefined;
  }

  #apiVersions(): unknown {
    return {
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: this.#serverAddress }],
    };
  }
}

interface ServedGroup {
  readonly group: string;
  readonly versions: readonly string[];
}

function servedGroups(): ServedGroup[] {
  return scheme.groupOrder
    .map(({ group, versions }) => ({
      group,
      versions: versions.filter((version) => resourcesOf(group, version).length > 0),
    }))
    .filter(({ versions }) => versions.length > 0);
}

function resourcesOf(group: string, version: string): ResourceType<unknown>[] {
  return scheme
    .resourcesOf(group, version)
    .filter((resource) => resource.enabledByDefault)
    .sort((a, b) => (a.resource < b.resource ? -1 : 1));
}

function groupList(): unknown {
  return {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: servedGroups()
      .filter(({ group }) => group !== "")
      .map(groupOf),
  };
}

function groupOf({ group, versions }: ServedGroup) {
  const all = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: all, preferredVersion: all[0] };
}

function resourceList(group: string, version: string): unknown {
  const resources = resourcesOf(group, version);
  if (resources.length === 0) {
    return undefined;
  }
  return {
    kind: "APIResourceList",
    // The core group's own document goes without, as upstream's does.
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: apiVersionOf({ group, version }),
    resources: resources.flatMap(legacyResources),
  };
}

function legacyResources(resource: ResourceType<unknown>): unknown[] {
  const own = {
    name: resource.resource,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...(resource.storageVersionHash === ""
      ? {}
      : { storageVersionHash: resource.storageVersionHash }),
  };
  const subresources = resource.subresources.map((sub) => ({
    name: `${resource.resource}/${sub.name}`,
    singularName: "",
    namespaced: resource.namespaced,
    ...(sub.group === resource.group && sub.version === resource.version
      ? {}
      : { group: sub.group, version: sub.version }),
    kind: sub.kind,
    verbs: sub.verbs,
  }));
  return [own, ...subresources];
}

function aggregatedList(version: string, wanted: (group: string) => boolean): unknown {
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: servedGroups()
      .filter(({ group }) => wanted(group))
      .map(({ group, versions }) => ({
        metadata: { ...(group === "" ? {} : { name: group }), creationTimestamp: null },
        versions: versions.map((v) => ({
          version: v,
          freshness: "Current",
          resources: resourcesOf(group, v).map(aggregatedResource),
        })),
      })),
  };
}

function aggregatedResource(resource: ResourceType<unknown>): unknown {
  const { group, version, kind } = resource;
  return {
    resource: resource.resource,
    responseKind: { group, version, kind },
    scope: resource.namespaced ? "Namespaced" : "Cluster",
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...(resource.subresources.length === 0
      ? {}
      : {
          subresources: resource.subresources.map((sub) => ({
            subresource: sub.name,
            responseKind: { group: sub.group, version: sub.version, kind: sub.kind },
            verbs: sub.verbs,
          })),
        }),
  };
}
