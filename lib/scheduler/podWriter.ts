import { coreV1 } from "../api/gen/resources.js";
import type { Pod, PodCondition } from "../api/gen/types/coreV1.js";
import { formatTime } from "../api/time.js";
import type { Client } from "../client/client.js";
import type { Clock } from "../platform/clock.js";

export interface PodFailure {
  /** `Unschedulable`, or `SchedulerError` when the attempt itself went wrong. */
  readonly reason: "Unschedulable" | "SchedulerError";
  readonly message: string;
  /** undefined leaves it as it is, empty clears it. */
  readonly nominatedNodeName?: string;
}

/** What the scheduler writes of pods: bindings, conditions, nominations, preemptions. */
export class PodWriter {
  readonly #client: Client;
  readonly #clock: Clock;

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async bind(pod: Pod, node: string, signal: AbortSignal): Promise<void> {
    const { namespace = "", name = "", uid = "" } = pod.metadata ?? {};
    await this.#client.resource(coreV1.pods).bind(
      {
        metadata: { namespace, name, uid },
        target: { kind: "Node", name: node },
      },
      { namespace, signal },
    );
  }

  /** Says in the pod's status why it has no node. Nothing is written when it says so already. */
  async reportFailure(pod: Pod, failure: PodFailure, signal: AbortSignal): Promise<void> {
    const { reason, message, nominatedNodeName } = failure;
    const condition = this.#condition(pod, {
      type: "PodScheduled",
      status: "False",
      reason,
      message,
    });
    const before = pod.status?.nominatedNodeName ?? "";
    const nominates = nominatedNodeName !== undefined && nominatedNodeName !== before;
    if (condition === undefined && !nominates) return;
    await this.#patchStatus(
      pod,
      {
        ...(condition === undefined ? {} : { conditions: [condition] }),
        ...(nominates ? { nominatedNodeName: nominatedNodeName || null } : {}),
      },
      signal,
    );
  }

  async clearNomination(pod: Pod, signal: AbortSignal): Promise<void> {
    if (!pod.status?.nominatedNodeName) return;
    await this.#patchStatus(pod, { nominatedNodeName: null }, signal);
  }

  /** Marks a victim as disrupted, then deletes it. */
  async preempt(victim: Pod, schedulerName: string, signal: AbortSignal): Promise<void> {
    const condition = this.#condition(victim, {
      type: "DisruptionTarget",
      status: "True",
      reason: "PreemptionByScheduler",
      message: `${schedulerName}: preempting to accommodate a higher priority pod`,
    });
    if (condition !== undefined) {
      await this.#patchStatus(victim, { conditions: [condition] }, signal);
    }
    const { namespace = "", name = "", uid = "" } = victim.metadata ?? {};
    const pods = this.#client.resource(coreV1.pods);
    await pods.delete(name, { namespace, signal, preconditions: { uid } });
  }

  /** The condition to be written; undefined when the pod has it. */
  #condition(
    pod: Pod,
    wanted: Pick<PodCondition, "type" | "status" | "reason" | "message">,
  ): object | undefined {
    const known = pod.status?.conditions?.find((one) => one.type === wanted.type);
    const observedGeneration = pod.metadata?.generation;
    const same =
      known !== undefined &&
      known.status === wanted.status &&
      known.reason === wanted.reason &&
      known.message === wanted.message &&
      known.observedGeneration === observedGeneration;
    if (same) return undefined;
    const lastTransitionTime =
      known?.status === wanted.status && known?.lastTransitionTime != null
        ? known.lastTransitionTime
        : formatTime(this.#clock.now());
    return {
      ...wanted,
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
      lastProbeTime: null,
      lastTransitionTime,
    };
  }

  async #patchStatus(pod: Pod, status: object, signal: AbortSignal): Promise<void> {
    const { namespace = "", name = "", uid } = pod.metadata ?? {};
    // The UID keeps the patch from a later pod of the same name.
    const body = { metadata: { uid }, status };
    const pods = this.#client.resource(coreV1.pods);
    await pods.patchStatus(name, { type: "strategic", body }, { namespace, signal });
  }
}
