import type { Container, Pod } from "../../api/gen/types/coreV1.js";
import type { ContainerStatus } from "../cri/runtime.js";
import {
  containerHash,
  isRestartableInit,
  type PodContainer,
  runtimeAnnotations,
} from "./podIdentity.js";
import { newest, type PodRuntimeState } from "./runtimeState.js";

export interface ContainerToKill {
  readonly status: ContainerStatus;
  readonly container: Container;
  readonly reason: "LivenessProbe" | "StartupProbe" | "Changed" | "Unknown";
  readonly message: string;
}

/** What must happen to bring a pod from what the runtime has to what its spec says. */
export interface PodActions {
  /** Stop everything of the pod, the sandbox too. */
  readonly killPod: boolean;
  /** Then (or else) make a new sandbox with this attempt. */
  readonly createSandbox: boolean;
  readonly attempt: number;
  readonly toKill: readonly ContainerToKill[];
  /** In order; init containers wait for each other. */
  readonly toStart: readonly PodContainer[];
}

/** What probes say, which the actions depend on. */
export interface ProbeVerdicts {
  livenessFailed(containerId: string): boolean;
  startupFailed(containerId: string): boolean;
  /** A container without a startup probe has started once it runs. */
  hasStarted(containerId: string): boolean;
}

const isRunning = (status: ContainerStatus | undefined): boolean => status?.state === "running";
const hasExited = (status: ContainerStatus | undefined): boolean => status?.state === "exited";
const hasSucceeded = (status: ContainerStatus | undefined): boolean =>
  hasExited(status) && status?.exitCode === 0;

/** KEP-5307: the first rule that fits the exit code overrules the policies. */
function restartRuleMatches(container: Container, exitCode: number): boolean {
  return (container.restartPolicyRules ?? []).some(({ action, exitCodes }) => {
    if (action !== "Restart" || !exitCodes) return false;
    const isListed = (exitCodes.values ?? []).includes(exitCode);
    return exitCodes.operator === "NotIn" ? !isListed : isListed;
  });
}

/** Whether a regular container that is not running starts (again), by the pod's restart policy. */
export function shouldRestart(
  pod: Pod,
  container: Container,
  status: ContainerStatus | undefined,
): boolean {
  if (pod.metadata.deletionTimestamp) return false;
  if (!status || status.state === "created" || status.state === "unknown") return true;
  if (status.state === "running") return false;
  if (restartRuleMatches(container, status.exitCode)) return true;
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? "Always";
  if (policy === "Never") return false;
  if (policy === "OnFailure") return status.exitCode !== 0;
  return true;
}

/** Whether the sandbox that there is must go, and whether a new one is needed. */
function sandboxChange(pod: Pod, state: PodRuntimeState): { changed: boolean; attempt: number } {
  const [latest] = state.sandboxes;
  if (!latest) return { changed: true, attempt: 0 };
  const ready = state.sandboxes.filter((sandbox) => sandbox.state === "ready");
  const next = latest.metadata.attempt + 1;
  if (ready.length > 1 || latest.state !== "ready") return { changed: true, attempt: next };
  const wantsHostNetwork = pod.spec.hostNetwork === true;
  if ((latest.networkMode === "node") !== wantsHostNetwork) return { changed: true, attempt: next };
  if (!wantsHostNetwork && latest.ip === "") return { changed: true, attempt: next };
  return { changed: false, attempt: latest.metadata.attempt };
}

function isHashCurrent(container: Container, status: ContainerStatus): boolean {
  const hash = status.annotations[runtimeAnnotations.hash];
  return hash === undefined || hash === containerHash(container);
}

function asPart(kind: PodContainer["kind"]) {
  return (container: Container): PodContainer => ({ kind, container });
}

/**
 * With a new sandbox: the first init container, or else the containers that policy lets run again.
 */
function actionsForNewSandbox(pod: Pod, state: PodRuntimeState, attempt: number): PodActions {
  const init = pod.spec.initContainers ?? [];
  const wanted = pod.spec.containers.filter((container) =>
    attempt === 0
      ? true
      : shouldRestart(pod, container, asExited(newest(state, container.name ?? ""))),
  );
  // A pod that never restarts has had its chance, also where some container of it has not begun.
  const isOver = attempt > 0 && pod.spec.restartPolicy === "Never" && state.containers.size > 0;
  if (isOver || wanted.length === 0 || pod.metadata.deletionTimestamp) {
    return { killPod: true, createSandbox: false, attempt, toKill: [], toStart: [] };
  }
  const toStart =
    init.length > 0 ? [asPart("init")(init[0] as Container)] : wanted.map(asPart("regular"));
  return { killPod: true, createSandbox: true, attempt, toKill: [], toStart };
}

/** A container of a sandbox that is gone counts as ended, whatever the runtime last saw. */
function asExited(status: ContainerStatus | undefined): ContainerStatus | undefined {
  return status && status.state !== "exited"
    ? { ...status, state: "exited", exitCode: 137 }
    : status;
}

interface InitProgress {
  readonly done: boolean;
  /** A failed init container whose policy is Never: the pod fails. */
  readonly failed: boolean;
  readonly toStart: Container[];
  readonly toKill: ContainerToKill[];
}

function initProgress(pod: Pod, state: PodRuntimeState, probes: ProbeVerdicts): InitProgress {
  const toStart: Container[] = [];
  const toKill: ContainerToKill[] = [];
  const init = pod.spec.initContainers ?? [];
  // While a regular container runs, the ordinary init containers are history; sidecars go on. One
  // that has ended says nothing: it may be of an earlier sandbox, whose init must happen again.
  const isPast = pod.spec.containers.some((container) => {
    const status = newest(state, container.name);
    return status?.state === "running" || status?.state === "created";
  });
  for (const container of init) {
    const status = newest(state, container.name);
    if (isRestartableInit(container)) {
      const kill = status && isRunning(status) ? probeKill(container, status, probes) : undefined;
      if (kill) toKill.push(willRestart(kill));
      if (!isRunning(status) || kill) toStart.push(container);
      const started = status && isRunning(status) && !kill && probes.hasStarted(status.id);
      if (!started && !isPast) return { done: false, failed: false, toStart, toKill };
      continue;
    }
    if (isPast || hasSucceeded(status)) continue;
    if (isRunning(status)) return { done: false, failed: false, toStart, toKill };
    if (hasExited(status) && pod.spec.restartPolicy === "Never") {
      return { done: false, failed: true, toStart: [], toKill };
    }
    if (status?.state === "unknown") {
      toKill.push({ status, container, reason: "Unknown", message: "is in an unknown state" });
    }
    toStart.push(container);
    return { done: false, failed: false, toStart, toKill };
  }
  return { done: true, failed: false, toStart, toKill };
}

function probeKill(
  container: Container,
  status: ContainerStatus,
  probes: ProbeVerdicts,
): ContainerToKill | undefined {
  if (probes.startupFailed(status.id)) {
    const message = `Container ${container.name} failed startup probe`;
    return { status, container, reason: "StartupProbe", message };
  }
  if (probes.livenessFailed(status.id)) {
    const message = `Container ${container.name} failed liveness probe`;
    return { status, container, reason: "LivenessProbe", message };
  }
  return undefined;
}

const willRestart = (kill: ContainerToKill): ContainerToKill => ({
  ...kill,
  message: `${kill.message}, will be restarted`,
});

function regularActions(
  pod: Pod,
  state: PodRuntimeState,
  probes: ProbeVerdicts,
): { toStart: Container[]; toKill: ContainerToKill[]; kept: number } {
  const toStart: Container[] = [];
  const toKill: ContainerToKill[] = [];
  let kept = 0;
  for (const container of pod.spec.containers) {
    const status = newest(state, container.name);
    if (!status || !isRunning(status)) {
      if (status?.state === "unknown") {
        toKill.push({ status, container, reason: "Unknown", message: "is in an unknown state" });
      }
      if (shouldRestart(pod, container, status)) toStart.push(container);
      continue;
    }
    const changed: ContainerToKill | undefined = isHashCurrent(container, status)
      ? undefined
      : {
          status,
          container,
          reason: "Changed",
          message: `Container ${container.name} definition changed`,
        };
    const kill = changed ?? probeKill(container, status, probes);
    if (!kill) {
      kept++;
      continue;
    }
    const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? "Always";
    const restarts = changed !== undefined || policy !== "Never";
    if (restarts) toStart.push(container);
    toKill.push(restarts ? willRestart(kill) : kill);
  }
  return { toStart, toKill, kept };
}

/** Pure: the same pod, state and verdicts give the same actions. */
export function computePodActions(
  pod: Pod,
  state: PodRuntimeState,
  probes: ProbeVerdicts,
): PodActions {
  const sandbox = sandboxChange(pod, state);
  if (sandbox.changed) return actionsForNewSandbox(pod, state, sandbox.attempt);
  const base = { killPod: false, createSandbox: false, attempt: sandbox.attempt };
  const ephemeral = (pod.spec.ephemeralContainers ?? [])
    .filter((container) => !newest(state, container.name ?? ""))
    .map((container) => asPart("ephemeral")(container as Container));
  const init = initProgress(pod, state, probes);
  if (init.failed) return { ...base, killPod: true, toKill: [], toStart: [] };
  if (!init.done) {
    return {
      ...base,
      toKill: init.toKill,
      toStart: [...ephemeral, ...init.toStart.map(asPart("init"))],
    };
  }
  const regular = regularActions(pod, state, probes);
  if (regular.kept === 0 && regular.toStart.length === 0) {
    // Sidecars end with the pod, after the regular containers have.
    return { ...base, killPod: true, toKill: [], toStart: [] };
  }
  return {
    ...base,
    toKill: [...init.toKill, ...regular.toKill],
    toStart: [
      ...ephemeral,
      ...init.toStart.map(asPart("init")),
      ...regular.toStart.map(asPart("regular")),
    ],
  };
}
