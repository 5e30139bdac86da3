import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  builtInGroups,
  type ServedGroup,
} from "../api/discovery.js";
import type { AuthenticatedRequest } from "./serverRequest.js";
import type { ServerResult } from "./serverResult.js";

/** Discovery documents of the built-in API, each made at its first question: they never change. */
export class Discovery {
  readonly #groups: readonly ServedGroup[] = builtInGroups();
  /** Bounded by the group versions and the forms of `/api` and `/apis`. */
  readonly #documents = new Map<string, string>();
  readonly #serverAddress: string;

  constructor(serverAddress: string) {
    this.#serverAddress = serverAddress;
  }

  /** The paths that `/` lists. */
  paths(): string[] {
    const named = this.#groups.filter(({ name }) => name !== "");
    return [
      "/api",
      "/api/v1",
      "/apis",
      "/apis/",
      ...named.flatMap(({ name, versions }) => [
        `/apis/${name}`,
        ...versions.map(({ version }) => `/apis/${name}/${version}`),
      ]),
    ];
  }

  answer(request: AuthenticatedRequest, path: string): ServerResult | undefined {
    const { view } = request;
    const isRoot = path === "/api" || path === "/apis";
    const aggregated =
      isRoot && view?.transport === "rest" ? view.accepted.discoveryVersion : undefined;
    const key = aggregated === undefined ? path : `${path};${aggregated}`;
    let body = this.#documents.get(key);
    if (body === undefined) {
      const document = this.#make(path, aggregated);
      if (document === undefined) {
        return undefined;
      }
      body = JSON.stringify(document);
      this.#documents.set(key, body);
    }
    const contentType =
      aggregated === undefined
        ? "application/json"
        : `application/json;g=apidiscovery.k8s.io;v=${aggregated};as=APIGroupDiscoveryList`;
    return {
      kind: "document",
      code: 200,
      contentType,
      body,
      ...(isRoot ? { headers: { vary: "Accept" } } : {}),
    };
  }

  #make(path: string, aggregated: "v2" | "v2beta1" | undefined): unknown {
    if (path === "/api" || path === "/apis") {
      const isCore = path === "/api";
      if (aggregated !== undefined) {
        const wanted = this.#groups.filter(({ name }) => (name === "") === isCore);
        return aggregatedDiscovery(wanted, aggregated);
      }
      return isCore ? apiVersions(this.#serverAddress) : apiGroupList(this.#groups);
    }
    const [prefix, first = "", second = "", ...rest] = path.slice(1).split("/");
    if (rest.length > 0) {
      return undefined;
    }
    if (prefix === "api") {
      return second === "" ? this.#resourceList("", first) : undefined;
    }
    if (prefix !== "apis" || first === "") {
      return undefined;
    }
    const group = this.#groups.find(({ name }) => name === first);
    if (group === undefined) {
      return undefined;
    }
    return second === "" ? apiGroup(group) : this.#resourceList(first, second);
  }

  #resourceList(groupName: string, version: string): unknown {
    const group = this.#groups.find(({ name }) => name === groupName);
    const served = group?.versions.find((candidate) => candidate.version === version);
    return served === undefined ? undefined : apiResourceList(groupName, served);
  }
}
