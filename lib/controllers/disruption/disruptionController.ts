import { appsV1, coreV1, policyV1 } from "../../api/gen/resources.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import type { PodDisruptionBudget } from "../../api/gen/types/policyV1.js";
import { scaledValue } from "../../api/intOrString.js";
import { Selector } from "../../api/labels.js";
import { hasReason } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { controllerOf } from "../../client/ownership/controllerReference.js";
import type { KubernetesObject } from "../../client/resourceClient.js";
import { parseTimestamp } from "../../client/timestamps.js";
import { findCondition, withCondition } from "../conditions.js";
import type { ControllerContext } from "../controllerContext.js";
import { equalJson } from "../equalJson.js";
import { isPodFinished, isPodReady } from "../pod/podState.js";
import { QueueController } from "../queueController.js";

/** How long an eviction is believed to be under way before its pod counts again. */
const disruptionTimeoutMilliseconds = 120_000;

interface Scaled extends KubernetesObject {
  spec?: { replicas?: number };
}

/** Says how many pods each budget lets be evicted now. */
export class DisruptionController extends QueueController {
  readonly #budgets: Indexer<PodDisruptionBudget>;
  readonly #pods: Indexer<Pod>;
  readonly #owners: Readonly<
    Record<string, (namespace: string, name: string) => Scaled | undefined>
  >;

  constructor(context: ControllerContext) {
    super("disruption-controller", context, { workers: 1 });
    const budgets = this.informer(policyV1.poddisruptionbudgets);
    this.#budgets = budgets.indexer;
    this.enqueueAll(budgets);
    const pods = this.informer(coreV1.pods);
    this.#pods = pods.indexer;
    const changed = (pod: Pod): void => {
      for (const budget of this.#budgets.list(pod.metadata.namespace)) {
        if (selectorOf(budget).matches(pod.metadata.labels)) this.enqueue(budget);
      }
    };
    pods.addEventHandler({ onAdd: changed, onUpdate: (_, pod) => changed(pod), onDelete: changed });
    const sets = this.informer(appsV1.replicasets).indexer;
    const deployments = this.informer(appsV1.deployments).indexer;
    const statefulSets = this.informer(appsV1.statefulsets).indexer;
    const controllers = this.informer(coreV1.replicationcontrollers).indexer;
    this.#owners = {
      ReplicaSet: (namespace, name) => sets.getByName(namespace, name),
      Deployment: (namespace, name) => deployments.getByName(namespace, name),
      StatefulSet: (namespace, name) => statefulSets.getByName(namespace, name),
      ReplicationController: (namespace, name) => controllers.getByName(namespace, name),
    };
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const budget = this.#budgets.get(key);
    if (budget === undefined) return;
    const selector = selectorOf(budget);
    const pods = this.#pods
      .list(budget.metadata.namespace)
      .filter((pod) => !isPodFinished(pod) && selector.matches(pod.metadata.labels));
    const { expectedPods, desiredHealthy } = this.#expected(budget, pods);
    const now = this.now();
    const disruptedPods = this.#disrupted(budget, pods, now, key);
    const healthy = pods.filter((pod) => {
      const isGoing = pod.metadata.deletionTimestamp !== undefined;
      return !isGoing && isPodReady(pod) && !((pod.metadata.name ?? "") in disruptedPods);
    }).length;
    const allowed = expectedPods === 0 ? 0 : Math.max(0, healthy - desiredHealthy);
    const isEnough = allowed > 0;
    const status = {
      ...budget.status,
      currentHealthy: healthy,
      desiredHealthy,
      expectedPods,
      disruptionsAllowed: allowed,
      disruptedPods,
      observedGeneration: budget.metadata.generation ?? 0,
      conditions: withCondition(budget.status?.conditions, {
        type: "DisruptionAllowed",
        status: isEnough ? "True" : "False",
        reason: isEnough ? "SufficientPods" : "InsufficientPods",
        message: "",
        lastTransitionTime: formatTime(now),
        observedGeneration: budget.metadata.generation ?? 0,
      }),
    };
    const old = budget.status ?? {};
    if (findCondition(budget.status?.conditions, "DisruptionAllowed") !== undefined) {
      if (equalJson({ disruptedPods: {}, ...old }, status)) return;
    }
    const budgets = this.context.client.resource(policyV1.poddisruptionbudgets);
    try {
      await budgets.updateStatus({ ...budget, status }, { signal });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }

  #expected(
    budget: PodDisruptionBudget,
    pods: readonly Pod[],
  ): { expectedPods: number; desiredHealthy: number } {
    const { maxUnavailable, minAvailable } = budget.spec ?? {};
    if (maxUnavailable !== undefined) {
      const expectedPods = this.#expectedScale(pods);
      const unavailable = scaledValue(maxUnavailable, expectedPods, true);
      return { expectedPods, desiredHealthy: Math.max(0, expectedPods - unavailable) };
    }
    if (typeof minAvailable === "string") {
      const expectedPods = this.#expectedScale(pods);
      return { expectedPods, desiredHealthy: scaledValue(minAvailable, expectedPods, true) };
    }
    return { expectedPods: pods.length, desiredHealthy: minAvailable ?? 0 };
  }

  /** What the pods' controllers want in all; pods without one count themselves. */
  #expectedScale(pods: readonly Pod[]): number {
    const scales = new Map<string, number>();
    for (const pod of pods) {
      const namespace = pod.metadata.namespace ?? "";
      let reference = controllerOf(pod);
      let owner = this.#owners[reference?.kind ?? ""]?.(namespace, reference?.name ?? "");
      const above = owner === undefined ? undefined : controllerOf(owner);
      if (above?.kind === "Deployment") {
        reference = above;
        owner = this.#owners.Deployment?.(namespace, above.name);
      }
      const uid = reference?.uid ?? pod.metadata.uid ?? "";
      scales.set(uid, owner === undefined ? 1 : (owner.spec?.replicas ?? 1));
    }
    return [...scales.values()].reduce((sum, scale) => sum + scale, 0);
  }

  /** Evictions that were granted and whose pods have not gone yet. */
  #disrupted(
    budget: PodDisruptionBudget,
    pods: readonly Pod[],
    now: number,
    key: string,
  ): Record<string, string> {
    const names = new Set(
      pods.filter((p) => p.metadata.deletionTimestamp === undefined).map((p) => p.metadata.name),
    );
    const left: Record<string, string> = {};
    for (const [name, since] of Object.entries(budget.status?.disruptedPods ?? {})) {
      const until = (parseTimestamp(since) ?? 0) + disruptionTimeoutMilliseconds;
      if (!names.has(name) || until <= now) continue;
      left[name] = since;
      this.queue.addAfter(key, until - now);
    }
    return left;
  }
}

function selectorOf(budget: PodDisruptionBudget): Selector {
  return Selector.ofLabelSelector(budget.spec?.selector);
}
