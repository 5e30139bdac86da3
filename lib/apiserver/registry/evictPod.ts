import type { ApiObject } from "../../api/codec.js";
import type { PodDisruptionBudget } from "../../api/gen/types/policyV1.js";
import { Selector } from "../../api/labels.js";
import { type ApiError, apiErrors, hasReason, successStatus } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { writeOptions } from "./admissionOptions.js";
import { decodeBody, fieldValidationOf, isDryRun, validateWriteOptions } from "./decodeBody.js";
import { checkPreconditions, requireUid, runDelete } from "./deleteObject.js";
import { checked, type DeleteOptions } from "./deleteOptions.js";
import { listTrees } from "./listTrees.js";
import { metadataOf } from "./objectMeta.js";
import { rawUpdate, readTree } from "./rawUpdate.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";
import { statusResult } from "./statusResult.js";
import { admissionAttributes, type WriteTarget } from "./writeObject.js";

const evictionType = {
  message: "k8s.io.api.policy.v1.Eviction",
  apiVersion: "policy/v1",
  kind: "Eviction",
  olderVersions: ["policy/v1beta1"],
} as const;

const violatedMessage = "Cannot evict pod as it would violate the pod's disruption budget.";

/** Evictions of one budget that its controller has not confirmed; beyond, there are no more. */
const maxDisruptedPods = 2000;

/** POST of pods/eviction: a deletion that disruption budgets may hold up with 429. */
export async function evictPod(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  pods: ServedResource,
  namespace: string,
  name: string,
): Promise<ServerResult> {
  validateWriteOptions(request.options, "CreateOptions");
  const decoded = await decodeBody(
    deps,
    await request.readBody(),
    request.contentType,
    evictionType,
    fieldValidationOf(request.options),
    (message) => request.warnings.push(message),
  );
  const eviction = JSON.parse(decoded.json()) as { deleteOptions?: Parameters<typeof checked>[0] };
  const named = metadataOf(eviction as ObjectTree).name ?? "";
  if (named !== name) {
    throw apiErrors.badRequest("name in URL does not match name in Eviction object");
  }
  const asked = checked(eviction.deleteOptions ?? {});
  const options = { ...asked, dryRun: asked.dryRun || isDryRun(request.options) };
  const target = { resource: pods, namespace, name, subresource: "" };
  await admitEviction(deps, request, target, eviction);
  const guarded = await evictUnguarded(deps, request, target, options);
  if (guarded !== undefined) await evictGuarded(deps, request, target, options, guarded);
  return statusResult(deps, request, { ...successStatus(), code: 201 }, 201);
}

/**
 * Deletes a pod that budgets do not guard: it has ended, waits, or is going already. Returns the
 * pod where they do. One that waits must not become ready in between: each version that is to be
 * written or deleted is looked at anew.
 */
async function evictUnguarded(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  options: DeleteOptions,
): Promise<ObjectTree | undefined> {
  const { resource, namespace, name } = target;
  const pod = await readTree(deps, resource, namespace, name);
  if (pod === undefined) throw apiErrors.notFound(resource, name);
  if (!canIgnoreBudgets(pod)) return pod;
  try {
    await markAndDelete(deps, request, target, options, pod, requireUnguarded);
    return undefined;
  } catch (error) {
    if (error instanceof BecameGuarded) return error.pod;
    throw error;
  }
}

/** The pod has become one that budgets guard. */
class BecameGuarded extends Error {
  readonly pod: ObjectTree;

  constructor(pod: ObjectTree) {
    super("the pod is guarded by budgets now");
    this.pod = pod;
  }
}

function requireUnguarded(pod: ObjectTree): void {
  if (!canIgnoreBudgets(pod)) throw new BecameGuarded(pod);
}

/** Deletes a pod when its budget, if it has one, lets it go. */
async function evictGuarded(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  options: DeleteOptions,
  pod: ObjectTree,
): Promise<void> {
  const { namespace, name } = target;
  const unhealthy = await takeFromBudget(deps, namespace, name, pod, options.dryRun);
  if (unhealthy === undefined) return markAndDelete(deps, request, target, options, pod);
  try {
    // It may go because it is not ready: it must not have become so since.
    await markAndDelete(deps, request, target, atVersion(options, pod), pod);
  } catch (error) {
    const isOurs = options.preconditionResourceVersion === undefined;
    throw isOurs && hasReason(error, "Conflict") ? stillProcessed(unhealthy.budget) : error;
  }
}

/** With the version that was looked at as precondition, unless the client has its own. */
function atVersion(options: DeleteOptions, pod: ObjectTree): DeleteOptions {
  const { resourceVersion } = metadataOf(pod);
  return {
    ...options,
    preconditionResourceVersion: options.preconditionResourceVersion ?? resourceVersion,
  };
}

/**
 * Says on the pod why it goes, then deletes it. Another pod of the same name is NotFound; `check`
 * throws where a version of the pod may not go.
 */
async function markAndDelete(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  options: DeleteOptions,
  pod: ObjectTree,
  check?: (pod: ObjectTree) => void,
): Promise<void> {
  const { resource, namespace, name } = target;
  const { uid } = metadataOf(pod);
  let { preconditionResourceVersion } = options;
  if (!options.dryRun) {
    const mark = (tree: ObjectTree, current: ApiObject): void => {
      if (metadataOf(tree).uid !== uid) throw apiErrors.notFound(resource, name);
      checkPreconditions(target, current, options);
      check?.(tree);
      markDisrupted(tree, deps.clock.now());
    };
    const marked = await rawUpdate(deps, resource, namespace, name, false, { tree: mark });
    if (preconditionResourceVersion !== undefined) {
      preconditionResourceVersion = marked.resourceVersion;
    }
  }
  const wanted = { ...options, preconditionResourceVersion };
  const isSame = requireUid(target, uid);
  await runDelete(deps, request, target, wanted, (current) => {
    isSame(current);
    check?.(JSON.parse(current.json()) as ObjectTree);
  });
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
  readonly lastProbeTime?: string | null;
  readonly lastTransitionTime?: string | null;
}

function markDisrupted(pod: ObjectTree, now: number): void {
  const { generation } = metadataOf(pod);
  setCondition(pod, now, {
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
    lastProbeTime: null,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  });
}

/** Puts a condition into the object's status; its time is of the last change of its status. */
function setCondition(object: ObjectTree, now: number, wanted: Condition): void {
  const status = (object.status ?? {}) as { conditions?: Condition[] };
  const conditions = status.conditions ?? [];
  const known = conditions.findIndex(({ type }) => type === wanted.type);
  const before = conditions[known];
  const since = before?.status === wanted.status ? before.lastTransitionTime : undefined;
  const next = { ...wanted, lastTransitionTime: since ?? formatTime(now) };
  object.status = {
    ...status,
    conditions: known < 0 ? [...conditions, next] : conditions.with(known, next),
  };
}

async function admitEviction(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  eviction: object,
): Promise<void> {
  const { group, resource } = target.resource;
  if (!deps.admission.handles("CREATE", group, resource, "eviction")) {
    return;
  }
  const evictionTarget = { ...target, subresource: "eviction" };
  const attributes = admissionAttributes(request, evictionTarget, {
    operation: "CREATE",
    object: eviction as ObjectTree,
    oldObject: () => undefined,
    options: () => writeOptions("CreateOptions", request),
  });
  await deps.admission.admit(attributes);
  await deps.admission.validate(attributes);
}

/** Pods that have ended, wait, or are going already disturb nobody. */
function canIgnoreBudgets(pod: ObjectTree): boolean {
  const phase = phaseOf(pod);
  return (
    phase === "Succeeded" ||
    phase === "Failed" ||
    phase === "Pending" ||
    metadataOf(pod).deletionTimestamp !== undefined
  );
}

function phaseOf(pod: ObjectTree): string | undefined {
  return (pod.status as { phase?: string } | undefined)?.phase;
}

/**
 * Counts the disruption against the pod's budget. Returns the budget where the pod goes uncounted
 * because it is not healthy. Throws TooManyRequests where the budget does not allow it.
 */
async function takeFromBudget(
  deps: RegistryDependencies,
  namespace: string,
  podName: string,
  pod: ObjectTree,
  dryRun: boolean,
): Promise<{ readonly budget: string } | undefined> {
  const budgets = deps.resource("policy", "poddisruptionbudgets");
  if (budgets === undefined) return undefined;
  const labels = metadataOf(pod).labels ?? {};
  const found = (await listTrees(deps, budgets, namespace)).filter((tree) => {
    const { spec } = tree as unknown as PodDisruptionBudget;
    return Selector.ofLabelSelector(spec?.selector).matches(labels);
  });
  if (found.length > 1) {
    throw apiErrors.internal(
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  const budget = found[0];
  if (budget === undefined) return undefined;
  const budgetName = metadataOf(budget).name ?? "";
  if (ignoresUnhealthy(budget, pod)) return { budget: budgetName };
  await rawUpdate(deps, budgets, namespace, budgetName, dryRun, {
    tree: (tree) => countDisruption(tree, podName, deps.clock.now()),
  });
  return undefined;
}

/** Unhealthy pods may go when the budget says so, or when it has enough healthy ones. */
function ignoresUnhealthy(tree: ObjectTree, pod: ObjectTree): boolean {
  const { spec, status } = tree as unknown as PodDisruptionBudget;
  const { conditions = [] } = (pod.status ?? {}) as {
    conditions?: { type: string; status: string }[];
  };
  if (conditions.some((c) => c.type === "Ready" && c.status === "True")) {
    return false;
  }
  if (spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") {
    return true;
  }
  const healthy = status?.currentHealthy ?? 0;
  const desired = status?.desiredHealthy ?? 0;
  return healthy >= desired && desired > 0;
}

interface BudgetStatus {
  observedGeneration?: number;
  disruptionsAllowed: number;
  desiredHealthy: number;
  currentHealthy: number;
  disruptedPods?: Record<string, string>;
}

function countDisruption(tree: ObjectTree, podName: string, now: number): void {
  const meta = metadataOf(tree);
  const status = (tree.status ?? {}) as Partial<BudgetStatus>;
  if ((status.observedGeneration ?? 0) < (meta.generation ?? 0)) {
    throw stillProcessed(meta.name ?? "");
  }
  const allowed = status.disruptionsAllowed ?? 0;
  if (allowed < 0) {
    throw apiErrors.forbidden(
      { group: "policy", resource: "poddisruptionbudget" },
      meta.name ?? "",
      "pdb disruptions allowed is negative",
    );
  }
  if (Object.keys(status.disruptedPods ?? {}).length > maxDisruptedPods) {
    throw apiErrors.forbidden(
      { group: "policy", resource: "poddisruptionbudget" },
      meta.name ?? "",
      "DisruptedPods map too big - too many evictions not confirmed by PDB controller",
    );
  }
  if (allowed === 0) {
    throw budgetError(
      `The disruption budget ${meta.name} needs ${status.desiredHealthy ?? 0} healthy pods and ` +
        `has ${status.currentHealthy ?? 0} currently`,
      0,
    );
  }
  status.disruptionsAllowed = allowed - 1;
  status.disruptedPods = { ...status.disruptedPods, [podName]: formatTime(now) };
  tree.status = status;
  if (allowed > 1) return;
  setCondition(tree, now, {
    type: "DisruptionAllowed",
    status: "False",
    reason: "InsufficientPods",
    message: "",
    observedGeneration: status.observedGeneration ?? 0,
  });
}

function stillProcessed(budget: string): ApiError {
  return budgetError(`The disruption budget ${budget} is still being processed by the server.`, 10);
}

function budgetError(message: string, retryAfterSeconds: number): ApiError {
  return apiErrors.tooManyRequests(violatedMessage, retryAfterSeconds, [
    { reason: "DisruptionBudget", message },
  ]);
}
