import { builtInKinds } from "../../api/builtInKinds.js";
import { subresourceCapability } from "../../api/capabilities/objects/subresources.js";
import type { MaybePromise } from "../../api/maybePromise.js";
import { withOwnObjects } from "../../api/ownedCodec.js";
import type { ResourceType } from "../../api/resourceType.js";
import type { Scheme, SchemeChange } from "../../api/scheme.js";
import { apiErrors } from "../../api/status.js";
import { methodNotAllowed, pageNotFound, resourceNotFound } from "../plainError.js";
import type { RequestInfo, ResourceRequestInfo } from "../requestInfo.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { bindPod } from "./bindPod.js";
import { componentStatuses } from "./componentStatuses.js";
import type { CreateHandler } from "./createHandler.js";
import { createObject } from "./createObject.js";
import { deleteCollection } from "./deleteCollection.js";
import { deleteObject } from "./deleteObject.js";
import { evictPod } from "./evictPod.js";
import { getObject } from "./getObject.js";
import { listObjects } from "./listObjects.js";
import { patchObject } from "./patchObject.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { runCreateHandler } from "./runCreateHandler.js";
import { scale } from "./scale.js";
import { ServedResource } from "./servedResource.js";
import type { Strategy } from "./strategy.js";
import { updateObject } from "./updateObject.js";
import { watchObjects } from "./watchObjects.js";
import type { WriteTarget } from "./writeObject.js";

export type StrategyLookup = (type: ResourceType<unknown>) => Strategy | undefined;

/** Every resource in every served version, as the scheme has them, and what their requests do. */
export class Registry {
  readonly #deps: RegistryDependencies;
  readonly #resources = new Map<string, ServedResource>();
  readonly #createHandlers = new Map<string, CreateHandler>();
  readonly #scheme: Scheme;
  readonly #strategyFor: StrategyLookup;
  readonly #forget: () => void;
  /** How many of the resources are unstructured. */
  #unstructured = 0;

  constructor(
    deps: Omit<RegistryDependencies, "resource">,
    scheme: Scheme,
    strategyFor: StrategyLookup,
    createHandlers: readonly CreateHandler[],
  ) {
    this.#scheme = scheme;
    this.#strategyFor = strategyFor;
    for (const type of scheme.resources) this.#add(type, undefined);
    this.#forget = scheme.listen((change) => this.#follow(change));
    for (const handler of createHandlers) {
      const { group, resource, subresource } = handler;
      this.#createHandlers.set(`${group}/${resource}/${subresource}`, handler);
    }
    this.#deps = { ...deps, resource: (group, resource) => this.preferred(group, resource) };
  }

  /** Goes by the scheme no more. */
  stop(): void {
    this.#forget();
  }

  /**
   * What is replaced goes on being watched where it is stored as before; of what is removed the
   * watches end, and requests under way write nothing more.
   */
  #follow({ removed, added }: SchemeChange): void {
    const gone = new Map<string, ServedResource>();
    for (const type of removed) {
      const key = keyOf(type);
      const resource = this.#resources.get(key);
      if (resource === undefined) continue;
      gone.set(key, resource);
      this.#resources.delete(key);
      if (resource.isUnstructured) this.#unstructured -= 1;
    }
    for (const type of added) {
      const before = gone.get(keyOf(type));
      const isKept = before?.type.storagePath === type.storagePath;
      this.#add(type, isKept ? before : undefined);
      if (isKept) gone.delete(keyOf(type));
    }
    for (const resource of gone.values()) resource.service.end();
  }

  #add(type: ResourceType<unknown>, before: ServedResource | undefined): void {
    if (!type.enabledByDefault) return;
    const { group, kind } = type.storage;
    const strategy = this.#strategyFor(type) ?? { group, kind };
    const resource = new ServedResource(type, strategy, before?.service);
    this.#resources.set(keyOf(type), resource);
    if (resource.isUnstructured) this.#unstructured += 1;
  }

  get dependencies(): RegistryDependencies {
    return this.#deps;
  }

  find(group: string, version: string, resource: string): ServedResource | undefined {
    return this.#resources.get(`${group}/${version}/${resource}`);
  }

  /** Whether what the request is about has no protobuf form. */
  isJsonAlone(info: RequestInfo): boolean {
    if (this.#unstructured === 0 || !info.isResourceRequest) return false;
    return this.find(info.group, info.version, info.resource)?.isUnstructured === true;
  }

  all(): Iterable<ServedResource> {
    return this.#resources.values();
  }

  /** In the version that clients should take, or in the only one that serves it. */
  preferred(group: string, resource: string): ServedResource | undefined {
    for (const version of this.#scheme.versionsOf(group)) {
      const found = this.find(group, version, resource);
      if (found !== undefined) {
        return found;
      }
    }
    return undefined;
  }

  /** Carries out a resource request, connect requests excepted. */
  handle(request: AuthenticatedRequest, info: ResourceRequestInfo): MaybePromise<ServerResult> {
    const resource = this.find(info.group, info.version, info.resource);
    if (resource === undefined) {
      throw info.group === "" || this.#scheme.versionsOf(info.group).length > 0
        ? resourceNotFound()
        : pageNotFound();
    }
    checkMethod(resource, info);
    const deprecation = deprecated.get(`${info.group}/${info.version}/${info.resource}`);
    if (deprecation !== undefined) {
      request.warnings.push(deprecation);
      this.#deps.metrics.deprecatedRequested(info.group, info.version, info.resource);
    }
    if (!writes.has(info.verb) && info.subresource !== "scale")
      return this.#run(this.#deps, request, info, resource);
    return withOwnObjects(this.#deps, (deps) => this.#run(deps, request, info, resource));
  }

  #run(
    deps: RegistryDependencies,
    request: AuthenticatedRequest,
    info: ResourceRequestInfo,
    resource: ServedResource,
  ): MaybePromise<ServerResult> {
    if (info.subresource !== "") {
      return this.#subresource(deps, request, info, resource);
    }
    if (resource.group === "" && resource.resource === "componentstatuses") {
      return componentStatuses(deps, request, resource, info.name);
    }
    const { namespace } = scopeOf(resource, info);
    const target: WriteTarget = { resource, namespace, name: info.name, subresource: "" };
    switch (info.verb) {
      case "get":
        return getObject(deps, request, resource, namespace, info.name);
      case "list":
        return listObjects(deps, request, resource, namespace);
      case "watch":
        return watchObjects(deps, request, resource, namespace);
      case "create":
        return this.#create(deps, request, resource, namespace);
      case "update":
        return updateObject(deps, request, target);
      case "patch":
        return patchObject(deps, request, target);
      case "delete":
        return deleteObject(deps, request, target);
      case "deletecollection":
        return deleteCollection(deps, request, resource, namespace);
      case "connect":
        throw resourceNotFound();
    }
  }

  #create(
    deps: RegistryDependencies,
    request: AuthenticatedRequest,
    resource: ServedResource,
    namespace: string,
  ): MaybePromise<ServerResult> {
    const handler = this.#createHandlers.get(`${resource.group}/${resource.resource}/`);
    if (handler !== undefined) {
      const target = { resource, namespace, name: "", subresource: "" };
      return runCreateHandler(deps, request, target, handler, resource);
    }
    if (resource.group === "" && resource.resource === "bindings") {
      const pods = this.find("", "v1", "pods");
      if (pods !== undefined) {
        return bindPod(deps, request, pods, namespace, "");
      }
    }
    if (resource.keyPrefix === undefined) {
      throw apiErrors.methodNotSupported(resource, "create");
    }
    return createObject(deps, request, resource, namespace);
  }

  #subresource(
    deps: RegistryDependencies,
    request: AuthenticatedRequest,
    info: ResourceRequestInfo,
    resource: ServedResource,
  ): MaybePromise<ServerResult> {
    const { namespace, name, subresource, verb } = info;
    if (verb !== "get") requireCarriedOut(resource, subresource);
    const scoped = resource.namespaced ? namespace : "";
    const target: WriteTarget = { resource, namespace: scoped, name, subresource };
    if (subresource === "scale") {
      return verb === "get"
        ? scale.get(deps, request, target)
        : verb === "patch"
          ? scale.patch(deps, request, target)
          : scale.update(deps, request, target);
    }
    if (verb === "create") {
      return this.#createSubresource(deps, request, target);
    }
    switch (verb) {
      case "get":
        return getObject(deps, request, resource, scoped, name);
      case "update":
        return updateObject(deps, request, target);
      case "patch":
        return patchObject(deps, request, target);
      default:
        throw apiErrors.methodNotSupported(resource, verb);
    }
  }

  #createSubresource(
    deps: RegistryDependencies,
    request: AuthenticatedRequest,
    target: WriteTarget,
  ): MaybePromise<ServerResult> {
    const { resource, namespace, name, subresource } = target;
    const path = `${resource.group}/${resource.resource}/${subresource}`;
    if (path === "/pods/binding") {
      return bindPod(deps, request, resource, namespace, name);
    }
    if (path === "/pods/eviction") {
      return evictPod(deps, request, resource, namespace, name);
    }
    const handler = this.#createHandlers.get(path);
    const kind = resource.subresources.get(subresource);
    const message =
      kind === undefined ? undefined : builtInKinds.messageOf(kind.group, kind.version, kind.kind);
    if (handler === undefined || kind === undefined || message === undefined) {
      throw apiErrors.methodNotSupported(resource, "create");
    }
    const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
    return runCreateHandler(deps, request, target, handler, {
      message,
      apiVersion,
      kind: kind.kind,
    });
  }
}

function keyOf({ group, version, resource }: ResourceType<unknown>): string {
  return `${group}/${version}/${resource}`;
}

/** Verbs whose requests decode objects: these are freed when the request ends. */
const writes: ReadonlySet<ResourceRequestInfo["verb"]> = new Set([
  "create",
  "update",
  "patch",
  "delete",
]);

/** Throws where a write to the subresource would not be carried out. */
function requireCarriedOut({ group, resource }: ServedResource, subresource: string): void {
  const capability = subresourceCapability(group, resource, subresource);
  if (capability.state !== "refused") return;
  throw apiErrors.methodRefused({ group, resource }, subresource, capability.why);
}

/** What every response of an API warns of that is on its way out. */
const deprecated = new Map([
  ["/v1/componentstatuses", "v1 ComponentStatus is deprecated in v1.19+"],
  ["/v1/endpoints", "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"],
]);

/** 404 for a subresource that is not there, 405 for a method that the path does not offer. */
function checkMethod(resource: ServedResource, info: ResourceRequestInfo): void {
  const { verb, namespace, name, subresource } = info;
  if (subresource !== "") {
    const found = resource.subresources.get(subresource);
    const isDeeper = /[^/]/.test(info.subpath);
    if (found === undefined || isDeeper || (resource.namespaced && namespace === "")) {
      throw resourceNotFound();
    }
    if (info.isOtherMethod === true || !found.verbs.includes(verb)) {
      throw methodNotAllowed();
    }
    return;
  }
  const isInPath = info.isWatchPath === true || (verb !== "list" && verb !== "watch");
  const named = name !== "" && isInPath;
  if (!resource.namespaced && namespace !== "" && resource.resource !== "namespaces") {
    throw resourceNotFound();
  }
  if (resource.namespaced && namespace === "" && named) {
    throw resourceNotFound();
  }
  const everywhere = resource.namespaced && namespace === "";
  // What can only be created has no path over all namespaces.
  if (everywhere && !resource.verbs.has("list") && !resource.verbs.has("watch")) {
    throw resourceNotFound();
  }
  const offered = resource.verbs.has(verb) && !(everywhere && verb !== "list" && verb !== "watch");
  const needsName = verb === "get" || verb === "update" || verb === "patch" || verb === "delete";
  if (
    info.isOtherMethod === true ||
    !offered ||
    (needsName && name === "") ||
    (verb === "create" && named)
  ) {
    throw methodNotAllowed();
  }
}

/** `/api/v1/namespaces/x` is the namespace x itself: its own URL looks like a namespaced one. */
function scopeOf(resource: ServedResource, info: ResourceRequestInfo): { namespace: string } {
  return { namespace: resource.namespaced ? info.namespace : "" };
}
