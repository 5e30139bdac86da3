import { type Deadline, deadlineAfter, firstWait } from "../../api/deadline.js";
import { equalJson } from "../../api/equality.js";
import { appsV1, coreV1, policyV1 } from "../../api/gen/resources.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import type { PodDisruptionBudget } from "../../api/gen/types/policyV1.js";
import { scaledValue } from "../../api/intOrString.js";
import { Selector } from "../../api/labels.js";
import type { ResourceType } from "../../api/resourceType.js";
import { hasReason } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { controllerOf } from "../../client/ownership/controllerReference.js";
import { findCondition, withCondition } from "../conditions.js";
import type { ControllerContext } from "../controllerContext.js";
import { isPodFinished, isPodReady } from "../pod/podState.js";
import { QueueController } from "../queueController.js";
import { type OwnerCache, OwnerScales, type Scaled } from "./ownerScales.js";
import { StaleDisruptions } from "./staleDisruptions.js";

/** How long an eviction is believed to be under way before its pod counts again. */
const disruptionTimeoutMilliseconds = 120_000;
/** When a budget whose size cannot be told is looked at again, if nothing changes before. */
const recheckMilliseconds = 60_000;

type Status = NonNullable<PodDisruptionBudget["status"]>;

interface Expectation {
  readonly expectedPods: number;
  readonly desiredHealthy: number;
  /** Pods that no controller answers for, where the controllers' sizes are what counts. */
  readonly unmanaged: ReadonlySet<Pod>;
}

/** Says how many pods each budget lets be evicted now. */
export class DisruptionController extends QueueController {
  readonly #budgets: Indexer<PodDisruptionBudget>;
  readonly #pods: Indexer<Pod>;
  readonly #scales: OwnerScales;
  readonly #stale: StaleDisruptions;

  constructor(context: ControllerContext) {
    super("disruption-controller", context, { workers: 1 });
    this.#stale = new StaleDisruptions(context);
    const budgets = this.informer(policyV1.poddisruptionbudgets);
    this.#budgets = budgets.indexer;
    this.enqueueAll(budgets);
    const pods = this.informer(coreV1.pods);
    this.#pods = pods.indexer;
    pods.addEventHandler({
      onAdd: (pod) => this.#podChanged(pod),
      onUpdate: (old, pod) => {
        // One that was relabelled has left a budget.
        if (!equalJson(old.metadata.labels, pod.metadata.labels)) this.#podChanged(old);
        this.#podChanged(pod);
      },
      onDelete: (pod) => this.#podChanged(pod),
    });
    this.#scales = new OwnerScales(context.client, {
      replicaSets: this.#owners(appsV1.replicasets),
      deployments: this.#owners(appsV1.deployments),
      statefulSets: this.#owners(appsV1.statefulsets),
      replicationControllers: this.#owners(coreV1.replicationcontrollers),
    });
  }

  override get isQuiet(): boolean {
    return super.isQuiet && this.#stale.isQuiet;
  }

  override async run(signal: AbortSignal): Promise<void> {
    await Promise.all([super.run(signal), this.#stale.run(signal)]);
  }

  /** The cache of a kind whose objects' sizes count. */
  #owners<T extends Scaled>(type: ResourceType<T>): OwnerCache {
    const informer = this.informer(type);
    const changed = ({ metadata }: T): void => {
      for (const budget of this.#budgets.list(metadata?.namespace)) {
        if (countsControllers(budget)) this.enqueue(budget);
      }
    };
    informer.addEventHandler({
      onAdd: changed,
      onUpdate: (old, owner) => {
        const isSame = old.metadata?.uid === owner.metadata?.uid;
        if (!isSame || old.spec?.replicas !== owner.spec?.replicas) changed(owner);
      },
      onDelete: changed,
    });
    return informer.indexer;
  }

  #podChanged(pod: Pod): void {
    for (const budget of this.#budgets.list(pod.metadata.namespace)) {
      if (selectorOf(budget).matches(pod.metadata.labels)) this.enqueue(budget);
    }
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const budget = this.#budgets.get(key);
    if (budget === undefined) return;
    try {
      await this.#write(budget, await this.#status(budget, key, signal), signal);
    } catch (error) {
      if (signal.aborted || hasReason(error, "Conflict")) throw error;
      // Whatever else is unknown: nothing may be evicted on an old count.
      this.queue.addAfter(key, recheckMilliseconds);
      const message = error instanceof Error ? error.message : String(error);
      await this.#write(budget, this.#failed(budget, message), signal);
    }
  }

  async #status(budget: PodDisruptionBudget, key: string, signal: AbortSignal): Promise<Status> {
    const selector = selectorOf(budget);
    const pods = this.#pods
      .list(budget.metadata.namespace)
      .filter((pod) => !isPodFinished(pod) && selector.matches(pod.metadata.labels));
    if (pods.length === 0) this.#tell(budget, "Normal", "NoPods", "No matching pods found");
    const now = this.now();
    const disruptedPods = this.#disrupted(budget, pods, now, key);
    const { desiredHealthy, expectedPods, unmanaged } = await this.#expect(budget, pods, signal);
    const healthy = pods.filter((pod) => {
      const isGoing = pod.metadata.deletionTimestamp !== undefined;
      return !isGoing && isPodReady(pod) && !((pod.metadata.name ?? "") in disruptedPods);
    });
    // Pods that are not in the number wanted must not stand in for some that are.
    const counting = healthy.filter((pod) => !unmanaged.has(pod)).length;
    const disruptionsAllowed = expectedPods === 0 ? 0 : Math.max(0, counting - desiredHealthy);
    const isEnough = disruptionsAllowed > 0;
    return {
      ...budget.status,
      currentHealthy: healthy.length,
      desiredHealthy,
      expectedPods,
      disruptionsAllowed,
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
  }

  /** Allows nothing, and says why; everything else stays as it was last known. */
  #failed(budget: PodDisruptionBudget, message: string): Status {
    const { status } = budget;
    return {
      ...status,
      currentHealthy: status?.currentHealthy ?? 0,
      desiredHealthy: status?.desiredHealthy ?? 0,
      expectedPods: status?.expectedPods ?? 0,
      disruptionsAllowed: 0,
      conditions: withCondition(status?.conditions, {
        type: "DisruptionAllowed",
        status: "False",
        reason: "SyncFailed",
        message,
        lastTransitionTime: formatTime(this.now()),
        observedGeneration: status?.observedGeneration ?? 0,
      }),
    };
  }

  async #write(budget: PodDisruptionBudget, status: Status, signal: AbortSignal): Promise<void> {
    const old = { disruptedPods: {}, ...budget.status };
    const isNew = findCondition(budget.status?.conditions, "DisruptionAllowed") === undefined;
    if (!isNew && equalJson(old, { disruptedPods: {}, ...status })) return;
    const budgets = this.context.client.resource(policyV1.poddisruptionbudgets);
    try {
      await budgets.updateStatus({ ...budget, status }, { signal });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }

  async #expect(
    budget: PodDisruptionBudget,
    pods: readonly Pod[],
    signal: AbortSignal,
  ): Promise<Expectation> {
    const { maxUnavailable, minAvailable } = budget.spec ?? {};
    if (!countsControllers(budget)) {
      const desiredHealthy = typeof minAvailable === "number" ? minAvailable : 0;
      return { expectedPods: pods.length, desiredHealthy, unmanaged: new Set() };
    }
    const unmanaged = new Set(pods.filter((pod) => controllerOf(pod) === undefined));
    if (unmanaged.size > 0) {
      const message =
        "Pods selected by this PodDisruptionBudget were found to be unmanaged. As a result, the " +
        "status of the PDB cannot be calculated correctly, which may result in undefined " +
        'behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to ' +
        "an integer value.";
      this.#tell(budget, "Warning", "UnmanagedPods", message);
    }
    let expectedPods: number;
    try {
      const managed = pods.filter((pod) => !unmanaged.has(pod));
      expectedPods = await this.#expectedScale(managed, signal);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `Failed to calculate the number of expected pods: ${why}`;
      if (!signal.aborted) {
        this.#tell(budget, "Warning", "CalculateExpectedPodCountFailed", message);
      }
      throw error;
    }
    const desiredHealthy =
      maxUnavailable !== undefined
        ? Math.max(0, expectedPods - scaledValue(maxUnavailable, expectedPods, true))
        : scaledValue(minAvailable ?? 0, expectedPods, true);
    return { expectedPods, desiredHealthy, unmanaged };
  }

  /** What the pods' controllers want in all. */
  async #expectedScale(managed: readonly Pod[], signal: AbortSignal): Promise<number> {
    const asked = new Set<string>();
    const scales = new Map<string, number>();
    for (const pod of managed) {
      const reference = controllerOf(pod);
      if (reference === undefined || asked.has(reference.uid)) continue;
      asked.add(reference.uid);
      const scale = await this.#scales.of(reference, pod.metadata.namespace ?? "", signal);
      if (scale === undefined) {
        throw new Error(`found no controllers for pod "${pod.metadata.name}"`);
      }
      scales.set(scale.uid, scale.replicas);
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
    const names = new Map(
      pods
        .filter((pod) => pod.metadata.deletionTimestamp === undefined)
        .map((pod) => [pod.metadata.name ?? "", pod]),
    );
    const left: Record<string, string> = {};
    const deadlines: Deadline[] = [];
    for (const [name, granted] of Object.entries(budget.status?.disruptedPods ?? {})) {
      const pod = names.get(name);
      if (pod === undefined) continue;
      let since = granted;
      let deadline = deadlineAfter(since, disruptionTimeoutMilliseconds, now);
      const isAhead =
        deadline.state === "ahead" && deadline.waitMilliseconds > disruptionTimeoutMilliseconds;
      if (deadline.state === "unset" || isAhead) {
        // No time, or one of a clock that is ahead: it is under way for two minutes from now on.
        since = formatTime(now);
        deadline = deadlineAfter(since, disruptionTimeoutMilliseconds, now);
      }
      if (deadline.state === "passed") {
        const { namespace, name: budgetName } = budget.metadata;
        const message = `Pod was expected by PDB ${namespace}/${budgetName} to be deleted but it wasn't`;
        const about = objectReference(coreV1.pods, pod);
        this.context.recorder.event(about, "Warning", "NotDeleted", message);
        continue;
      }
      left[name] = since;
      deadlines.push(deadline);
    }
    const wait = firstWait(deadlines);
    if (wait !== undefined) this.queue.addAfter(key, wait);
    return left;
  }

  #tell(
    budget: PodDisruptionBudget,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
  ): void {
    const about = objectReference(policyV1.poddisruptionbudgets, budget);
    this.context.recorder.event(about, type, reason, message);
  }
}

/** Whether the budget is over what the pods' controllers want, and not over the pods there are. */
function countsControllers({ spec }: PodDisruptionBudget): boolean {
  return spec?.maxUnavailable !== undefined || typeof spec?.minAvailable === "string";
}

function selectorOf(budget: PodDisruptionBudget): Selector {
  return Selector.ofLabelSelector(budget.spec?.selector);
}
