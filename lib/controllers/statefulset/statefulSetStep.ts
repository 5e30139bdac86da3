import type { ControllerRevision, StatefulSet } from "../../api/gen/types/appsV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { scaledValue } from "../../api/intOrString.js";
import { hasReason } from "../../api/status.js";
import { podsToReplace, type UpdateState } from "../ownership/podsToReplace.js";
import { slowStartBatch } from "../pod/podControl.js";
import { isPodFinished } from "../pod/podState.js";
import { ordinalRange, revisionLabel } from "./statefulPod.js";
import type { StatefulPodControl } from "./statefulPodControl.js";
import { isRunningAndReady } from "./statefulSetStatus.js";

/** Pods that one sync of a set in parallel creates or deletes at most. */
const maxPodsAtOnce = 500;
/** Of the writes to pods and claims that are there, so many are under way together. */
const callsAtOnce = 64;

export interface StatefulSetWork {
  readonly set: StatefulSet;
  readonly pods: ReadonlyMap<number, Pod>;
  /** The revision that pods had before the running update, and the one that they get. */
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly isAvailable: (pod: Pod) => boolean;
  /** Whether the pod of this ordinal, which has failed, is to be replaced now. */
  readonly mayReplace: (ordinal: number) => boolean;
  readonly signal: AbortSignal;
}

/** How far the pods of a set are from what it asks for. */
type Progress =
  /** Everything that has to be there is, and in order also available. */
  | { readonly state: "settled" }
  /** Something was begun, or has to come about before the next step. */
  | { readonly state: "waits" }
  /** The server refused a write that the set needs. */
  | { readonly state: "failed"; readonly error: unknown };

const settled: Progress = { state: "settled" };
const waits: Progress = { state: "waits" };

/**
 * One sync's step of one StatefulSet: the pods that must be there, then those that must not, then
 * the rolling update. A write that is refused (a full quota, an admission rule) never keeps pods
 * from being scaled away, since they may be what is in its way; it does hold up the rolling update,
 * which would take away pods that could not come back.
 */
export class StatefulSetStep {
  /** What was begun to be deleted, for the status. */
  readonly deleted = new Set<Pod>();
  readonly #work: StatefulSetWork;
  readonly #control: StatefulPodControl;
  readonly #first: number;
  readonly #end: number;
  /** Why a pod's name could not be had; the cache may only be behind, so that nothing else stops. */
  #nameTaken: unknown;
  /** Ordinals whose claims could not be brought in line: their pods must not go yet. */
  readonly #unaligned = new Set<number>();

  constructor(work: StatefulSetWork, control: StatefulPodControl) {
    this.#work = work;
    this.#control = control;
    const { first, end } = ordinalRange(work.set);
    this.#first = first;
    this.#end = end;
  }

  /** Returns what went wrong first, if anything did, here or before. */
  async run(failures: readonly unknown[] = []): Promise<unknown> {
    const isParallel = this.#work.set.spec.podManagementPolicy === "Parallel";
    const errors = [...failures];
    const note = (progress: Progress): Progress => {
      if (progress.state === "failed") errors.push(progress.error);
      return progress;
    };
    note(await this.#alignClaims());
    const replicas = note(await (isParallel ? this.#replicasAtOnce() : this.#replicasInOrder()));
    if (replicas.state === "waits") return errors[0] ?? this.#nameTaken;
    const condemned = note(
      await (isParallel
        ? this.#condemnedAtOnce()
        : this.#condemnedInOrder(replicas.state === "failed")),
    );
    if (errors.length === 0 && condemned.state === "settled") {
      note(await this.#rollUpdate());
    }
    return errors[0] ?? this.#nameTaken;
  }

  #inRange(ordinal: number): boolean {
    return ordinal >= this.#first && ordinal < this.#end;
  }

  /** Pods beyond the range, the highest first. */
  #condemned(): (readonly [number, Pod])[] {
    return [...this.#work.pods]
      .filter(([ordinal]) => !this.#inRange(ordinal))
      .sort(([a], [b]) => b - a);
  }

  #isHealthy(pod: Pod): boolean {
    return isRunningAndReady(pod) && this.#work.isAvailable(pod);
  }

  /**
   * Whatever state a pod is in: its claims must follow the policy before it goes, since the garbage
   * collector takes those of a pod that is scaled away with it.
   */
  async #alignClaims(): Promise<Progress> {
    const { set, pods, signal } = this.#work;
    if ((set.spec.volumeClaimTemplates ?? []).length === 0) return settled;
    return runAll([...pods], async ([ordinal, pod]) => {
      try {
        await this.#control.alignClaims(set, ordinal, pod, !this.#inRange(ordinal), signal);
      } catch (error) {
        this.#unaligned.add(ordinal);
        throw error;
      }
    });
  }

  async #replicasInOrder(): Promise<Progress> {
    for (let ordinal = this.#first; ordinal < this.#end; ordinal++) {
      const progress = await this.#replicaInOrder(ordinal);
      if (progress.state !== "settled") return progress;
    }
    return settled;
  }

  async #replicaInOrder(ordinal: number): Promise<Progress> {
    const pod = this.#work.pods.get(ordinal);
    try {
      if (pod === undefined) {
        if (!this.#control.mustWaitForClaims(this.#work.set, ordinal)) await this.#create(ordinal);
        return waits;
      }
      await this.#tend(ordinal, pod);
      const isSettled = pod.metadata.deletionTimestamp === undefined && this.#isHealthy(pod);
      return isSettled ? settled : waits;
    } catch (error) {
      return { state: "failed", error };
    }
  }

  async #replicasAtOnce(): Promise<Progress> {
    const { pods, set } = this.#work;
    const present: [number, Pod][] = [];
    const missing: number[] = [];
    for (let ordinal = this.#first; ordinal < this.#end; ordinal++) {
      const pod = pods.get(ordinal);
      if (pod !== undefined) present.push([ordinal, pod]);
      else if (missing.length < maxPodsAtOnce && !this.#control.mustWaitForClaims(set, ordinal)) {
        missing.push(ordinal);
      }
    }
    const tended = await runAll(present, ([ordinal, pod]) => this.#tend(ordinal, pod));
    const created = await slowStartBatch(missing.length, (at) => {
      return this.#create(missing[at] as number);
    });
    if (created.error !== undefined) return { state: "failed", error: created.error };
    return tended;
  }

  /** What one pod that is there needs, whoever stands before it. */
  async #tend(ordinal: number, pod: Pod): Promise<void> {
    const { set, signal } = this.#work;
    if (pod.metadata.deletionTimestamp !== undefined) return;
    // Its place is taken again when it is gone. Which final phase it is depends on how its
    // containers happened to end, not on why they did.
    if (isPodFinished(pod)) {
      const waits = pod.status?.phase === "Failed" && !this.#work.mayReplace(ordinal);
      return waits ? undefined : this.#delete(pod);
    }
    if ((pod.status?.phase ?? "Pending") === "Pending") {
      await this.#control.createClaims(set, ordinal, signal);
    }
    return this.#control.identify(set, ordinal, pod, signal);
  }

  async #create(ordinal: number): Promise<void> {
    const { set, signal } = this.#work;
    try {
      await this.#control.create(set, ordinal, this.#revisionFor(ordinal), signal);
    } catch (error) {
      if (!hasReason(error, "AlreadyExists")) throw error;
      this.#nameTaken = error;
    }
  }

  async #delete(pod: Pod): Promise<void> {
    await this.#control.delete(this.#work.set, pod, this.#work.signal);
    this.deleted.add(pod);
  }

  /** A pod below the partition keeps its revision, also when it is made anew. */
  #revisionFor(ordinal: number): ControllerRevision {
    const { set, current, update } = this.#work;
    const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
    if (type === "OnDelete") return update;
    const kept = rollingUpdate?.partition ?? set.status?.currentReplicas ?? 0;
    return ordinal < this.#first + kept ? current : update;
  }

  async #condemnedAtOnce(): Promise<Progress> {
    const leaving = this.#condemned().filter(
      ([ordinal, pod]) =>
        pod.metadata.deletionTimestamp === undefined && !this.#unaligned.has(ordinal),
    );
    return runAll(leaving.slice(0, maxPodsAtOnce), ([, pod]) => this.#delete(pod));
  }

  /**
   * The highest first, and only while everything is healthy but for the lowest pod that is not. Of
   * the pods that must stay one may be missing here, where it could not be made: then the pods that
   * nobody wants may be in its way, and their health keeps none of them.
   */
  async #condemnedInOrder(replicasFailed: boolean): Promise<Progress> {
    const condemned = this.#condemned();
    const [highest] = condemned;
    if (highest === undefined) return settled;
    const [ordinal, pod] = highest;
    if (pod.metadata.deletionTimestamp !== undefined || this.#unaligned.has(ordinal)) return waits;
    const lowestUnhealthy = condemned.findLast(([, one]) => !this.#isHealthy(one))?.[1];
    if (!replicasFailed && !this.#isHealthy(pod) && pod !== lowestUnhealthy) return waits;
    try {
      await this.#delete(pod);
      return waits;
    } catch (error) {
      return { state: "failed", error };
    }
  }

  async #rollUpdate(): Promise<Progress> {
    const { set, pods, update } = this.#work;
    const { rollingUpdate, type } = set.spec.updateStrategy ?? {};
    if (type === "OnDelete") return settled;
    const from = this.#first + (rollingUpdate?.partition ?? 0);
    const states: UpdateState[] = [];
    for (let ordinal = this.#end - 1; ordinal >= this.#first; ordinal--) {
      const pod = pods.get(ordinal);
      const isStaying = pod !== undefined && pod.metadata.deletionTimestamp === undefined;
      const isOld = isStaying && pod.metadata.labels?.[revisionLabel] !== update.metadata.name;
      states.push({
        service: isStaying ? this.#serviceOf(pod) : "down",
        old: isOld && ordinal >= from ? pod : undefined,
      });
    }
    // In order, nothing is down here.
    const doomed = podsToReplace(states, maxUnavailable(set));
    return runAll(doomed.slice(0, maxPodsAtOnce), (pod) => this.#delete(pod));
  }

  #serviceOf(pod: Pod): UpdateState["service"] {
    if (!isRunningAndReady(pod)) return "down";
    return this.#work.isAvailable(pod) ? "available" : "ready";
  }
}

/** Pods that a rolling update may have down at once: at least one, or it would never begin. */
function maxUnavailable(set: StatefulSet): number {
  const wanted = set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
  return Math.max(1, scaledValue(wanted, set.spec.replicas ?? 1, false));
}

/** Every call, whichever of the others fail; the first failure is what went wrong. */
async function runAll<T>(items: readonly T[], call: (item: T) => Promise<void>): Promise<Progress> {
  const left = items.values();
  const errors: unknown[] = [];
  const work = async (): Promise<void> => {
    for (const item of left) {
      try {
        await call(item);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(callsAtOnce, items.length) }, work));
  return errors.length === 0 ? settled : { state: "failed", error: errors[0] };
}
