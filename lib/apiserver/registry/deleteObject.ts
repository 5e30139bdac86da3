import type { ApiObject } from "../../api/codec.js";
import { apiErrors, successStatus } from "../../api/status.js";
import { formatTime, parseTime } from "../../api/time.js";
import type { StoredValue } from "../../storage/storage.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { answerStatus } from "./answerStatus.js";
import {
  type DeleteOptions,
  readDeleteOptions,
  warnOfDefaultPropagation,
} from "./deleteOptions.js";
import { deletionFinalizers } from "./deletionFinalizers.js";
import type { KeyTurn } from "./keyTurns.js";
import { decodeStored, pause, storedOf, treeOf } from "./longObjects.js";
import { metadataOf, type ObjectMetaTree } from "./objectMeta.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";
import { transactFor } from "./transactFor.js";
import { WriteDecision } from "./writeDecision.js";
import {
  admissionAttributes,
  answerObject,
  fromTree,
  strategyContext,
  type WriteTarget,
} from "./writeObject.js";

/** Lost races; from the second attempt on the key's writers stand in line, so that few are lost. */
const maxAttempts = 200;

/** Kinds whose deletion answers with the object; the others answer a Status. */
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
  /** The object was written anew (marked), so it is answered itself. */
  readonly marked: boolean;
}

export async function deleteObject(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
): Promise<ServerResult> {
  const options = await readDeleteOptions(deps, request);
  warnOfDefaultPropagation(target.resource, options, request);
  const deletion = await runDelete(deps, request, target, options);
  const { resource, name } = target;
  const code = !deletion.deleted && options.orphanDependents === false ? 202 : 200;
  if (deletion.marked || (resource.group === "" && returnsDeletedObject.has(resource.resource))) {
    const { object, resourceVersion } = deletion;
    return answerObject(deps, request, resource, object, resourceVersion, code);
  }
  return answerStatus(
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

/**
 * Deletes or marks one object, trying again after lost races. With a uid another object of the same
 * name is NotFound: the one that was meant has gone.
 */
export async function runDelete(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  options: DeleteOptions,
  uid?: string,
): Promise<Deletion> {
  const { resource, namespace, name } = target;
  const key = resource.key(namespace, name);
  let turn: KeyTurn | undefined;
  try {
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const deletion = await tryDelete(deps, request, target, options, uid);
      if (deletion !== undefined) return deletion;
      turn?.end();
      turn = await deps.turns.take(key);
    }
    throw apiErrors.conflict(resource, name);
  } finally {
    turn?.end();
  }
}

/** One attempt; undefined when somebody was faster. */
async function tryDelete(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  options: DeleteOptions,
  uid: string | undefined,
): Promise<Deletion | undefined> {
  const { resource, namespace, name } = target;
  const key = resource.key(namespace, name);
  const stored = await deps.storage.get(key);
  if (stored === undefined) throw apiErrors.notFound(resource, name);
  const current = await decodeStored(deps, stored, resource);
  if (uid !== undefined && current.metadata().uid !== uid) {
    throw apiErrors.notFound(resource, name);
  }
  checkPreconditions(target, current, options);
  const decision = new WriteDecision();
  let deletion: Deletion | undefined;
  try {
    await admitDelete(deps, request, target, current, decision);
    deletion = await deleteOnce(deps, request, target, { key, stored, current, options });
  } finally {
    await decision.settle(deletion?.deleted === true && !options.dryRun);
  }
  return deletion;
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

async function admitDelete(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  current: ApiObject,
  decision: WriteDecision,
): Promise<void> {
  const { resource } = target;
  if (!deps.admission.handles("DELETE", resource.group, resource.resource, "")) {
    return;
  }
  let old: ObjectTree | undefined;
  const what = {
    operation: "DELETE",
    object: undefined,
    oldObject: () => {
      old ??= JSON.parse(current.jsonUnmanaged()) as ObjectTree;
      return old;
    },
    options: { kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1" },
  } as const;
  const attributes = admissionAttributes(request, target, what, decision);
  await deps.admission.admit(attributes);
  await deps.admission.validate(attributes);
}

/**
 * What deletion makes of the object: gone, marked, or as it was because it is being deleted
 * already.
 */
interface Outcome {
  readonly step: "remove" | "mark" | "pending";
}

async function deleteOnce(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  what: { key: string; stored: StoredValue; current: ApiObject; options: DeleteOptions },
): Promise<Deletion | undefined> {
  const { resource } = target;
  const { key, stored, current, options } = what;
  const revision = String(stored.modRevision);
  const tree = await treeOf(deps, current);
  await pause(deps, current);
  const { step } = mark(deps, request, target, tree, options);
  if (step === "pending") {
    return { object: current, resourceVersion: revision, deleted: false, marked: false };
  }
  const object = await fromTree(deps, current, tree, resource, current);
  if (step === "remove") {
    if (options.dryRun) return { object, resourceVersion: revision, deleted: true, marked: false };
    return remove(deps, resource, key, { stored, current, object });
  }
  if (options.dryRun || object.equals(current, false)) {
    return { object, resourceVersion: revision, deleted: false, marked: true };
  }
  const marked = await putOver(deps, resource, key, stored, object);
  return marked === undefined
    ? undefined
    : { object, resourceVersion: String(marked), deleted: false, marked: true };
}

/**
 * Deletes the object. Of kinds with a grace period it is first written as one that is going, with
 * none left, so that its watchers hear when and how it went: MODIFIED, then DELETED.
 */
async function remove(
  deps: RegistryDependencies,
  resource: ServedResource,
  key: string,
  what: { stored: StoredValue; current: ApiObject; object: ApiObject },
): Promise<Deletion | undefined> {
  const { stored, current, object } = what;
  if (resource.strategy.graceSeconds === undefined || object.equals(current, false)) {
    if (!(await deleteVersion(deps, resource, key, stored.modRevision))) return undefined;
    const resourceVersion = String(stored.modRevision);
    return { object: current, resourceVersion, deleted: true, marked: false };
  }
  const marked = await putOver(deps, resource, key, stored, object);
  if (marked === undefined) return undefined;
  const resourceVersion = String(marked);
  const deleted = await removeMarked(deps, resource, key, object.metadata().uid, marked);
  return { object, resourceVersion, deleted, marked: !deleted };
}

/**
 * Deletes what was marked, in whatever version it is now. True also where it has gone already;
 * false where somebody has given it a finalizer, whose removal deletes it.
 */
async function removeMarked(
  deps: RegistryDependencies,
  resource: ServedResource,
  key: string,
  uid: string,
  marked: number,
): Promise<boolean> {
  let revision = marked;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    if (await deleteVersion(deps, resource, key, revision)) return true;
    const stored = await deps.storage.get(key);
    if (stored === undefined) return true;
    revision = stored.modRevision;
    const now = (await decodeStored(deps, stored, resource)).metadata();
    if (now.uid !== uid) return true;
    if (now.finalizers.length > 0) return false;
  }
  return false;
}

async function deleteVersion(
  deps: RegistryDependencies,
  resource: ServedResource,
  key: string,
  revision: number,
): Promise<boolean> {
  const result = await transactFor(deps, "delete", resource, {
    compare: [{ key, target: "modRevision", equals: revision }],
    success: [{ type: "delete", key }],
  });
  return result.succeeded;
}

/** The new revision; undefined when somebody was faster. */
async function putOver(
  deps: RegistryDependencies,
  resource: ServedResource,
  key: string,
  over: StoredValue,
  object: ApiObject,
): Promise<number | undefined> {
  const value = await storedOf(deps, object);
  const result = await transactFor(deps, "delete", resource, {
    compare: [{ key, target: "modRevision", equals: over.modRevision }],
    success: [{ type: "put", key, value, leaseId: over.leaseId }],
  });
  return result.succeeded ? result.revision : undefined;
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
      // Nothing waits, but the answer shows the object as one that was being deleted.
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
