import type { ApiObject, ManagedFieldsOptions } from "../../api/codec.js";
import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import { apiErrors } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { AdmissionAttributes, ObjectTree } from "../admission/admissionPlugin.js";
import { Reinvocation } from "../admission/reinvocation.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { tableOfObject } from "../table/tableOfObject.js";
import { decodeError, isDryRun } from "./decodeBody.js";
import {
  inMessage,
  isLong,
  isLongObject,
  managedFieldsAfter,
  pause,
  storedOf,
  textOf,
  type Work,
  withJson,
} from "./longObjects.js";
import { metadataOf } from "./objectMeta.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { resetFieldsOf } from "./resetFields.js";
import { isTable, storageView } from "./responseView.js";
import type { ServedResource } from "./servedResource.js";
import type { StrategyContext } from "./strategy.js";
import type { WriteHooks } from "./writeHooks.js";

/** What a write is about. The name is empty for a create until it is known. */
export interface WriteTarget {
  readonly resource: ServedResource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/**
 * The object with the kind's defaults, and its JSON tree without managedFields, which admission
 * and the strategy change.
 */
export function withDefaults(
  work: Work,
  resource: ServedResource,
  object: ApiObject,
): MaybePromise<Defaulted> {
  return andThen(textOf(work, object), (text) => {
    const tree = JSON.parse(text) as ObjectTree;
    const { defaults } = resource.strategy;
    if (defaults === undefined) return { object, tree };
    return andThen(pause(work, object), () => {
      defaults(tree);
      return andThen(pause(work, object), () => {
        const after = JSON.stringify(tree);
        if (after === text) return { object, tree };
        return andThen(fromText(work, object, after, resource, object), (defaulted) => ({
          object: defaulted,
          tree,
        }));
      });
    });
  });
}

export interface Defaulted {
  readonly object: ApiObject;
  readonly tree: ObjectTree;
}

/**
 * The native object of a changed tree. A tree that does not decode is the programmer's fault:
 * 500. `managed` gives its managedFields.
 */
export function fromTree(
  work: Work,
  base: ApiObject,
  tree: ObjectTree,
  resource: ServedResource,
  managed: ApiObject,
): MaybePromise<ApiObject> {
  // They are replaced anyway: nobody needs to write and read them again.
  delete metadataOf(tree).managedFields;
  return fromText(work, base, JSON.stringify(tree), resource, managed);
}

function fromText(
  work: Work,
  base: ApiObject,
  text: string,
  resource: ServedResource,
  managed: ApiObject,
): MaybePromise<ApiObject> {
  return andThen(withJson(work, base, text, managed), (result) => {
    if (result.object === undefined) throw decodeError(result.errors, resource);
    return result.object;
  });
}

/** metadata.managedFields as they are after this write, computed on the served version. */
export function managedFieldsOfWrite(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  live: ApiObject | undefined,
  object: ApiObject,
): MaybePromise<ApiObject> {
  const { message } = target.resource;
  const write = managedFieldsWrite(deps, request, target);
  const before = live === undefined ? undefined : inMessage(deps, live, message);
  return andThen<ApiObject | undefined, ApiObject>(before, (served) =>
    andThen(inMessage(deps, object, message), (after) =>
      managedFieldsAfter(deps, served, after, write),
    ),
  );
}

/** Who writes what, as managedFields tell of it. */
export function managedFieldsWrite(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  { resource, subresource }: WriteTarget,
): ManagedFieldsOptions {
  return {
    manager: managerOf(request),
    operation: "Update",
    apiVersion: resource.apiVersion,
    subresource,
    time: formatTime(deps.clock.now()),
    resetFields: resetFieldsOf(resource, subresource),
  };
}

/** fieldManager, or what the User-Agent begins with. */
function managerOf(request: AuthenticatedRequest): string {
  if (request.options.fieldManager !== "") {
    return request.options.fieldManager;
  }
  const slash = request.userAgent.indexOf("/");
  const agent = slash < 0 ? request.userAgent : request.userAgent.slice(0, slash);
  return agent.slice(0, 128) || "unknown";
}

export function strategyContext(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
): StrategyContext {
  return {
    namespace: target.namespace,
    name: target.name,
    subresource: target.subresource,
    apiVersion: target.resource.apiVersion,
    now: deps.clock.now(),
    userName: request.user.name,
    user: request.user,
    warn: (message) => request.warnings.push(message),
  };
}

export function admissionAttributes(
  request: AuthenticatedRequest,
  target: WriteTarget,
  what: Pick<
    AdmissionAttributes,
    "operation" | "object" | "plainPod" | "unchangedPod" | "plainStatus" | "plainBinding"
  > & {
    readonly oldObject: () => ObjectTree | undefined;
    readonly options: () => ObjectTree;
    /** Of a deletion, whose options may be in the body. Absent: as the query says. */
    readonly dryRun?: boolean;
  },
  attempt?: AdmittedAttempt,
): AdmissionAttributes {
  const { resource, subresource } = target;
  const requestKind = resource.subresources.get(subresource) ?? resource;
  // What is updated by a subresource is the object itself.
  const isOwnKind = what.operation === "CREATE" || what.operation === "CONNECT";
  const objectKind = isOwnKind && subresource !== "" ? requestKind : resource.storage;
  return {
    operation: what.operation,
    user: request.user,
    group: resource.group,
    version: resource.version,
    kind: objectKind.kind,
    requestKind,
    objectKind,
    resource: resource.resource,
    subresource: target.subresource,
    namespace: target.namespace,
    name: target.name,
    // Many plugins look at neither: they are parsed for those that do.
    get object() {
      return what.object;
    },
    get plainPod() {
      return what.plainPod;
    },
    get unchangedPod() {
      return what.unchangedPod;
    },
    get plainStatus() {
      return what.plainStatus;
    },
    plainBinding: what.plainBinding,
    get oldObject() {
      return what.oldObject();
    },
    get options() {
      return what.options();
    },
    dryRun: what.dryRun ?? isDryRun(request.options),
    warn: (message) => request.warnings.push(message),
    annotate: annotatorOf(request),
    reinvocation: new Reinvocation(),
    pause: attempt?.pause,
    waits: attempt?.unlock,
    onDecided: attempt === undefined ? undefined : (hook) => attempt.hooks.add(hook),
  };
}

function annotatorOf({ auditAnnotations }: AuthenticatedRequest): AdmissionAttributes["annotate"] {
  if (auditAnnotations === undefined) return undefined;
  return (key, value) => auditAnnotations.add(key, value);
}

/** What admission of a stored object's write works with. */
export interface AdmittedAttempt {
  readonly hooks: WriteHooks;
  /** Lets others have their turn where the object is long. */
  readonly pause?: () => Promise<void> | undefined;
  /** Releases the object's lock. */
  readonly unlock?: () => void;
}

/**
 * The response that carries one object, as it would be read back: of an empty list nothing is
 * stored. `resourceVersion` is empty for a dry run's new object.
 */
export function objectResult(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  object: ApiObject,
  resourceVersion: string,
  code: number,
): MaybePromise<ServerResult> {
  const view = storageView(request, resource);
  const serving = andThen(readBack(deps, request, resource, object, resourceVersion), (written) =>
    inMessage(deps, written, resource.message),
  );
  return andThen(serving, (served) => {
    const encoding = isLongObject(served, deps.clock)
      ? served.encodeApart(view.format, view.part, resourceVersion)
      : served.encode(view.format, view.part, resourceVersion);
    return andThen<Uint8Array, ServerResult>(encoding, (bytes) =>
      isTable(request)
        ? tableOfObject(deps, request, resource, bytes, code)
        : { kind: "object", code, bytes },
    );
  });
}

/** As it will be read: of an empty list nothing is stored. */
function readBack(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  object: ApiObject,
  resourceVersion: string,
): MaybePromise<ApiObject> {
  // Others that were just stored are encoded from what was stored.
  const isRead = isDryRun(request.options) || isLongObject(object, deps.clock);
  if (!isRead || object.messageType !== resource.storageMessage) return object;
  const [codec, message] = [deps.codec, resource.storageMessage];
  return andThen(storedOf(deps, object), (stored) =>
    isLong(stored, deps.clock)
      ? codec.decodeStoredApart(stored, message, resourceVersion)
      : codec.decodeStored(stored, message, resourceVersion),
  );
}

export function throwIfInvalid(
  resource: ServedResource,
  name: string,
  errors: readonly Parameters<typeof apiErrors.invalid>[2][number][],
): void {
  if (errors.length > 0) {
    // Upstream's rules are of one version: Events of both groups are those of the core.
    throw apiErrors.invalid({ group: resource.storage.group, kind: resource.kind }, name, errors);
  }
}
