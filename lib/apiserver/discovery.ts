import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  type ServedGroup,
  servedGroups,
} from "../api/discovery.js";
import { mediaTypes } from "../api/mediaTypes.js";
import type { Scheme } from "../api/scheme.js";
import { apiErrors } from "../api/status.js";
import { cachedDocument, contentHash } from "./cachedDocument.js";
import { requireGet } from "./nonResource.js";
import { resourceNotFound } from "./plainError.js";
import { acceptedMediaTypes } from "./registry/responseView.js";
import type { AuthenticatedRequest, ResponseView } from "./serverRequest.js";
import type { ServerResult } from "./serverResult.js";

/**
 * Discovery documents of what a scheme has, each made at its first question after the scheme has
 * changed.
 */
export class Discovery {
  readonly #scheme: Scheme;
  /** Of the scheme that everything below was made of. */
  #generation: number;
  #groups: readonly ServedGroup[];
  /** Bounded by the group versions and the forms of `/api` and `/apis`. */
  readonly #documents = new Map<string, string>();
  /** Of the aggregated documents, by the same keys. */
  readonly #hashes = new Map<string, string>();
  readonly #serverAddress: string;

  constructor(scheme: Scheme, serverAddress: string) {
    this.#scheme = scheme;
    this.#generation = scheme.generation;
    this.#groups = servedGroups(scheme);
    this.#serverAddress = serverAddress;
  }

  /** The paths that `/` lists. */
  paths(): string[] {
    this.#catchUp();
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

  serve(request: AuthenticatedRequest, path: string): ServerResult | undefined {
    if (path !== "/api" && path !== "/apis" && !/^\/apis?\//.test(path)) {
      return undefined;
    }
    this.#catchUp();
    const isRoot = path === "/api" || path === "/apis";
    const view = isRoot ? discoveryView(request) : request.view;
    const aggregated =
      isRoot && view?.transport === "rest" ? view.accepted.discoveryVersion : undefined;
    const key = aggregated === undefined ? path : `${path};${aggregated}`;
    let body = this.#documents.get(key);
    if (body === undefined) {
      const document = this.#make(path, aggregated);
      if (document === undefined) {
        if (this.#isBelowServed(path)) throw resourceNotFound();
        return undefined;
      }
      body = JSON.stringify(document);
      this.#documents.set(key, body);
    }
    // Upstream's aggregator tells of groups whatever the method is.
    if (!/^\/apis(?:\/[^/]+)?$/.test(path)) requireGet(request);
    if (aggregated === undefined) {
      return { kind: "document", code: 200, contentType: mediaTypes.json, body };
    }
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${aggregated};as=APIGroupDiscoveryList`;
    const headers = { "cache-control": "public", vary: "Accept" };
    return cachedDocument(request, { contentType, body, headers, hash: this.#hashOf(key, body) });
  }

  #catchUp(): void {
    const { generation } = this.#scheme;
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#groups = servedGroups(this.#scheme);
    this.#documents.clear();
    this.#hashes.clear();
  }

  #hashOf(key: string, body: string): string {
    const known = this.#hashes.get(key) ?? contentHash(body);
    this.#hashes.set(key, known);
    return known;
  }

  /** A version of a group that is served, or of the core group: whatever it is, it is not there. */
  #isBelowServed(path: string): boolean {
    const [prefix, first = ""] = path.slice(1).split("/");
    return prefix === "api" || this.#groups.some(({ name }) => name !== "" && name === first);
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

/** `/api` and `/apis` have two forms; a client that takes neither is told so. */
function discoveryView(request: AuthenticatedRequest): ResponseView {
  if (request.view === undefined) {
    throw apiErrors.notAcceptable(acceptedMediaTypes);
  }
  return request.view;
}
