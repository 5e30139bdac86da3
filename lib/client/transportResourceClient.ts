import type { Duplex } from "node:stream";
import { initialEventsEndAnnotation } from "../api/annotations.js";
import type { TokenRequest } from "../api/gen/types/authenticationV1.js";
import type { Scale } from "../api/gen/types/autoscalingV1.js";
import type { Binding } from "../api/gen/types/coreV1.js";
import type { Status } from "../api/gen/types/metaV1.js";
import type { Eviction } from "../api/gen/types/policyV1.js";
import {
  abortSignal,
  flag,
  milliseconds,
  type OptionCheck,
  object,
  shown,
  string,
} from "../api/optionChecks.js";
import { apiVersionOf, type ResourceType } from "../api/resourceType.js";
import { ApiError, apiErrors } from "../api/status.js";
import type { ApiVerb } from "../api/verbs.js";
import { readLog, readLogLines } from "./readLog.js";
import type {
  DeleteCollectionOptions,
  DeleteOptions,
  GetOptions,
  ListOptions,
  Patch,
  PatchOptions,
  RequestOptions,
  SelectionOptions,
  WatchOptions,
  WriteOptions,
} from "./requestOptions.js";
import type {
  FollowOptions,
  KubernetesObject,
  LogOptions,
  ObjectList,
  ResourceClient,
  WatchEvent,
} from "./resourceClient.js";
import type { ContainerStreams } from "./streams/containerStreams.js";
import type { PodPath, PortForwardOptions, StreamOptions } from "./streams/podStreams.js";
import type { ApiCall, CallParameters, CallType, Transport } from "./transport.js";

const defaultPageSize = 500;

type CallParts = Partial<Omit<ApiCall, "verb" | "type" | "signal" | "timeoutMilliseconds">>;

/** One resource's verbs as calls on a transport. */
export class TransportResourceClient<T> implements ResourceClient<T> {
  readonly type: ResourceType<T>;
  readonly #transport: Transport;
  readonly namespace: string | undefined;

  constructor(transport: Transport, type: ResourceType<T> | CallType, namespace?: string) {
    this.#transport = transport;
    this.namespace = namespace;
    this.type = type as ResourceType<T>;
  }

  get(name: string, options: GetOptions = {}): Promise<T> {
    return this.#send("get", options, () => ({ name, parameters: versionOf(options) }));
  }

  async list(options: ListOptions = {}): Promise<ObjectList<T>> {
    const list = await this.#send<ObjectList<T>>("list", options, () => ({
      parameters: { ...selection(options), limit: options.limit, continue: options.continue },
    }));
    // A nil list is `null` in JSON.
    list.items ??= [];
    return list;
  }

  async *listPages(options: ListOptions = {}): AsyncIterable<ObjectList<T>> {
    refuseOtherOptions("list", options);
    const limit = options.limit ?? defaultPageSize;
    let page = await this.list({ ...options, limit });
    yield page;
    // The revision of the first page is in the token; asking for another beside it is refused.
    const { resourceVersion: _, resourceVersionMatch: __, ...rest } = options;
    while (page.metadata.continue !== undefined && page.metadata.continue !== "") {
      page = await this.list({ ...rest, limit, continue: page.metadata.continue });
      yield page;
    }
  }

  async *watch(options: WatchOptions = {}): AsyncIterable<WatchEvent<T>> {
    refuseOtherOptions("watch", options);
    const call = this.#call("watch", options, {
      parameters: {
        ...selection(options),
        watch: true,
        allowWatchBookmarks: options.allowWatchBookmarks,
        sendInitialEvents: options.sendInitialEvents,
      },
    });
    try {
      for await (const frames of this.#transport.watch(call)) {
        for (const frame of frames) yield watchEvent<T>(frame.type, frame.object);
      }
    } catch (error) {
      throw namingWhatIsMissing(error, call);
    }
  }

  create(object: T, options: WriteOptions = {}): Promise<T> {
    if (!isObject(object)) return Promise.reject(noObject(object, this.type));
    const { namespace } = metadataOf(object);
    const parts = { body: this.#typed(object), namespace: namespace ?? "" };
    return this.#send("create", options, () => parts);
  }

  update(object: T, options: WriteOptions = {}): Promise<T> {
    return this.#put(object, "", options);
  }

  updateStatus(object: T, options: WriteOptions = {}): Promise<T> {
    return this.#put(object, "status", options);
  }

  patch(name: string, patch: Patch, options: PatchOptions = {}): Promise<T> {
    return this.patchSubresource(name, "", patch, options);
  }

  patchStatus(name: string, patch: Patch, options: PatchOptions = {}): Promise<T> {
    return this.patchSubresource(name, "status", patch, options);
  }

  delete(name: string, options: DeleteOptions = {}): Promise<T | Status> {
    return this.#send("delete", options, () => ({ name, body: deleteBody(options) }));
  }

  async deleteCollection(options: DeleteCollectionOptions = {}): Promise<void> {
    await this.#send("deletecollection", options, () => ({
      body: deleteBody(options),
      parameters: { ...selection(options), limit: options.limit, continue: options.continue },
    }));
  }

  getScale(name: string, options: GetOptions = {}): Promise<Scale> {
    return this.getSubresource(name, "scale", options);
  }

  updateScale(name: string, scale: Scale, options: WriteOptions = {}): Promise<Scale> {
    if (!isObject(scale)) return Promise.reject(noObject(scale, this.type));
    const body = { kind: "Scale", apiVersion: "autoscaling/v1", ...scale };
    return this.updateSubresource(name, "scale", body, withNamespace(options, scale));
  }

  async bind(binding: Binding, options: WriteOptions = {}): Promise<void> {
    if (!isObject(binding)) throw noObject(binding, this.type);
    const body = { kind: "Binding", apiVersion: "v1", ...binding };
    const name = binding.metadata?.name ?? "";
    await this.createSubresource(name, "binding", body, withNamespace(options, binding));
  }

  async evict(eviction: Eviction, options: WriteOptions = {}): Promise<void> {
    if (!isObject(eviction)) throw noObject(eviction, this.type);
    const body = { kind: "Eviction", apiVersion: "policy/v1", ...eviction };
    const name = eviction.metadata?.name ?? "";
    await this.createSubresource(name, "eviction", body, withNamespace(options, eviction));
  }

  createToken(
    name: string,
    request: TokenRequest,
    options: WriteOptions = {},
  ): Promise<TokenRequest> {
    if (!isObject(request)) return Promise.reject(noObject(request, this.type));
    const body = { kind: "TokenRequest", apiVersion: "authentication.k8s.io/v1", ...request };
    return this.createSubresource(name, "token", body, withNamespace(options, request));
  }

  approve(object: T, options: WriteOptions = {}): Promise<T> {
    return this.#put(object, "approval", options);
  }

  finalize(object: T, options: WriteOptions = {}): Promise<T> {
    return this.#put(object, "finalize", options);
  }

  getSubresource<S>(name: string, subresource: string, options: GetOptions = {}): Promise<S> {
    return this.#send("get", options, () => {
      return { name, subresource, parameters: versionOf(options) };
    });
  }

  createSubresource<S>(
    name: string,
    subresource: string,
    body: object,
    options: WriteOptions = {},
  ): Promise<S> {
    if (!isObject(body)) return Promise.reject(noObject(body, this.type));
    return this.#send("create", options, () => ({ name, subresource, body }));
  }

  updateSubresource<S>(
    name: string,
    subresource: string,
    body: object,
    options: WriteOptions = {},
  ): Promise<S> {
    if (!isObject(body)) return Promise.reject(noObject(body, this.type));
    return this.#send("update", options, () => ({ name, subresource, body }));
  }

  patchSubresource<S>(
    name: string,
    subresource: string,
    patch: Patch,
    options: PatchOptions = {},
  ): Promise<S> {
    if (
      !patchTypes.includes(patch?.type) ||
      typeof patch.body !== "object" ||
      patch.body === null
    ) {
      const why = "this is no patch: `patches` makes one, as patches.merge({ … })";
      return Promise.reject(apiErrors.badRequest(why));
    }
    return this.#send("patch", options, () => {
      const parameters = { ...writing(options), force: options.force };
      return { name, subresource, patch, parameters };
    });
  }

  log(name: string, options: LogOptions = {}): Promise<string> {
    return readLog(this.#transport, () => this.#pod("log", name, options), options);
  }

  logLines(name: string, options: FollowOptions = {}): AsyncIterable<string> {
    return readLogLines(this.#transport, () => this.#pod("logLines", name, options), options);
  }

  async exec(
    name: string,
    command: readonly string[],
    options: StreamOptions = {},
  ): Promise<ContainerStreams> {
    const pod = this.#pod("exec", name, options);
    const isCommand = Array.isArray(command) && command.every((word) => typeof word === "string");
    if (!isCommand || command.length === 0) {
      throw apiErrors.badRequest('exec needs a command: a list of words, as in ["ls", "-l"]');
    }
    const { openContainer } = await import("./streams/podStreams.js");
    return openContainer(this.#transport, pod, command, options);
  }

  async attach(name: string, options: StreamOptions = {}): Promise<ContainerStreams> {
    const pod = this.#pod("attach", name, options);
    const { openContainer } = await import("./streams/podStreams.js");
    return openContainer(this.#transport, pod, undefined, options);
  }

  async portForward(name: string, port: number, options: PortForwardOptions = {}): Promise<Duplex> {
    const pod = this.#pod("portForward", name, options);
    const { openPort } = await import("./streams/podStreams.js");
    return openPort(this.#transport, pod, port, options);
  }

  /** Throws ApiError where no pod is named, or none can be. */
  #pod(method: string, name: string, options: { readonly namespace?: string }): PodPath {
    const { resource, group } = this.type;
    refuseOtherOptions(method, options);
    if (group !== "" || resource !== "pods") {
      throw apiErrors.badRequest(`${method}: ${resource} have none, pods do`);
    }
    const namespace = options.namespace ?? this.namespace ?? "";
    if (namespace === "") throw apiErrors.badRequest(`${method}: ${missingNamespace(this.type)}`);
    refuseOtherPaths({ verb: "get", name, subresource: "", namespace });
    return { namespace, name };
  }

  #put<S>(object: S, subresource: string, options: WriteOptions): Promise<S> {
    if (!isObject(object)) return Promise.reject(noObject(object, this.type));
    const { name, namespace } = metadataOf(object);
    const body = this.#typed(object);
    const parts = { name: name ?? "", namespace: namespace ?? "", subresource, body };
    return this.#send("update", options, () => parts);
  }

  #typed(object: unknown): object {
    const { kind } = this.type;
    return { kind, apiVersion: apiVersionOf(this.type), ...(object as object) };
  }

  /** The parts are asked for when the options are known to be some. */
  async #send<S>(verb: ApiVerb, options: RequestOptions, made: () => CallParts): Promise<S> {
    refuseOtherOptions(verb, options);
    const parts = made();
    const writes = verb === "create" || verb === "update";
    const parameters = parts.parameters ?? (writes ? writing(options) : {});
    const call = this.#call(verb, options, { ...parts, parameters });
    try {
      return (await this.#transport.call(call)) as S;
    } catch (error) {
      throw namingWhatIsMissing(error, call);
    }
  }

  #call(verb: ApiVerb, options: RequestOptions, parts: CallParts): ApiCall {
    const call: ApiCall = {
      verb,
      type: this.type,
      name: "",
      subresource: "",
      parameters: {},
      ...parts,
      namespace: this.#namespaceOf(verb, options.namespace ?? parts.namespace),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.timeoutMilliseconds === undefined
        ? {}
        : { timeoutMilliseconds: options.timeoutMilliseconds }),
    };
    refuseOtherPaths(call);
    return call;
  }

  /** An empty one is all namespaces to a list, and the server's to refuse otherwise. */
  #namespaceOf(verb: ApiVerb, given: string | undefined): string {
    if (!this.type.namespaced) return "";
    if (given !== undefined && given !== "") return given;
    return verb === "list" || verb === "watch" ? "" : (this.namespace ?? "");
  }
}

function missingNamespace({ resource }: CallType): string {
  return (
    `${resource} need a namespace, and none was given: add the option { namespace: "…" } ` +
    'or take client.inNamespace("…")'
  );
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function noObject(value: unknown, { resource }: CallType): ApiError {
  return apiErrors.badRequest(`${shown(value)} is no object of ${resource}`);
}

/** Throws BadRequest for what no request has: a misspelt namespace would mean all of them. */
function refuseOtherOptions(verb: string, options: RequestOptions): void {
  if (!isObject(options)) {
    const example = '{ namespace: "default" }';
    throw apiErrors.badRequest(`${verb}: ${shown(options)} are no options; give ${example}`);
  }
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(optionChecks, name) ? optionChecks[name as OptionName] : undefined;
    if (check === undefined) {
      throw apiErrors.badRequest(`${verb}: there is no option ${JSON.stringify(name)}`);
    }
    const wanted = value === undefined ? undefined : check(value);
    if (wanted !== undefined) {
      throw apiErrors.badRequest(`${verb}: ${name}: ${shown(value)} is not ${wanted}`);
    }
  }
}

type OptionName =
  | keyof ListOptions
  | keyof WatchOptions
  | keyof GetOptions
  | keyof PatchOptions
  | keyof DeleteOptions
  | keyof FollowOptions
  | keyof StreamOptions;

/** Which values make sense is for the server to say. */
const number: OptionCheck = (value) => (Number.isInteger(value) ? undefined : "a whole number");

/** Of any verb. */
const optionChecks: Readonly<Record<OptionName, OptionCheck>> = {
  ...{ namespace: string, signal: abortSignal, timeoutMilliseconds: milliseconds },
  ...{ resourceVersion: string, resourceVersionMatch: string },
  ...{ labelSelector: string, fieldSelector: string, timeoutSeconds: number },
  ...{ limit: number, continue: string, allowWatchBookmarks: flag, sendInitialEvents: flag },
  ...{ dryRun: flag, fieldManager: string, fieldValidation: string, force: flag },
  ...{ gracePeriodSeconds: number, propagationPolicy: string, preconditions: object },
  ...{ container: string, previous: flag, tailLines: number, limitBytes: number },
  ...{ sinceSeconds: number, timestamps: flag, follow: flag, stdin: flag, tty: flag },
};

const patchTypes: readonly unknown[] = ["json", "merge", "strategic", "apply"];

/** Verbs of a whole collection; create has a name only where it is of a subresource. */
const collectionVerbs: readonly ApiVerb[] = ["list", "watch", "deletecollection"];

/**
 * Throws for a name that would be another path than an object's: an empty one is that of the
 * collection, whose DELETE deletes everything.
 */
function refuseOtherPaths({
  verb,
  name,
  subresource,
  namespace,
}: Pick<ApiCall, "verb" | "name" | "subresource" | "namespace">): void {
  const isNamed = verb !== "create" || subresource !== "";
  const needsName = isNamed && !collectionVerbs.includes(verb);
  if (needsName && typeof name !== "string") {
    throw apiErrors.badRequest(`${verb} needs a name, and ${shown(name)} is none`);
  }
  if (needsName && name === "") {
    throw apiErrors.badRequest(`${verb} needs a name, and none was given`);
  }
  if (typeof subresource !== "string") {
    throw apiErrors.badRequest(`${shown(subresource)} is no name of a subresource`);
  }
  for (const segment of [name, namespace]) {
    if (typeof segment !== "string") throw apiErrors.badRequest(`${shown(segment)} is no name`);
    if (segment === "." || segment === "..") {
      throw apiErrors.badRequest(`"${segment}" is no name: in a path it is another place`);
    }
  }
}

/** 404 and 405 of a path without a namespace do not say what is missing in it. */
function namingWhatIsMissing(error: unknown, call: ApiCall): unknown {
  if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 405)) return error;
  const { namespace, type, name, verb } = call;
  const needsNamespace = name !== "" || verb === "create" || verb === "deletecollection";
  if (type.namespaced && namespace === "" && needsNamespace) {
    const message = `${error.message}: ${missingNamespace(type)}`;
    return new ApiError({ ...error.status, message });
  }
  const isPlain = error.status.details?.name === undefined && error.message === unknownPath;
  const isUnknownPath = error.code === 404 && (error.reason === "" || isPlain);
  return isUnknownPath ? notServed(type, error) : error;
}

const unknownPath = "the server could not find the requested resource";

/** A server answers a path of a group or version that it does not know with a line of text. */
function notServed(type: CallType, error: ApiError): ApiError {
  const message = `${unknownPath}: it serves no ${type.resource} ` + `in ${apiVersionOf(type)}`;
  return new ApiError({ ...error.status, message, reason: "NotFound" });
}

function metadataOf(object: unknown): { name?: string; namespace?: string } {
  return (object as KubernetesObject | undefined)?.metadata ?? {};
}

function withNamespace<O extends RequestOptions>(options: O, object: unknown): O {
  // The call itself refuses what are no options.
  if (!isObject(options)) return options;
  const namespace = options.namespace ?? metadataOf(object).namespace;
  return namespace === undefined ? options : { ...options, namespace };
}

function versionOf(options: GetOptions): CallParameters {
  return { resourceVersion: options.resourceVersion };
}

function selection(options: SelectionOptions): CallParameters {
  return {
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    resourceVersion: options.resourceVersion,
    resourceVersionMatch: options.resourceVersionMatch,
    timeoutSeconds: options.timeoutSeconds,
  };
}

function writing(options: WriteOptions): CallParameters {
  return {
    dryRun: options.dryRun === true ? "All" : undefined,
    fieldManager: options.fieldManager,
    fieldValidation: options.fieldValidation,
  };
}

function deleteBody(options: DeleteOptions): object {
  return {
    kind: "DeleteOptions",
    apiVersion: "v1",
    ...(options.gracePeriodSeconds === undefined
      ? {}
      : { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(options.preconditions === undefined ? {} : { preconditions: options.preconditions }),
    ...(options.propagationPolicy === undefined
      ? {}
      : { propagationPolicy: options.propagationPolicy }),
    ...(options.dryRun === true ? { dryRun: ["All"] } : {}),
  };
}

function watchEvent<T>(type: string, object: object): WatchEvent<T> {
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return { type, object: object as T };
    case "BOOKMARK": {
      const { metadata } = object as KubernetesObject;
      return {
        type,
        resourceVersion: metadata?.resourceVersion ?? "",
        initialEventsEnd: metadata?.annotations?.[initialEventsEndAnnotation] === "true",
      };
    }
    case "ERROR":
      throw new ApiError(object as Status);
    default:
      throw new Error(`the server sent a watch event of type ${JSON.stringify(type)}`);
  }
}
