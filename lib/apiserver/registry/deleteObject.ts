import type { ApiObject } from "../../api/codec.js";
import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import { apiErrors, successStatus } from "../../api/status.js";
import { formatTime, parseTime } from "../../api/time.js";
import type { StoredValue } from "../../storage/storage.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { deletionOptions } from "./admissionOptions.js";
import {
  type DeleteOptions,
  readDeleteOptions,
  warnOfDefaultPropagation,
} from "./deleteOptions.js";
import { deleteUnreadable } from "./deleteUnreadable.js";
import { deletionFinalizers } from "./deletionFinalizers.js";
import { type Attempt, guaranteedUpdate, type Proposal } from "./guaranteedUpdate.js";
import { decodeStored, pause, storedOf, treeOf } from "./longObjects.js";
import { metadataOf, type ObjectMetaTree } from "./objectMeta.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";
import { statusResult } from "./statusResult.js";
import {
  admissionAttributes,
  fromTree,
  objectResult,
  strategyContext,
  type WriteTarget,
} from "./writeObject.js";

/** Kinds whose deletion returns the object; the others return a Status. */
const returnsDeletedObject = new Set([
  "pods",
  "persistentvolumeclaims",
  "persistentvolumes",
  "podtemplates",
  "resourcequotas",
  "serviceaccounts",
  "services",
]);

/** What a deletion came to. */
interface Deletion {
  readonly object: ApiObject;
  readonly resourceVersion: string;
  readonly deleted: boolean;
  /** The object was written anew (marked), so it is returned itself. */
  readonly marked: boolean;
}

export function deleteObject(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
): MaybePromise<ServerResult> {
  return andThen(readDeleteOptions(deps, request), (options) => {
    if (options.ignoreReadError) return deleteUnreadable(deps, request, target, options);
    warnOfDefaultPropagation(target.resource, options, request);
    return andThen(runDelete(deps, request, target, options), (deletion) =>
      deletionResult(deps, request, target, options, deletion),
    );
  });
}

function deletionResult(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  { resource, name }: WriteTarget,
  options: DeleteOptions,
  deletion: Deletion,
): MaybePromise<ServerResult> {
  const code = !deletion.deleted && options.orphanDependents === false ? 202 : 200;
  if (deletion.marked || (resource.group === "" && returnsDeletedObject.has(resource.resource))) {
    const { object, resourceVersion } = deletion;
    return objectResult(deps, request, resource, object, resourceVersion, code);
  }
  return statusResult(
    deps,
    request,
    successStatus({
      name,
      ...(resource.group === "" ? {} : { group: resource.group }),
      kind: resource.resource,
      uid: deletion.object.metadata().uid,
    }),
    code,
  );
}

/** Deletes or marks one object. `check` throws where the current version may not be deleted. */
export function runDelete(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  options: DeleteOptions,
  check?: (current: ApiObject) => void,
): MaybePromise<Deletion> {
  const { resource, namespace, name } = target;
  return guaranteedUpdate<Deletion>(deps, {
    request,
    resource,
    namespace,
    name,
    operation: "delete",
    retries: true,
    propose(attempt) {
      const { stored } = attempt;
      if (stored === undefined) throw apiErrors.notFound(resource, name);
      return andThen(decodeStored(deps, stored, resource), (current) => {
        check?.(current);
        checkPreconditions(target, current, options);
        return andThen(admitDelete(deps, request, target, { current, options }, attempt), () =>
          proposalOf(deps, request, target, { stored, current, options }),
        );
      });
    },
  });
}

/** For runDelete: another object of the same name is NotFound, the one that was meant has gone. */
export function requireUid({ resource, name }: WriteTarget, uid: string | undefined) {
  return (current: ApiObject): void => {
    if (uid !== undefined && current.metadata().uid !== uid)
      throw apiErrors.notFound(resource, name);
  };
}

/** Throws Conflict where the object is not the one that the client means. */
export function checkPreconditions(
  target: WriteTarget,
  current: ApiObject,
  options: DeleteOptions,
): void {
  const found = current.metadata();
  // Upstream names the kind here, not the resource.
  const subject = { group: target.resource.group, resource: target.resource.kind };
  const { preconditionUid: uid, preconditionResourceVersion: version } = options;
  if (uid !== undefined && uid !== found.uid) {
    throw apiErrors.conflict(
      subject,
      target.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${found.uid}). ` +
        "The object might have been deleted and then recreated",
    );
  }
  if (version !== undefined && version !== found.resourceVersion) {
    throw apiErrors.conflict(
      subject,
      target.name,
      `the ResourceVersion in the precondition (${version}) does not match the ResourceVersion ` +
        `in record (${found.resourceVersion}). The object might have been modified`,
    );
  }
}

function admitDelete(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  { current, options }: Pick<Doomed, "current" | "options">,
  attempt: Attempt,
): MaybePromise<void> {
  const { resource } = target;
  if (!deps.admission.handles("DELETE", resource.group, resource.resource, "")) return undefined;
  let old: ObjectTree | undefined;
  const what = {
    operation: "DELETE",
    object: undefined,
    oldObject: () => {
      old ??= JSON.parse(current.jsonUnmanaged()) as ObjectTree;
      return old;
    },
    options: () => deletionOptions(options),
    dryRun: options.dryRun,
  } as const;
  const { hooks } = attempt;
  const unlock = (): void => attempt.unlock();
  const attributes = admissionAttributes(request, target, what, { hooks, unlock });
  return andThen(deps.admission.admit(attributes), () => deps.admission.validate(attributes));
}

/**
 * What deletion makes of the object: gone, marked, or as it was because it is being deleted
 * already.
 */
interface Outcome {
  readonly step: "remove" | "mark" | "pending";
}

/** The version that is there, and how it is to be deleted. */
interface Doomed {
  readonly stored: StoredValue;
  readonly current: ApiObject;
  readonly options: DeleteOptions;
}

/** Hooks are told of a write that was committed only where the object has gone. */
const isCommitted = ({ deleted }: Deletion): boolean => deleted;

function proposalOf(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  { stored, current, options }: Doomed,
): MaybePromise<Proposal<Deletion>> {
  const { resource } = target;
  const as =
    (object: ApiObject, outcome: Pick<Deletion, "deleted" | "marked">) =>
    (resourceVersion: string): Deletion => ({ object, resourceVersion, ...outcome });
  return andThen<ObjectTree, Proposal<Deletion>>(treeOf(deps, current), (tree) =>
    andThen(pause(deps, current), () => {
      const { step } = mark(deps, request, target, tree, options);
      if (step === "pending") return { result: as(current, { deleted: false, marked: false }) };
      return andThen(fromTree(deps, current, tree, resource, current), (object) => {
        const isRemoval = step === "remove";
        if (options.dryRun) {
          return { result: as(object, { deleted: isRemoval, marked: !isRemoval }) };
        }
        const isSame = object.equals(current, false);
        if (isRemoval && (resource.strategy.graceSeconds === undefined || isSame)) {
          const atVersion = as(current, { deleted: true, marked: false });
          const result = (): Deletion => atVersion(String(stored.modRevision));
          return { write: { value: undefined }, result, isCommitted };
        }
        if (isSame) return { result: as(object, { deleted: false, marked: true }) };
        return andThen(storedOf(deps, object), (value) => ({
          write: { value },
          result: isRemoval
            ? (version) => removed(deps, target, object, version)
            : as(object, { deleted: false, marked: true }),
          isCommitted,
        }));
      });
    }),
  );
}

/**
 * Of kinds with a grace period: what was first written as one that is going, with none left, so
 * that its watchers hear when and how it went (MODIFIED, then DELETED), is deleted now.
 */
function removed(
  deps: RegistryDependencies,
  target: WriteTarget,
  object: ApiObject,
  resourceVersion: string,
): MaybePromise<Deletion> {
  return andThen(removeMarked(deps, target, object.metadata().uid, resourceVersion), (deleted) => ({
    object,
    resourceVersion,
    deleted,
    marked: !deleted,
  }));
}

/**
 * Deletes what was marked, in whatever version it is now. True also where it has gone already;
 * false where somebody has given it a finalizer, whose removal deletes it.
 */
function removeMarked(
  deps: RegistryDependencies,
  { resource, namespace, name }: WriteTarget,
  uid: string,
  marked: string,
): MaybePromise<boolean> {
  return guaranteedUpdate<boolean>(deps, {
    resource,
    namespace,
    name,
    operation: "delete",
    retries: true,
    propose({ stored }) {
      if (stored === undefined) return { result: () => true };
      const remove = { write: { value: undefined }, result: () => true };
      if (String(stored.modRevision) === marked) return remove;
      return andThen<ApiObject, Proposal<boolean>>(
        decodeStored(deps, stored, resource),
        (object) => {
          const now = object.metadata();
          if (now.uid !== uid) return { result: () => true };
          if (now.finalizers.length > 0) return { result: () => false };
          return remove;
        },
      );
    },
  });
}

/**
 * Changes the tree as deletion wants it. Upstream's BeforeDelete and its handling of finalizers.
 */
function mark(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  tree: ObjectTree,
  options: DeleteOptions,
): Outcome {
  const { resource } = target;
  const meta = metadataOf(tree);
  const now = deps.clock.now();
  if (resource.storage.kind === "Namespace" && resource.group === "") {
    return markNamespace(tree, now, options, resource);
  }
  const context = strategyContext(deps, request, target);
  const wantsGrace = resource.strategy.graceSeconds?.(tree, options.gracePeriodSeconds);
  const before = meta.finalizers ?? [];
  if (resource.strategy.graceSeconds !== undefined && meta.deletionTimestamp !== undefined) {
    const pending = meta.deletionGracePeriodSeconds;
    const asked = options.gracePeriodSeconds;
    if (pending !== undefined && pending > 0) {
      if (asked === undefined || asked >= pending) {
        return { step: "pending" };
      }
      const ends = parseTime(meta.deletionTimestamp);
      const started = ends === undefined ? now : ends - pending * 1000;
      meta.deletionTimestamp = formatTime(started + asked * 1000);
      meta.deletionGracePeriodSeconds = asked;
      return asked === 0 && before.length === 0 ? { step: "remove" } : { step: "mark" };
    }
  } else if (wantsGrace !== undefined && wantsGrace > 0) {
    meta.deletionTimestamp = formatTime(now + wantsGrace * 1000);
    meta.deletionGracePeriodSeconds = wantsGrace;
    bumpGeneration(meta);
    meta.finalizers = deletionFinalizers(resource, before, options);
    return { step: "mark" };
  }
  const finalizers = deletionFinalizers(resource, before, options);
  if (finalizers.length === 0) {
    if (wantsGrace !== undefined && meta.deletionTimestamp === undefined) {
      // Nothing waits, but the response shows the object as one that was being deleted.
      bumpGeneration(meta);
      meta.deletionTimestamp = formatTime(context.now);
      meta.deletionGracePeriodSeconds = 0;
    }
    return { step: "remove" };
  }
  meta.finalizers = finalizers;
  if (meta.deletionTimestamp === undefined) {
    bumpGeneration(meta);
    meta.deletionTimestamp = formatTime(context.now);
  }
  meta.deletionGracePeriodSeconds = 0;
  return { step: "mark" };
}

/** A namespace is emptied before it goes: the namespace controller takes spec.finalizers away. */
function markNamespace(
  tree: ObjectTree,
  now: number,
  options: DeleteOptions,
  resource: ServedResource,
): Outcome {
  const meta = metadataOf(tree);
  const spec = (tree.spec ?? {}) as { finalizers?: string[] };
  if (meta.deletionTimestamp === undefined) {
    meta.deletionTimestamp = formatTime(now);
    const status = (tree.status ?? {}) as { phase?: string };
    status.phase = "Terminating";
    tree.status = status;
    meta.finalizers = deletionFinalizers(resource, meta.finalizers ?? [], options);
    return (spec.finalizers?.length ?? 0) === 0 && meta.finalizers.length === 0
      ? { step: "remove" }
      : { step: "mark" };
  }
  return (spec.finalizers?.length ?? 0) === 0 && (meta.finalizers?.length ?? 0) === 0
    ? { step: "remove" }
    : { step: "mark" };
}

/** Only kinds that count generations have one. */
function bumpGeneration(meta: ObjectMetaTree): void {
  if (meta.generation !== undefined && meta.generation > 0) {
    meta.generation += 1;
  }
}
