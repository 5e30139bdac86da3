import { builtInKinds } from "./builtInKinds.js";
import type { ResourceType, Subresource } from "./resourceType.js";
import type { ApiVerb } from "./verbs.js";

/** The messages of `proto/steersman/v1`; `object` is the bare message of an API object. */
export type RpcRequestName =
  | "GetRequest"
  | "ListRequest"
  | "WatchRequest"
  | "CreateRequest"
  | "UpdateRequest"
  | "PatchRequest"
  | "DeleteRequest"
  | "DeleteCollectionRequest";
export type RpcResponseName = "object" | "ListChunk" | "WatchBatch" | "DeleteResponse";

/** One method of one typed service. */
export interface RpcMethod {
  /** `/steersman.api.core.v1.PodService/Get`. */
  readonly path: string;
  readonly service: string;
  readonly name: string;
  readonly resource: ResourceType<unknown>;
  readonly verb: ApiVerb;
  /** Empty for the resource itself. */
  readonly subresource: string;
  readonly request: RpcRequestName;
  readonly response: RpcResponseName;
  readonly isStream: boolean;
  /** Message of the object that is sent; absent where none is. */
  readonly requestMessage?: string;
  /** Message of the object or items that are answered. */
  readonly responseMessage: string;
}

const statusMessage = "k8s.io.apimachinery.pkg.apis.meta.v1.Status";

const shapes: Readonly<Record<ApiVerb, readonly [string, RpcRequestName, RpcResponseName]>> = {
  get: ["Get", "GetRequest", "object"],
  list: ["List", "ListRequest", "ListChunk"],
  watch: ["Watch", "WatchRequest", "WatchBatch"],
  create: ["Create", "CreateRequest", "object"],
  update: ["Update", "UpdateRequest", "object"],
  patch: ["Patch", "PatchRequest", "object"],
  delete: ["Delete", "DeleteRequest", "DeleteResponse"],
  deletecollection: ["DeleteCollection", "DeleteCollectionRequest", "ListChunk"],
};

/** Subresources that are streams of bytes or HTTP of their own: they are served over HTTP only. */
const httpOnly = new Set(["attach", "exec", "log", "portforward", "proxy"]);

/** Methods that have a verb of their own in Kubernetes' language. */
const ownNames: Readonly<Record<string, string>> = {
  "create binding": "Bind",
  "create eviction": "Evict",
  "update finalize": "Finalize",
};

const subresourceNames: Readonly<Record<string, string>> = {
  ephemeralcontainers: "EphemeralContainers",
};

/** `steersman.api.core.v1` for messages of `k8s.io.api.core.v1`. */
export function rpcPackageOf(message: string): string {
  return `steersman.api.${message.split(".").slice(-3, -1).join(".")}`;
}

type MessageOf = (group: string, version: string, kind: string) => string | undefined;

/** The methods of a resource's typed service, in the order of its .proto. */
export function rpcMethodsOf(
  resource: ResourceType<unknown>,
  messageOf: MessageOf = (...kind) => builtInKinds.messageOf(...kind),
): RpcMethod[] {
  const service = `${rpcPackageOf(resource.message)}.${resource.kind}Service`;
  const order = Object.keys(shapes) as ApiVerb[];
  const own = order
    .filter((verb) => resource.verbs.includes(verb))
    .map((verb) => method(service, resource, verb, messageOf));
  const sub = resource.subresources
    .filter((s) => !httpOnly.has(s.name))
    .flatMap((s) =>
      order
        .filter((verb) => s.verbs.includes(verb))
        .map((verb) => method(service, resource, verb, messageOf, s)),
    );
  return [...own, ...sub];
}

function method(
  service: string,
  resource: ResourceType<unknown>,
  verb: ApiVerb,
  messageOf: MessageOf,
  subresource?: Subresource,
): RpcMethod {
  const [word, request, response] = shapes[verb];
  const message = objectMessage(resource, messageOf, subresource);
  const name = methodName(word, verb, subresource?.name ?? "");
  const sendsObject = verb === "create" || verb === "update";
  const isPlain = name === "Bind" || name === "Evict" || resource.kind === "Binding";
  return {
    path: `/${service}/${name}`,
    service,
    name,
    resource,
    verb,
    subresource: subresource?.name ?? "",
    request,
    response,
    isStream: response === "ListChunk" || response === "WatchBatch",
    ...(sendsObject ? { requestMessage: message } : {}),
    responseMessage: isPlain ? statusMessage : message,
  };
}

function objectMessage(
  resource: ResourceType<unknown>,
  messageOf: MessageOf,
  subresource?: Subresource,
): string {
  if (subresource === undefined) return resource.message;
  const { group, version, kind } = subresource;
  const message = messageOf(group, version, kind);
  if (message === undefined) throw new Error(`no message of ${kind} ${group}/${version}`);
  return message;
}

function methodName(word: string, verb: ApiVerb, subresource: string): string {
  if (subresource === "") return word;
  const own = ownNames[`${verb} ${subresource}`];
  const plain = subresource[0]!.toUpperCase() + subresource.slice(1);
  return own ?? word + (subresourceNames[subresource] ?? plain);
}

let byPath: ReadonlyMap<string, RpcMethod> | undefined;

/**
 * Every typed method by its path: of the built-in kinds, which have services of their own. All
 * others are served by the dynamic one. Made at the first question.
 */
export function rpcMethods(): ReadonlyMap<string, RpcMethod> {
  byPath ??= new Map(
    builtInKinds.resources.flatMap((r) => rpcMethodsOf(r)).map((m) => [m.path, m]),
  );
  return byPath;
}

/** The path of the dynamic service's method for a verb. */
export function dynamicPath(verb: ApiVerb): string {
  return `/steersman.v1.Dynamic/${shapes[verb][0]}`;
}
