import type { ApiObject } from "../../api/codec.js";
import { apiErrors } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { AdmissionAttributes, ObjectTree } from "../admission/admissionPlugin.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { tableOfObject } from "../table/tableOfObject.js";
import { isTable, storageView } from "./answerView.js";
import { decodeError, isDryRun } from "./decodeBody.js";
import { metadataOf } from "./objectMeta.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { resetFieldsOf } from "./resetFields.js";
import type { ServedResource } from "./servedResource.js";
import type { StrategyContext } from "./strategy.js";
import type { WriteDecision } from "./writeDecision.js";

/** What a write is about. The name is empty for a create until it is known. */
export interface WriteTarget {
  readonly resource: ServedResource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/**
 * The object with the kind's defaults, and its JSON tree, which admission and the strategy
 * change.
 */
export function withDefaults(
  resource: ServedResource,
  object: ApiObject,
): { object: ApiObject; tree: ObjectTree } {
  const text = object.json();
  const tree = JSON.parse(text) as ObjectTree;
  if (resource.strategy.defaults === undefined) {
    return { object, tree };
  }
  resource.strategy.defaults(tree);
  const after = JSON.stringify(tree);
  return { object: after === text ? object : fromText(object, after, resource), tree };
}

/**
 * The native object of a changed tree. A tree that does not decode is the programmer's fault:
 * 500. `managed` gives its managedFields.
 */
export function fromTree(
  base: ApiObject,
  tree: ObjectTree,
  resource: ServedResource,
  managed?: ApiObject,
): ApiObject {
  // They are replaced anyway: nobody needs to write and read them again.
  if (managed !== undefined) delete metadataOf(tree).managedFields;
  return fromText(base, JSON.stringify(tree), resource, managed);
}

function fromText(
  base: ApiObject,
  text: string,
  resource: ServedResource,
  managed?: ApiObject,
): ApiObject {
  const result = base.withJson(text, managed);
  if (result.object === undefined) {
    throw decodeError(result.errors, resource);
  }
  return result.object;
}

/** Conversion only where there is something to convert. */
export function inMessage(object: ApiObject, message: string): ApiObject {
  return object.messageType === message ? object : object.convert(message);
}

/** metadata.managedFields as they are after this write, computed on the served version. */
export function managedFieldsAfter(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  live: ApiObject | undefined,
  object: ApiObject,
): ApiObject {
  const { resource, subresource } = target;
  const served = inMessage(object, resource.message);
  return deps.codec.managedFieldsAfter(
    live === undefined ? undefined : inMessage(live, resource.message),
    served,
    {
      manager: managerOf(request),
      operation: "Update",
      apiVersion: resource.apiVersion,
      subresource,
      time: formatTime(deps.clock.now()),
      resetFields: resetFieldsOf(resource, subresource),
    },
  );
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
    now: deps.clock.now(),
    userName: request.user.name,
    user: request.user,
    warn: (message) => request.warnings.push(message),
  };
}

export function admissionAttributes(
  request: AuthenticatedRequest,
  target: WriteTarget,
  what: Pick<AdmissionAttributes, "operation" | "object" | "options"> & {
    readonly oldObject: () => ObjectTree | undefined;
  },
  decision?: WriteDecision,
): AdmissionAttributes {
  const { resource } = target;
  return {
    operation: what.operation,
    user: request.user,
    group: resource.group,
    version: resource.version,
    kind: resource.kind,
    resource: resource.resource,
    subresource: target.subresource,
    namespace: target.namespace,
    name: target.name,
    object: what.object,
    // Most plugins never look at the old object: it is parsed for those that do.
    get oldObject() {
      return what.oldObject();
    },
    options: what.options,
    dryRun: isDryRun(request.options),
    warn: (message) => request.warnings.push(message),
    ...(decision === undefined ? {} : { onDecided: (callback) => decision.add(callback) }),
  };
}

/** The answer that carries one object. `resourceVersion` is empty for a dry run's new object. */
export function answerObject(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  object: ApiObject,
  resourceVersion: string,
  code: number,
): ServerResult {
  const view = storageView(request, resource);
  const served = inMessage(object, resource.message);
  const bytes = served.encode(view.format, view.part, resourceVersion);
  return isTable(request)
    ? tableOfObject(deps, request, resource, bytes)
    : { kind: "object", code, bytes };
}

export function throwIfInvalid(
  resource: ServedResource,
  name: string,
  errors: readonly Parameters<typeof apiErrors.invalid>[2][number][],
): void {
  if (errors.length > 0) {
    throw apiErrors.invalid({ group: resource.group, kind: resource.kind }, name, errors);
  }
}
