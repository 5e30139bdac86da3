import type { PodDisruptionBudget } from "../../api/gen/types/policyV1.js";
import { Selector } from "../../api/labels.js";
import { type ApiError, apiErrors, successStatus } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { answerStatus } from "./answerStatus.js";
import { decodeBody, fieldValidationOf, isDryRun, validateWriteOptions } from "./decodeBody.js";
import { runDelete } from "./deleteObject.js";
import { checked } from "./deleteOptions.js";
import { listTrees } from "./listTrees.js";
import { metadataOf } from "./objectMeta.js";
import { rawUpdate, readTree } from "./rawUpdate.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";
import { admissionAttributes, type WriteTarget } from "./writeObject.js";

const evictionType = {
  message: "k8s.io.api.policy.v1.Eviction",
  apiVersion: "policy/v1",
  kind: "Eviction",
  olderVersions: ["policy/v1beta1"],
} as const;

const refusedMessage = "Cannot evict pod as it would violate the pod's disruption budget.";

/** POST of pods/eviction: a deletion that disruption budgets may refuse with 429. */
export async function evictPod(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  pods: ServedResource,
  namespace: string,
  name: string,
): Promise<ServerResult> {
  validateWriteOptions(request.options, "CreateOptions");
  const decoded = decodeBody(
    deps.codec,
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
  const options = checked(eviction.deleteOptions ?? {});
  const dryRun = options.dryRun || isDryRun(request.options);
  const pod = await readTree(deps, pods, namespace, name);
  if (pod === undefined) {
    throw apiErrors.notFound(pods, name);
  }
  await admitEviction(deps, request, { resource: pods, namespace, name }, eviction);
  if (!canIgnoreBudgets(pod)) {
    await takeFromBudget(deps, namespace, name, pod, dryRun);
  }
  const target = { resource: pods, namespace, name, subresource: "" };
  await runDelete(deps, request, target, { ...options, dryRun });
  return answerStatus(deps, request, { ...successStatus(), code: 201 }, 201);
}

async function admitEviction(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: Omit<WriteTarget, "subresource">,
  eviction: object,
): Promise<void> {
  const { group, resource } = target.resource;
  if (!deps.admission.handles("CREATE", group, resource, "eviction")) {
    return;
  }
  const evictionTarget = { ...target, subresource: "eviction" };
  const attributes = {
    ...admissionAttributes(request, evictionTarget, {
      operation: "CREATE",
      object: eviction as ObjectTree,
      oldObject: () => undefined,
      options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
    }),
    kind: "Eviction",
  };
  await deps.admission.admit(attributes);
  await deps.admission.validate(attributes);
}

/** Pods that have ended, wait, or are going already disturb nobody. */
function canIgnoreBudgets(pod: ObjectTree): boolean {
  const { phase } = (pod.status ?? {}) as { phase?: string };
  return (
    phase === "Succeeded" ||
    phase === "Failed" ||
    phase === "Pending" ||
    metadataOf(pod).deletionTimestamp !== undefined
  );
}

async function takeFromBudget(
  deps: RegistryDependencies,
  namespace: string,
  podName: string,
  pod: ObjectTree,
  dryRun: boolean,
): Promise<void> {
  const budgets = deps.resource("policy", "poddisruptionbudgets");
  if (budgets === undefined) {
    return;
  }
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
  if (budget === undefined || ignoresUnhealthy(budget, pod)) {
    return;
  }
  const budgetName = metadataOf(budget).name ?? "";
  await rawUpdate(deps, budgets, namespace, budgetName, dryRun, (tree) =>
    countDisruption(tree, podName, deps.clock.now()),
  );
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
    throw refused(`The disruption budget ${meta.name} is still being processed by the server.`, 10);
  }
  const allowed = status.disruptionsAllowed ?? 0;
  if (allowed < 0) {
    throw apiErrors.forbidden(
      { group: "policy", resource: "poddisruptionbudget" },
      meta.name ?? "",
      "pdb disruptions allowed is negative",
    );
  }
  if (allowed === 0) {
    throw refused(
      `The disruption budget ${meta.name} needs ${status.desiredHealthy ?? 0} healthy pods and ` +
        `has ${status.currentHealthy ?? 0} currently`,
      0,
    );
  }
  status.disruptionsAllowed = allowed - 1;
  status.disruptedPods = { ...status.disruptedPods, [podName]: formatTime(now) };
  tree.status = status;
}

function refused(message: string, retryAfterSeconds: number): ApiError {
  return apiErrors.tooManyRequests(refusedMessage, retryAfterSeconds, [
    { reason: "DisruptionBudget", message },
  ]);
}
