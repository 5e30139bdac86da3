import type { ApiObject } from "../../api/codec.js";
import { fieldErrors } from "../../api/fieldErrors.js";
import { goQuote } from "../../api/goQuote.js";
import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import { apiErrors } from "../../api/status.js";
import type { StoredValue } from "../../storage/storage.js";
import type { AdmissionAttributes, ObjectTree } from "../admission/admissionPlugin.js";
import { unknownFailure } from "../plainError.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { runStages, type Stage, stageOf } from "../stages.js";
import { writeOptions } from "./admissionOptions.js";
import { createObject } from "./createObject.js";
import {
  decodeUnbounded,
  fieldValidationOf,
  isDryRun,
  requireBounded,
  validateWriteOptions,
} from "./decodeBody.js";
import { type Attempt, guaranteedUpdate, type Proposal } from "./guaranteedUpdate.js";
import { limitationWarnings } from "./limitationWarnings.js";
import { decodeStored, inMessage, isLongObject, pause, storedOf, treeOf } from "./longObjects.js";
import { hasNativeForm } from "./nativeForm.js";
import { metadataOf } from "./objectMeta.js";
import { dropEqualOwners } from "./ownerReferences.js";
import { recordWrite } from "./recordWrite.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { resetMetadata } from "./resetFields.js";
import { UpdateDraft } from "./updateDraft.js";
import type { WriteHooks } from "./writeHooks.js";
import {
  admissionAttributes,
  fromTree,
  managedFieldsOfWrite,
  managedFieldsWrite,
  objectResult,
  strategyContext,
  throwIfInvalid,
  type WriteTarget,
  withDefaults,
} from "./writeObject.js";

/** What one kind of update does differently. */
export interface UpdatePlan {
  readonly optionsKind: "UpdateOptions" | "PatchOptions";
  /** The wanted object (storage version) from the current one; called again after a lost race. */
  readonly next: (current: ApiObject) => MaybePromise<ApiObject>;
  /** `next` gives the object with its managers: server-side apply, and whatever writes a Scale. */
  readonly hasManagers?: boolean;
  /** Where there is no object. Absent: NotFound. */
  readonly whenAbsent?: () => MaybePromise<ServerResult>;
  /**
   * Whether a lost race is tried again: always for patches, for PUT only without a
   * resourceVersion.
   */
  readonly retries: boolean;
  /** Instead of the object itself (scale). */
  readonly result?: (object: ApiObject, resourceVersion: string) => ServerResult;
}

/** PUT. */
export function updateObject(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
): MaybePromise<ServerResult> {
  validateWriteOptions(request.options, "UpdateOptions");
  const { resource } = target;
  const validation = fieldValidationOf(request.options);
  const warn = (message: string): void => void request.warnings.push(message);
  const decoding = andThen(request.readBody(), (body) =>
    decodeUnbounded(deps, body, request.contentType, resource, validation, warn),
  );
  return andThen(decoding, (decoded) => {
    checkIdentity(decoded, target);
    return andThen(inMessage(deps, decoded, resource.storageMessage), (wanted) =>
      replace(deps, request, target, decoded, wanted),
    );
  });
}

function replace(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  decoded: ApiObject,
  wanted: ApiObject,
): MaybePromise<ServerResult> {
  const { resource, namespace, name, subresource } = target;
  const conditional = isConditional(decoded);
  if (!conditional && resource.strategy.allowUnconditionalUpdate === false) {
    // Upstream names the resource here, not the kind.
    throw apiErrors.invalid({ group: resource.group, kind: resource.resource }, name, [
      fieldErrors.invalid("metadata.resourceVersion", 0, "must be specified for an update"),
    ]);
  }
  const mayCreate = resource.strategy.allowCreateOnUpdate === true && subresource === "";
  return runUpdate(deps, request, target, {
    optionsKind: "UpdateOptions",
    next: () => wanted,
    retries: !conditional,
    ...(mayCreate
      ? { whenAbsent: () => createObject(deps, request, resource, namespace, { object: decoded }) }
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

/** One attempt of an update; its stages fill it in, in the order of the fields. */
class UpdateAttempt {
  readonly deps: RegistryDependencies;
  readonly request: AuthenticatedRequest;
  readonly target: WriteTarget;
  readonly plan: UpdatePlan;
  readonly stored: StoredValue;
  readonly hooks: WriteHooks;
  /** The version that is stored. */
  current: ApiObject | undefined = undefined;
  /** What the client wants in its place. */
  next: ApiObject | undefined = undefined;
  /** Of an update that no rule has anything to say of. */
  plain: UpdateDraft | undefined = undefined;
  /** Of others. */
  trees: Trees | undefined = undefined;
  limitations: readonly string[] = [];
  attributes: AdmissionAttributes | undefined = undefined;
  /** Of a plain one: what is stored. */
  native: ApiObject | undefined = undefined;
  /** Of others: has the metadata.managedFields. */
  managed: ApiObject | undefined = undefined;
  readonly unlock: () => void;

  constructor(
    deps: RegistryDependencies,
    request: AuthenticatedRequest,
    target: WriteTarget,
    plan: UpdatePlan,
    stored: StoredValue,
    attempt: Attempt,
  ) {
    this.deps = deps;
    this.request = request;
    this.target = target;
    this.plan = plan;
    this.stored = stored;
    this.hooks = attempt.hooks;
    this.unlock = () => attempt.unlock();
  }

  readonly warn = (message: string): void => {
    this.request.warnings.push(message);
  };

  /** Lets others have their turn where either version is long. */
  readonly pause = (): Promise<void> | undefined =>
    (this.next && pause(this.deps, this.next)) ?? (this.current && pause(this.deps, this.current));
}

interface Trees {
  readonly object: ApiObject;
  readonly tree: ObjectTree;
  readonly old: ObjectTree;
}

const stage = stageOf<UpdateAttempt>();

/**
 * The way of an update (PUT, patch, scale, and their subresources) from the version that
 * guaranteedUpdate.ts has read to the one that it commits, again after each lost race. A plain one
 * stays native (updateDraft.ts); of others both versions become JSON trees for the rules.
 * docs/apiserver.md shows this list.
 */
export const updateStages: readonly Stage<UpdateAttempt>[] = [
  stage({
    name: "read",
    needs: [],
    gives: ["current"],
    errors: [],
    run(attempt) {
      const { deps, stored, target } = attempt;
      return andThen(decodeStored(deps, stored, target.resource), (current) => {
        attempt.current = current;
      });
    },
  }),
  stage({
    name: "change",
    needs: ["current"],
    gives: ["next"],
    errors: ["BadRequest", "Conflict", "Invalid", "RequestEntityTooLarge"],
    run(attempt) {
      const { current, plan, target } = attempt;
      return andThen(plan.next(current), (next) => {
        requireBounded(next, current);
        checkPreconditions(target, current, next, plan.optionsKind);
        attempt.next = next;
      });
    },
  }),
  stage({
    name: "default",
    needs: ["current", "next"],
    gives: ["plain", "trees", "limitations"],
    errors: [],
    run(attempt) {
      const { current, next, plan } = attempt;
      attempt.plain = plan.hasManagers === true ? undefined : plainDraft(attempt, current, next);
      if (attempt.plain === undefined) return makeTrees(attempt, attempt.current, attempt.next);
    },
  }),
  stage({
    name: "mutate",
    needs: [],
    gives: ["attributes"],
    errors: ["Forbidden", "Invalid", "NotFound", "ServerTimeout"],
    run(attempt) {
      const attributes = attributesOf(attempt);
      attempt.attributes = attributes;
      return attempt.deps.admission.admit(attributes);
    },
  }),
  stage({
    name: "managedFields",
    needs: ["current", "next"],
    gives: ["native", "managed"],
    errors: [],
    run(attempt) {
      const { deps, request, target, plain, current, next } = attempt;
      attempt.native = plain?.make(managedFieldsWrite(deps, request, target));
      if (attempt.native !== undefined) return;
      // A plugin has a tree, which it may have changed.
      if (plain !== undefined) attempt.trees = { object: next, tree: plain.tree, old: plain.old };
      if (attempt.plan.hasManagers === true) {
        attempt.managed = next;
        return;
      }
      // Of the object as it was sent, with defaults: nobody owns what a plugin added.
      const object = attempt.trees?.object ?? next;
      return andThen(managedFieldsOfWrite(deps, request, target, current, object), (managed) => {
        attempt.managed = managed;
      });
    },
  }),
  stage({
    name: "validate",
    needs: [],
    gives: [],
    errors: ["Invalid", "Forbidden"],
    run(attempt) {
      // No rule has anything to say of what was made natively.
      if (attempt.trees !== undefined) return prepareAndValidate(attempt, attempt.trees);
    },
  }),
  stage({
    name: "admission",
    needs: ["attributes"],
    gives: [],
    errors: ["Forbidden", "Invalid", "NotFound", "ServerTimeout"],
    run({ deps, attributes, limitations, request }) {
      return andThen(deps.admission.validate(attributes), () => {
        request.warnings.push(...limitations);
      });
    },
  }),
];

/** Runs the stages of an update, as often as they have to be. */
export function runUpdate(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  plan: UpdatePlan,
): MaybePromise<ServerResult> {
  const { resource, namespace, name } = target;
  const { length: warnings } = request.warnings;
  return guaranteedUpdate<ServerResult>(deps, {
    request,
    resource,
    namespace,
    name,
    operation: "update",
    retries: plan.retries,
    propose(attempt) {
      const { stored } = attempt;
      if (stored === undefined && plan.whenAbsent !== undefined) return { result: plan.whenAbsent };
      if (stored === undefined) throw apiErrors.notFound(resource, name);
      const update = new UpdateAttempt(deps, request, target, plan, stored, attempt);
      return andThen(runStages(updateStages, update), () => proposalOf(update));
    },
    restart() {
      // The next attempt warns of the same things again.
      request.warnings.length = warnings;
    },
  });
}

/** What is to be written, where anything changes and anything may. */
function proposalOf(update: UpdateAttempt): MaybePromise<Proposal<ServerResult>> {
  const { deps, request, target, plan, current, trees } = update;
  const resultOf = (object: ApiObject) => (resourceVersion: string) =>
    plan.result?.(object, resourceVersion) ??
    objectResult(deps, request, target.resource, object, resourceVersion, 200);
  return andThen<ApiObject, Proposal<ServerResult>>(finalObject(update), (final) => {
    if (current !== undefined && final.equalsButTimes(current))
      return { result: resultOf(current) };
    const result = (resourceVersion: string) => {
      const { plain } = update;
      if (plain !== undefined) {
        const { subresource, resource } = target;
        const isConditional = resource.strategy.allowUnconditionalUpdate === false;
        recordWrite(update, (like) => plain.like({ ...like, subresource, isConditional }));
      }
      return resultOf(final)(resourceVersion);
    };
    if (isDryRun(request.options)) return { result };
    // An object that is being deleted goes with its last finalizer.
    if (trees !== undefined && isFinished(trees.tree))
      return { write: { value: undefined }, result };
    return andThen(storedOf(deps, final), (value) => ({
      write: { value, renewsLease: true },
      result,
    }));
  });
}

/** The object as the stages have left it. */
function finalObject({ deps, target, native, trees, managed }: UpdateAttempt) {
  if (native !== undefined) return native;
  if (trees === undefined || managed === undefined) throw new Error("a stage gave no object");
  return fromTree(deps, trees.object, trees.tree, target.resource, managed);
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

/** Undefined where a rule may have something to say of it. */
function plainDraft(
  { deps, target }: UpdateAttempt,
  current: ApiObject,
  next: ApiObject,
): UpdateDraft | undefined {
  const { resource, subresource } = target;
  const mayBePlain =
    hasNativeForm(resource) &&
    !isLongObject(next, deps.clock) &&
    !isLongObject(current, deps.clock);
  const change = mayBePlain
    ? next.plainChange(current, subresource, resource.apiVersion)
    : undefined;
  return change === undefined ? undefined : new UpdateDraft(current, next, change);
}

function makeTrees(
  attempt: UpdateAttempt,
  current: ApiObject,
  next: ApiObject,
): MaybePromise<void> {
  const { deps, target, plan, warn } = attempt;
  return andThen(withDefaults(deps, target.resource, next), ({ object, tree }) =>
    andThen(treeOf(deps, current), (old) => {
      if (plan.optionsKind === "UpdateOptions") dropEqualOwners(tree, "sent", warn);
      attempt.limitations = limitationWarnings(target, tree, old);
      attempt.trees = { object, tree, old };
    }),
  );
}

function attributesOf(attempt: UpdateAttempt): AdmissionAttributes {
  const { request, target, plain, trees } = attempt;
  const both = plain ?? trees;
  if (both === undefined) throw new Error("an update without a new version");
  const what = {
    operation: "UPDATE",
    get object() {
      return both.tree;
    },
    get unchangedPod() {
      return plain?.unchangedPod;
    },
    get plainStatus() {
      return plain?.plainStatus;
    },
    oldObject: () => both.old,
    options: () => writeOptions("UpdateOptions", request),
  } as const;
  return admissionAttributes(request, target, what, attempt);
}

/** The rules of the kind, on the trees that admission has let pass. */
function prepareAndValidate(attempt: UpdateAttempt, { tree, old }: Trees): MaybePromise<void> {
  const { deps, request, target, warn, pause: others } = attempt;
  const { resource, subresource } = target;
  const { strategy } = resource;
  dropEqualOwners(tree, "admitted", warn);
  carryOver(tree, old);
  const context = strategyContext(deps, request, target);
  resetMetadata(tree, old, resource, subresource);
  const prepared = andThen(others(), () => {
    strategy.prepareForUpdate?.(tree, old, context);
    return others();
  });
  const validated = andThen(prepared, () => {
    const found = strategy.validateUpdate?.(tree, old, context) ?? [];
    return andThen(others(), () => {
      const examination = { context, authorizer: deps.authorizer };
      return strategy.examine?.(tree, old, found, examination) ?? found;
    });
  });
  return andThen(validated, (errors) => throwIfInvalid(resource, target.name, errors));
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
  // What is not being deleted cannot be so by an update: the rules of metadata reject it.
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
