import type {
  ContainerStatus as ApiContainerStatus,
  Pod,
  PodCondition,
  PodStatus,
} from "../../api/gen/types/coreV1.js";
import {
  type AllContainerStatuses,
  containerStatuses,
  type StatusInputs,
} from "./containerStatuses.js";
import { isRestartableInit } from "./podIdentity.js";
import { qosClass } from "./quality.js";
import type { PodRuntimeState } from "./runtimeState.js";

export interface PodStatusInputs extends StatusInputs {
  readonly hostIps: readonly string[];
  /** RFC 3339, now. */
  readonly now: string;
  /** The kubelet decided that the pod is over (deadline, eviction, admission). */
  readonly verdict?: {
    readonly phase: "Failed";
    readonly reason: string;
    readonly message: string;
  };
  /** Nothing of the pod runs any more, and nothing will. */
  readonly isTerminated: boolean;
}

type Phase = "Pending" | "Running" | "Succeeded" | "Failed";

interface Tally {
  waiting: number;
  running: number;
  stopped: number;
  succeeded: number;
}

/**
 * Upstream's getPhase: init containers hold a pod Pending; then the regular ones decide, and a
 * sidecar that still runs keeps it Running.
 */
function phaseOf(pod: Pod, statuses: AllContainerStatuses, isTerminated: boolean): Phase {
  const specs = pod.spec.initContainers ?? [];
  let sidecarsRunning = 0;
  for (const [index, status] of statuses.init.entries()) {
    const spec = specs[index];
    if (spec && isRestartableInit(spec)) {
      if (status.state?.running) sidecarsRunning++;
      const hasEnded = status.state?.terminated ?? status.lastState?.terminated;
      const isUp = status.state?.running ? status.started === true : hasEnded !== undefined;
      if (!isUp && !anyRegularRan(statuses)) return "Pending";
      continue;
    }
    const end = status.state?.terminated ?? status.lastState?.terminated;
    if (status.state?.terminated?.exitCode === 0) continue;
    if (end && end.exitCode !== 0 && pod.spec.restartPolicy === "Never") return "Failed";
    return isTerminated ? "Failed" : "Pending";
  }
  const tally: Tally = { waiting: 0, running: 0, stopped: 0, succeeded: 0 };
  for (const status of statuses.regular) count(status, tally);
  if (tally.waiting > 0) return isTerminated ? "Failed" : "Pending";
  if (tally.running + sidecarsRunning > 0) return "Running";
  if (tally.stopped === 0) return "Pending";
  if (pod.spec.restartPolicy === "Always" && !isTerminated) return "Running";
  if (tally.stopped === tally.succeeded) return "Succeeded";
  if (pod.spec.restartPolicy === "Never" || isTerminated) return "Failed";
  return "Running";
}

function anyRegularRan(statuses: AllContainerStatuses): boolean {
  return statuses.regular.some((status) => status.containerID !== undefined);
}

function count(status: ApiContainerStatus, tally: Tally): void {
  if (status.state?.running) tally.running++;
  else if (status.state?.terminated) {
    tally.stopped++;
    if (status.state.terminated.exitCode === 0) tally.succeeded++;
  } else if (status.lastState?.terminated) {
    // Between two runs: it counts as ended, so that a crash loop shows as Running.
    tally.stopped++;
  } else tally.waiting++;
}

type ConditionInput = Pick<PodCondition, "type" | "status" | "reason" | "message">;

function names(list: readonly ApiContainerStatus[]): string {
  return `[${list.map((status) => status.name).join(" ")}]`;
}

function closedGate(pod: Pod, gate: string): string {
  const there = pod.status?.conditions?.find((condition) => condition.type === gate);
  return there
    ? `the status of pod readiness gate "${gate}" is not "True", but ${there.status}`
    : `corresponding condition of pod readiness gate "${gate}" does not exist.`;
}

function readiness(pod: Pod, statuses: AllContainerStatuses, phase: Phase): ConditionInput[] {
  const specs = pod.spec.initContainers ?? [];
  const sidecars = statuses.init.filter((_, i) => specs[i] && isRestartableInit(specs[i]));
  const unready = [...sidecars, ...statuses.regular].filter((status) => !status.ready);
  let containers: ConditionInput = { type: "ContainersReady", status: "True" };
  if (phase === "Succeeded" || phase === "Failed") {
    const reason = phase === "Succeeded" ? "PodCompleted" : "PodFailed";
    containers = { type: "ContainersReady", status: "False", reason };
  } else if (unready.length > 0) {
    containers = {
      type: "ContainersReady",
      status: "False",
      reason: "ContainersNotReady",
      message: `containers with unready status: ${names(unready)}`,
    };
  }
  const gates = (pod.spec.readinessGates ?? []).map((gate) => gate.conditionType);
  const closed = gates.filter(
    (gate) => !pod.status?.conditions?.some((c) => c.type === gate && c.status === "True"),
  );
  let ready: ConditionInput = { ...containers, type: "Ready" };
  if (ready.status === "True" && closed.length > 0) {
    const message = closed.map((gate) => closedGate(pod, gate)).join(", ");
    ready = { type: "Ready", status: "False", reason: "ReadinessGatesNotReady", message };
  }
  return [ready, containers];
}

function initialized(pod: Pod, statuses: AllContainerStatuses, phase: Phase): ConditionInput {
  const specs = pod.spec.initContainers ?? [];
  const pending = statuses.init.filter((status, i) => {
    const spec = specs[i];
    if (spec && isRestartableInit(spec)) return status.started !== true;
    return !status.ready;
  });
  if (phase === "Succeeded") {
    return { type: "Initialized", status: "True", reason: "PodCompleted" };
  }
  if (pending.length > 0 && !anyRegularRan(statuses)) {
    return {
      type: "Initialized",
      status: "False",
      reason: "ContainersNotInitialized",
      message: `containers with incomplete status: ${names(pending)}`,
    };
  }
  return { type: "Initialized", status: "True" };
}

/**
 * Conditions of the kubelet's keep their transition time while their status stays; others' are kept
 * whole.
 */
function mergeConditions(
  old: readonly PodCondition[],
  fresh: readonly ConditionInput[],
  now: string,
  generation: number | undefined,
): PodCondition[] {
  const own = new Set(fresh.map((condition) => condition.type));
  const merged = fresh.map((condition): PodCondition => {
    const before = old.find((other) => other.type === condition.type);
    const lastTransitionTime =
      before?.status === condition.status ? (before.lastTransitionTime ?? now) : now;
    return {
      ...condition,
      lastTransitionTime,
      lastProbeTime: null as unknown as string,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
  });
  return [...merged, ...old.filter((condition) => !own.has(condition.type))];
}

/** Pure: the pod's whole status from its spec, what the runtime has and what the API knew. */
export function podStatus(pod: Pod, state: PodRuntimeState, inputs: PodStatusInputs): PodStatus {
  const statuses = containerStatuses(pod, state, inputs);
  const old = pod.status;
  const verdict = inputs.verdict;
  let phase: Phase = verdict ? "Failed" : phaseOf(pod, statuses, inputs.isTerminated);
  // A phase that is final stays.
  if (old?.phase === "Failed") phase = "Failed";
  if (old?.phase === "Succeeded") phase = "Succeeded";
  const [sandbox] = state.sandboxes;
  const hasNetwork = sandbox?.state === "ready";
  const own = sandbox && hasNetwork ? [sandbox.ip, ...sandbox.additionalIps] : [];
  const ips = pod.spec.hostNetwork ? inputs.hostIps : own.filter((ip) => ip !== "");
  const shownIps = ips.length > 0 ? ips : (old?.podIPs ?? []).map((entry) => entry.ip);
  const conditions = mergeConditions(
    old?.conditions ?? [],
    [
      { type: "PodReadyToStartContainers", status: hasNetwork ? "True" : "False" },
      initialized(pod, statuses, phase),
      ...readiness(pod, statuses, phase),
      { type: "PodScheduled", status: "True" },
    ],
    inputs.now,
    pod.metadata.generation,
  );
  const [hostIp] = inputs.hostIps;
  const generation = pod.metadata.generation;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    conditions,
    ...(verdict ? { reason: verdict.reason, message: verdict.message } : keptReason(old)),
    ...(hostIp ? { hostIP: hostIp, hostIPs: inputs.hostIps.map((ip) => ({ ip })) } : {}),
    ...(shownIps[0] ? { podIP: shownIps[0], podIPs: shownIps.map((ip) => ({ ip })) } : {}),
    startTime: old?.startTime ?? inputs.now,
    ...(statuses.init.length > 0 ? { initContainerStatuses: statuses.init } : {}),
    containerStatuses: statuses.regular,
    ...(statuses.ephemeral.length > 0 ? { ephemeralContainerStatuses: statuses.ephemeral } : {}),
    qosClass: old?.qosClass ?? qosClass(pod),
    ...(old?.nominatedNodeName ? { nominatedNodeName: old.nominatedNodeName } : {}),
  };
}

function keptReason(old: PodStatus | undefined): { reason?: string; message?: string } {
  return {
    ...(old?.reason ? { reason: old.reason } : {}),
    ...(old?.message ? { message: old.message } : {}),
  };
}
