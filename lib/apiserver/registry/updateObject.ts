import type { ApiObject } from "../../api/codec.js";
import { fieldErrors } from "../../api/fieldErrors.js";
import { goQuote } from "../../api/goQuote.js";
import { apiErrors } from "../../api/status.js";
import type { StoredValue } from "../../storage/storage.js";
import type { AdmissionAttributes, ObjectTree } from "../admission/admissionPlugin.js";
import { unknownFailure } from "../plainError.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { createDecoded } from "./createObject.js";
import {
  decodeUnbounded,
  fieldValidationOf,
  isDryRun,
  requireBounded,
  validateWriteOptions,
} from "./decodeBody.js";
import { eventLease } from "./eventLease.js";
import type { KeyTurn } from "./keyTurns.js";
import { limitationWarnings } from "./limitationWarnings.js";
import { decodeStored, inMessage, isLongObject, pause, storedOf, treeOf } from "./longObjects.js";
import { metadataOf } from "./objectMeta.js";
import { dropEqualOwners } from "./ownerReferences.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { resetMetadata } from "./resetFields.js";
import type { ServedResource } from "./servedResource.js";
import { transactFor } from "./transactFor.js";
import { untilDurable } from "./untilDurable.js";
import { UpdateDraft } from "./updateDraft.js";
import { WriteDecision } from "./writeDecision.js";
import {
  admissionAttributes,
  answerObject,
  fromTree,
  managedFieldsOfWrite,
  managedFieldsWrite,
  strategyContext,
  throwIfInvalid,
  type WriteTarget,
  withDefaults,
} from "./writeObject.js";

/**
 * Times that a write without a lock of its own is tried against objects that others change
 * meanwhile.
 */
const maxAttempts = 200;

/** What one kind of update does differently. */
export interface UpdatePlan {
  readonly optionsKind: "UpdateOptions" | "PatchOptions";
  /** The wanted object (storage version) from the current one; called again after a lost race. */
  readonly next: (current: ApiObject) => ApiObject | Promise<ApiObject>;
  /** Where there is no object. Absent: NotFound. */
  readonly whenAbsent?: () => Promise<ServerResult>;
  /**
   * Whether a lost race is tried again: always for patches, for PUT only without a
   * resourceVersion.
   */
  readonly retries: boolean;
  /** Instead of the object itself (scale). */
  readonly answer?: (object: ApiObject, resourceVersion: string) => ServerResult;
}

export async function updateObject(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
): Promise<ServerResult> {
  validateWriteOptions(request.options, "UpdateOptions");
  const { resource, namespace, name } = target;
  const body = await request.readBody();
  const decoded = await decodeUnbounded(
    deps,
    body,
    request.contentType,
    resource,
    fieldValidationOf(request.options),
    (message) => request.warnings.push(message),
  );
  checkIdentity(decoded, target);
  const wanted = await inMessage(deps, decoded, resource.storageMessage);
  const conditional = isConditional(decoded);
  if (!conditional && resource.strategy.allowUnconditionalUpdate === false) {
    // Upstream names the resource here, not the kind.
    throw apiErrors.invalid({ group: resource.group, kind: resource.resource }, name, [
      fieldErrors.invalid("metadata.resourceVersion", 0, "must be specified for an update"),
    ]);
  }
  const mayCreate = resource.strategy.allowCreateOnUpdate === true && target.subresource === "";
  return runUpdate(deps, request, target, {
    optionsKind: "UpdateOptions",
    next: () => wanted,
    retries: !conditional,
    ...(mayCreate
      ? { whenAbsent: () => createDecoded(deps, request, resource, namespace, decoded) }
      : {}),
  });
}

export function isConditional(object: ApiObject): boolean {
  const { resourceVersion } = object.identity();
  return resourceVersion !== "" && resourceVersion !== "0";
}

/** The name and namespace of an object that was sent, or that a patch made, are the URL's. */
export function checkIdentity(decoded: ApiObject, target: WriteTarget): void {
  const meta = decoded.identity();
  if (meta.name !== target.name) {
    throw apiErrors.badRequest(
      meta.name === ""
        ? `the name of the object (${target.name} based on URL) was undeterminable: ` +
            "name must be provided"
        : `the name of the object (${meta.name}) does not match the name on the URL (${target.name})`,
    );
  }
  if (meta.namespace !== "" && target.namespace !== "" && meta.namespace !== target.namespace) {
    throw apiErrors.badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
}

/**
 * Reads, changes and writes under optimistic locking. One transaction; at most maxAttempts races.
 */
export async function runUpdate(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  plan: UpdatePlan,
): Promise<ServerResult> {
  const key = target.resource.key(target.namespace, target.name);
  const { length: warnings } = request.warnings;
  let turn = plan.retries && deps.turns.isTaken(key) ? await deps.turns.take(key) : undefined;
  try {
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const result = await tryUpdate(deps, request, target, plan, turn);
      if (result !== undefined) return result;
      if (!plan.retries) break;
      turn?.end();
      turn = await deps.turns.take(key);
      // The next attempt warns of the same things again.
      request.warnings.length = warnings;
    }
    throw apiErrors.conflict(target.resource, target.name);
  } finally {
    turn?.end();
  }
}

/**
 * One attempt; undefined when somebody was faster. Who has the turn builds on the newest version
 * even while that waits for the disk, and lets the next one go as soon as its own waits behind it.
 */
async function tryUpdate(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  plan: UpdatePlan,
  turn: KeyTurn | undefined,
): Promise<ServerResult | undefined> {
  const { resource, namespace, name } = target;
  const key = resource.key(namespace, name);
  const stored = await deps.storage.get(key, { pending: turn !== undefined });
  if (stored === undefined && plan.whenAbsent !== undefined) return plan.whenAbsent();
  let step: UpdateStep;
  try {
    step = await stepFrom(deps, request, target, plan, stored);
  } catch (error) {
    // An error also tells of the pending version.
    if (turn !== undefined) await untilDurable(deps.storage, key, stored);
    throw error;
  }
  const { answer, final, decision } = step;
  let committed = false;
  try {
    if (step.write === undefined) {
      if (turn !== undefined) await untilDurable(deps.storage, key, stored);
      return await answer(final, step.revision);
    }
    const writing = write(deps, resource, key, step.write);
    turn?.end();
    const written = await writing;
    committed = written !== undefined;
    return written === undefined ? undefined : await answer(final, String(written));
  } finally {
    await decision.settle(committed);
  }
}
/** What is to be written or answered, from the version that was read. */
interface UpdateStep {
  readonly final: ApiObject;
  /** Of the version that was read. */
  readonly revision: string;
  readonly decision: WriteDecision;
  /** Absent: nothing changes, or nothing may. */
  readonly write?: { readonly over: StoredValue; readonly value: Uint8Array | undefined };
  readonly answer: (
    object: ApiObject,
    resourceVersion: string,
  ) => ServerResult | Promise<ServerResult>;
}

async function stepFrom(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  plan: UpdatePlan,
  stored: StoredValue | undefined,
): Promise<UpdateStep> {
  const { resource, name } = target;
  if (stored === undefined) throw apiErrors.notFound(resource, name);
  const revision = String(stored.modRevision);
  const current = await decodeStored(deps, stored, resource);
  const next = await plan.next(current);
  requireBounded(next, current);
  checkPreconditions(target, current, next, plan.optionsKind);
  const answer = (object: ApiObject, resourceVersion: string) =>
    plan.answer?.(object, resourceVersion) ??
    answerObject(deps, request, resource, object, resourceVersion, 200);
  const decision = new WriteDecision();
  try {
    const change = { current, next, optionsKind: plan.optionsKind, decision };
    const { final, finished } = await changed(deps, request, target, change);
    const step = { revision, decision, answer };
    if (final.equals(current, true)) return { ...step, final: current };
    if (isDryRun(request.options)) return { ...step, final };
    const value = finished ? undefined : await storedOf(deps, final);
    return { ...step, final, write: { over: stored, value } };
  } catch (error) {
    await decision.settle(false);
    throw error;
  }
}

/** A patch that changes the uid is no precondition that fails, but an invalid object. */
function checkPreconditions(
  target: WriteTarget,
  current: ApiObject,
  next: ApiObject,
  kind: UpdatePlan["optionsKind"],
): void {
  const wanted = next.identity();
  const found = current.identity();
  if (kind === "UpdateOptions" && wanted.uid !== "" && wanted.uid !== found.uid) {
    throw apiErrors.conflict(
      target.resource,
      target.name,
      `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${found.uid}`,
    );
  }
  const { resourceVersion } = wanted;
  const conditional = resourceVersion !== "" && resourceVersion !== "0";
  if (conditional && !/^\d+$/.test(resourceVersion)) {
    throw unknownFailure(`strconv.ParseUint: parsing ${goQuote(resourceVersion)}: invalid syntax`);
  }
  if (conditional && resourceVersion !== found.resourceVersion) {
    throw apiErrors.conflict(target.resource, target.name);
  }
}

interface ProposedChange {
  readonly current: ApiObject;
  readonly next: ApiObject;
  readonly optionsKind: "UpdateOptions" | "PatchOptions";
  readonly decision: WriteDecision;
}

/** Of a write; finished: the object goes with its last finalizer. */
interface Changed {
  readonly final: ApiObject;
  readonly finished: boolean;
}

/** Defaults, managedFields, admission, the rules: the object that is to be written. */
async function changed(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  change: ProposedChange,
): Promise<Changed> {
  const { current, next } = change;
  const { resource, subresource } = target;
  const mayBePlain =
    subresource === "" &&
    resource.strategy.defaults === undefined &&
    resource.message === resource.storageMessage &&
    !isLongObject(next, deps.clock) &&
    !isLongObject(current, deps.clock);
  const plain = mayBePlain ? next.plainChange(current) : undefined;
  if (plain !== undefined) {
    const draft = new UpdateDraft(current, next, plain);
    return plainlyChanged(deps, request, target, change, draft);
  }
  const { object, tree } = await withDefaults(deps, resource, next);
  const old = await treeOf(deps, current);
  const warn = (message: string): void => void request.warnings.push(message);
  if (change.optionsKind === "UpdateOptions") dropEqualOwners(tree, "sent", warn);
  const limitations = limitationWarnings(target, tree, old);
  const attributes = updateAttributes(deps, request, target, change, { tree, old });
  await deps.admission.admit(attributes);
  const trees = { object, tree, old };
  return ruledChange(deps, request, target, change, { trees, attributes, limitations });
}

/** The way of an update that nobody has anything to say of. */
async function plainlyChanged(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  change: ProposedChange,
  draft: UpdateDraft,
): Promise<Changed> {
  const attributes = updateAttributes(deps, request, target, change, draft);
  await deps.admission.admit(attributes);
  const final = draft.make(managedFieldsWrite(deps, request, target));
  if (final !== undefined) {
    await deps.admission.validate(attributes);
    return { final, finished: false };
  }
  const trees = { object: change.next, tree: draft.tree, old: draft.old };
  return ruledChange(deps, request, target, change, { trees, attributes, limitations: [] });
}

function updateAttributes(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  { current, next, optionsKind, decision }: ProposedChange,
  trees: Pick<AdmissionAttributes, "unchangedPod"> & {
    readonly tree: ObjectTree;
    readonly old: ObjectTree;
  },
): AdmissionAttributes {
  const others = (): Promise<void> | undefined => pause(deps, next) ?? pause(deps, current);
  const what = {
    operation: "UPDATE",
    get object() {
      return trees.tree;
    },
    get unchangedPod() {
      return trees.unchangedPod;
    },
    oldObject: () => trees.old,
    options: { kind: optionsKind, apiVersion: "meta.k8s.io/v1" },
  } as const;
  return admissionAttributes(request, target, what, decision, others);
}

/** The rules of the kind, on the trees that admission has let pass. */
async function ruledChange(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  { current }: ProposedChange,
  from: {
    readonly trees: {
      readonly object: ApiObject;
      readonly tree: ObjectTree;
      readonly old: ObjectTree;
    };
    readonly attributes: AdmissionAttributes;
    readonly limitations: readonly string[];
  },
): Promise<Changed> {
  const { resource } = target;
  const { strategy } = resource;
  const { object, tree, old } = from.trees;
  const managed = await managedFieldsOfWrite(deps, request, target, current, object);
  const others = (): Promise<void> | undefined => pause(deps, object) ?? pause(deps, current);
  dropEqualOwners(tree, "admitted", (message) => void request.warnings.push(message));
  carryOver(tree, old);
  const context = strategyContext(deps, request, target);
  resetMetadata(tree, old, resource, target.subresource);
  await others();
  strategy.prepareForUpdate?.(tree, old, context);
  await others();
  const found = strategy.validateUpdate?.(tree, old, context) ?? [];
  await others();
  const examination = { context, authorizer: deps.authorizer };
  const errors = (await strategy.examine?.(tree, old, found, examination)) ?? found;
  throwIfInvalid(resource, target.name, errors);
  await deps.admission.validate(from.attributes);
  request.warnings.push(...from.limitations);
  return {
    final: await fromTree(deps, object, tree, resource, managed),
    finished: isFinished(tree),
  };
}

/** System fields that no update can change. */
function carryOver(tree: ObjectTree, old: ObjectTree): void {
  const meta = metadataOf(tree);
  const before = metadataOf(old);
  for (const field of ["creationTimestamp", "generation"] as const) {
    if (before[field] === undefined) {
      delete meta[field];
    } else {
      Object.assign(meta, { [field]: before[field] });
    }
  }
  if (before.uid !== undefined && (meta.uid ?? "") === "") {
    meta.uid = before.uid;
  }
  // What is not being deleted cannot be so by an update: the rules of metadata refuse it.
  if (before.deletionTimestamp !== undefined) {
    meta.deletionTimestamp = before.deletionTimestamp;
  }
  if (before.namespace !== undefined && (meta.namespace ?? "") === "") {
    meta.namespace = before.namespace;
  }
  if (before.deletionGracePeriodSeconds !== undefined) {
    meta.deletionGracePeriodSeconds ??= before.deletionGracePeriodSeconds;
  }
  delete meta.selfLink;
  if (before.resourceVersion !== undefined && (meta.resourceVersion ?? "") === "") {
    meta.resourceVersion = before.resourceVersion;
  }
}

/**
 * The revision it was written at; undefined when somebody was faster. Without an object it is
 * deleted.
 */
async function write(
  deps: RegistryDependencies,
  resource: ServedResource,
  key: string,
  { over, value }: NonNullable<UpdateStep["write"]>,
): Promise<number | undefined> {
  const leaseId = (await eventLease(deps, resource)) ?? over.leaseId;
  const result = await transactFor(deps, "update", resource, {
    compare: [{ key, target: "modRevision", equals: over.modRevision }],
    success: [value === undefined ? { type: "delete", key } : { type: "put", key, value, leaseId }],
  });
  return result.succeeded ? result.revision : undefined;
}

/** An object that is being deleted goes with its last finalizer. */
export function isFinished(tree: ObjectTree): boolean {
  const meta = metadataOf(tree);
  if (meta.deletionTimestamp === undefined || (meta.finalizers?.length ?? 0) > 0) {
    return false;
  }
  if (tree.kind === "Namespace") {
    const spec = tree.spec as { finalizers?: string[] } | undefined;
    return (spec?.finalizers?.length ?? 0) === 0;
  }
  return (meta.deletionGracePeriodSeconds ?? 0) === 0;
}
