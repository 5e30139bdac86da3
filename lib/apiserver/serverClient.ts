import { Selector } from "../api/labels.js";
import { mediaTypes } from "../api/mediaTypes.js";
import { apiVersionOf } from "../api/resourceType.js";
import { apiErrors, hasReason } from "../api/status.js";
import type { ObjectTree } from "./admission/admissionPlugin.js";
import type { Accepted } from "./http/negotiateMediaType.js";
import type { UserInfo } from "./identity.js";
import type { Pipeline } from "./pipeline.js";
import { listTrees } from "./registry/listTrees.js";
import { readTree } from "./registry/rawUpdate.js";
import type { Registry } from "./registry/registry.js";
import type { ServedResource } from "./registry/servedResource.js";
import type { ResourceRequestInfo, Verb } from "./requestInfo.js";
import { noOptions } from "./requestOptions.js";
import type { ServerObjects } from "./serverObjects.js";
import type { ServerRequest } from "./serverRequest.js";

/** Who the server is to itself. */
export const apiServerUser: UserInfo = {
  name: "system:apiserver",
  uid: "",
  groups: ["system:authenticated", "system:masters"],
  extra: {},
};

const jsonAccepted: Accepted = {
  format: "json",
  mediaType: mediaTypes.json,
  as: "object",
  asVersion: "v1",
  discoveryVersion: undefined,
  pretty: false,
  takesObject: true,
};

/** The server's own objects, through its own pipeline. */
export class ServerClient implements ServerObjects {
  readonly #registry: Registry;
  readonly #pipeline: () => Pipeline;
  readonly #userAgent: string;

  constructor(registry: Registry, pipeline: () => Pipeline, userAgent: string) {
    this.#registry = registry;
    this.#pipeline = pipeline;
    this.#userAgent = userAgent;
  }

  get(
    group: string,
    resource: string,
    namespace: string,
    name: string,
  ): Promise<ObjectTree | undefined> {
    return readTree(this.#registry.dependencies, this.#find(group, resource), namespace, name);
  }

  async list(
    group: string,
    resource: string,
    namespace: string,
    labelSelector = "",
  ): Promise<ObjectTree[]> {
    const found = this.#find(group, resource);
    const all = await listTrees(this.#registry.dependencies, found, namespace);
    if (labelSelector === "") {
      return all;
    }
    const selector = Selector.parse(labelSelector);
    return all.filter((tree) => {
      const metadata = tree.metadata as { labels?: Record<string, string> } | undefined;
      return selector.matches(metadata?.labels);
    });
  }

  create(
    group: string,
    resource: string,
    namespace: string,
    object: ObjectTree,
  ): Promise<ObjectTree> {
    const found = this.#find(group, resource);
    return this.#call("create", "POST", found, { namespace, name: "", subresource: "" }, object);
  }

  update(
    group: string,
    resource: string,
    namespace: string,
    name: string,
    object: ObjectTree,
    subresource = "",
  ): Promise<ObjectTree> {
    const found = this.#find(group, resource);
    return this.#call("update", "PUT", found, { namespace, name, subresource }, object);
  }

  async delete(group: string, resource: string, namespace: string, name: string): Promise<void> {
    const found = this.#find(group, resource);
    const target = { namespace, name, subresource: "" };
    try {
      await this.#call("delete", "DELETE", found, target, undefined);
    } catch (error) {
      if (!hasReason(error, "NotFound")) {
        throw error;
      }
    }
  }

  #find(group: string, resource: string): ServedResource {
    const found = this.#registry.preferred(group, resource);
    if (found === undefined) {
      throw apiErrors.notFound({ group, resource }, "");
    }
    return found;
  }

  async #call(
    verb: Verb,
    method: string,
    resource: ServedResource,
    target: { namespace: string; name: string; subresource: string },
    object: ObjectTree | undefined,
  ): Promise<ObjectTree> {
    const body =
      object === undefined
        ? new Uint8Array()
        : Buffer.from(
            JSON.stringify({ ...object, kind: resource.kind, apiVersion: apiVersionOf(resource) }),
          );
    const info: ResourceRequestInfo = {
      isResourceRequest: true,
      verb,
      authorizationVerb: verb,
      group: resource.group,
      version: resource.version,
      resource: resource.resource,
      ...target,
      subpath: "",
      path: "",
      labelSelector: "",
      fieldSelector: "",
    };
    const result = await this.#pipeline().handle(this.#request(info, method, body));
    if (result.kind !== "object") {
      throw apiErrors.internal(`${verb} of ${resource.qualifiedName} gave no object`);
    }
    return JSON.parse(Buffer.from(result.bytes).toString("utf8")) as ObjectTree;
  }

  #request(info: ResourceRequestInfo, method: string, body: Uint8Array): ServerRequest {
    return {
      info,
      method,
      query: undefined,
      options: noOptions,
      view: { transport: "rest", accepted: jsonAccepted },
      contentType: mediaTypes.json,
      userAgent: this.#userAgent,
      headers: {},
      connection: undefined,
      trustedUser: apiServerUser,
      knownUser: undefined,
      signal: () => neverAborts.signal,
      readBody: () => body,
      connectTransport: undefined,
      warnings: [],
    };
  }
}

const neverAborts = new AbortController();
