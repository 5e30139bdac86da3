import type {
  ContainerStatus as ApiContainerStatus,
  Pod,
  PodCondition,
} from "../../api/gen/types/coreV1.js";
import {
  type AllContainerStatuses,
  containerStatuses,
  endedStatuses,
  type StatusInputs,
} from "./containerStatuses.js";
import {
  finalPhase,
  type KubeletCondition,
  type KubeletConditionType,
  type KubeletStatus,
} from "./kubeletStatus.js";
import { sinceOver } from "./mergePodStatus.js";
import { isRestartableInit } from "./podIdentity.js";
import { qosClass } from "./quality.js";
import { type PodRuntimeState, runningContainers } from "./runtimeState.js";

export interface PodStatusInputs extends StatusInputs {
  readonly hostIps: readonly string[];
  /** RFC 3339, now. */
  readonly now: string;
  /** What this kubelet last said of the pod; undefined: the API tells what an earlier one said. */
  readonly known: KubeletStatus | undefined;
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

interface ConditionInput extends Pick<PodCondition, "status" | "reason" | "message"> {
  readonly type: KubeletConditionType;
}

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

type Conditions = readonly PodCondition[] | undefined;

/** Since when a condition has its status: as the API has it, or as was said here since. */
function transitionTime(
  { type, status }: ConditionInput,
  api: Conditions,
  known: Conditions,
  now: string,
): string {
  const held = api?.find((condition) => condition.type === type);
  if (held?.status === status && held.lastTransitionTime) return held.lastTransitionTime;
  const told = known?.find((condition) => condition.type === type);
  return told?.status === status ? sinceOver(told, held, now) : now;
}

/**
 * Pure: the kubelet's part of the pod's status, from its spec, what the runtime has, what the API's
 * status says (`pod.status`: gates, a final phase, what an earlier kubelet told) and what was last
 * said here.
 */
export function podStatus(
  pod: Pod,
  state: PodRuntimeState,
  inputs: PodStatusInputs,
): KubeletStatus {
  const { verdict, known, now } = inputs;
  const old = known ?? pod.status;
  const seen = containerStatuses(pod, state, inputs, old);
  const phase: Phase =
    // A phase that is final stays, whoever said it.
    finalPhase(pod.status) ??
    finalPhase(known) ??
    (verdict ? "Failed" : phaseOf(pod, seen, inputs.isTerminated));
  const statuses = inputs.isTerminated ? endedStatuses(seen) : seen;
  const [sandbox] = state.sandboxes;
  const hasNetwork = sandbox?.state === "ready";
  const own = sandbox && hasNetwork ? [sandbox.ip, ...sandbox.additionalIps] : [];
  const ips = pod.spec.hostNetwork ? inputs.hostIps : own.filter((ip) => ip !== "");
  const shownIps = ips.length > 0 ? ips : (old?.podIPs ?? []).map((entry) => entry.ip);
  const generation = pod.metadata.generation;
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  const fresh: ConditionInput[] = [
    { type: "PodReadyToStartContainers", status: hasNetwork ? "True" : "False" },
    initialized(pod, statuses, phase),
    ...readiness(pod, statuses, phase),
    { type: "PodScheduled", status: "True" },
  ];
  const conditions = fresh.map((condition): KubeletCondition => {
    const since = transitionTime(condition, pod.status?.conditions, known?.conditions, now);
    return { ...condition, lastTransitionTime: since, ...observed };
  });
  const [hostIp] = inputs.hostIps;
  return {
    ...observed,
    phase,
    conditions,
    ...endReason(pod, inputs),
    ...(hostIp ? { hostIP: hostIp, hostIPs: inputs.hostIps.map((ip) => ({ ip })) } : {}),
    ...(shownIps[0] ? { podIP: shownIps[0], podIPs: shownIps.map((ip) => ({ ip })) } : {}),
    startTime: old?.startTime ?? pod.status?.startTime ?? now,
    ...(statuses.init.length > 0 ? { initContainerStatuses: statuses.init } : {}),
    containerStatuses: statuses.regular,
    ...(statuses.ephemeral.length > 0 ? { ephemeralContainerStatuses: statuses.ephemeral } : {}),
    qosClass: pod.status?.qosClass ?? old?.qosClass ?? qosClass(pod),
  };
}

/**
 * What is said of a status for now: a final phase only when nothing of the pod runs, since who
 * waits for it may then go on.
 */
export function sayableStatus(
  status: KubeletStatus,
  pod: Pod,
  state: PodRuntimeState,
  known: KubeletStatus | undefined,
): KubeletStatus {
  const wasFinal = finalPhase(pod.status) ?? finalPhase(known);
  const isFinal = finalPhase(status) !== undefined;
  if (!isFinal || wasFinal !== undefined || runningContainers(state).length === 0) return status;
  const { reason: _reason, message: _message, ...rest } = status;
  return { ...rest, phase: (known ?? pod.status)?.phase ?? "Pending" };
}

/** Why it ended, by who ended it first; of a pod that has not ended there is nothing to say. */
function endReason(
  pod: Pod,
  { known, verdict }: PodStatusInputs,
): Pick<KubeletStatus, "reason" | "message"> {
  const ended = [pod.status, known].find((status) => finalPhase(status) !== undefined);
  const { reason, message } = ended ?? verdict ?? {};
  return { ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
}
