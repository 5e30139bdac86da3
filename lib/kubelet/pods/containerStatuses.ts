import type {
  ContainerState as ApiContainerState,
  ContainerStatus as ApiContainerStatus,
  Container,
  Pod,
  PodStatus,
  VolumeMountStatus,
} from "../../api/gen/types/coreV1.js";
import { formatDurationMilliseconds, formatTime } from "../../api/time.js";
import type { ContainerStatus } from "../cri/runtime.js";
import { shouldRestart } from "./podActions.js";
import { isRestartableInit, podFullName } from "./podIdentity.js";
import type { PodRuntimeState } from "./runtimeState.js";

/**
 * Why a container that should run does not: what the last attempt to start it said, or its backoff.
 */
export interface WaitingReason {
  readonly reason: string;
  readonly message: string;
}

export interface StatusInputs {
  readonly runtimeName: string;
  /** By container name. */
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  isReady(containerId: string): boolean;
  hasStarted(containerId: string): boolean;
}

const fromNanoseconds = (nanoseconds: number): string =>
  formatTime(Math.floor(nanoseconds / 1_000_000));

function terminated(status: ContainerStatus, runtimeName: string): ApiContainerState {
  const reason =
    status.reason !== "" ? status.reason : status.exitCode === 0 ? "Completed" : "Error";
  return {
    terminated: {
      exitCode: status.exitCode,
      reason,
      ...(status.message === "" ? {} : { message: status.message }),
      startedAt: fromNanoseconds(status.startedAt),
      finishedAt: fromNanoseconds(status.finishedAt),
      containerID: `${runtimeName}://${status.id}`,
    },
  };
}

function stateOf(status: ContainerStatus, runtimeName: string): ApiContainerState {
  switch (status.state) {
    case "running":
      return { running: { startedAt: fromNanoseconds(status.startedAt) } };
    case "exited":
      return terminated(status, runtimeName);
    default:
      return { waiting: { reason: "ContainerCreating" } };
  }
}

type ContainerKind = "init" | "regular" | "ephemeral";

/** What was last said of the pod's containers. */
export type PreviousStatuses =
  | Pick<PodStatus, "containerStatuses" | "initContainerStatuses" | "ephemeralContainerStatuses">
  | undefined;

function previousStatus(old: PreviousStatuses, name: string): ApiContainerStatus | undefined {
  const all = [
    ...(old?.containerStatuses ?? []),
    ...(old?.initContainerStatuses ?? []),
    ...(old?.ephemeralContainerStatuses ?? []),
  ];
  return all.find((status) => status.name === name);
}

/** Nothing below a read-only mount is made read-only with it. */
function volumeMounts(container: Container): { volumeMounts?: VolumeMountStatus[] } {
  const mounts = (container.volumeMounts ?? []).map(
    ({ name, mountPath, readOnly }): VolumeMountStatus => ({
      name,
      mountPath,
      ...(readOnly ? { readOnly, recursiveReadOnly: "Disabled" } : {}),
    }),
  );
  return mounts.length > 0 ? { volumeMounts: mounts } : {};
}

/** What a container was given: resources cannot be changed while it runs, so it is the spec's. */
function resourcesOf(
  container: Container,
): Pick<ApiContainerStatus, "resources" | "allocatedResources"> {
  const { requests = {}, limits = {} } = container.resources ?? {};
  const hasRequests = Object.keys(requests).length > 0;
  return {
    ...(hasRequests ? { allocatedResources: requests } : {}),
    resources: {
      ...(Object.keys(limits).length > 0 ? { limits } : {}),
      ...(hasRequests ? { requests } : {}),
    },
  };
}

/** A container that the runtime has nothing of: waiting, or what the API last knew of its end. */
function absentStatus(
  pod: Pod,
  container: Container,
  waiting: WaitingReason,
  isRegular: boolean,
  previous: PreviousStatuses,
): ApiContainerStatus {
  const old = previousStatus(previous, container.name);
  const base = {
    name: container.name,
    image: container.image ?? "",
    imageID: "",
    ready: false,
    restartCount: old?.restartCount ?? 0,
    ...(isRegular ? { started: false } : {}),
    ...volumeMounts(container),
  };
  if (old?.state?.terminated) {
    const { containerID } = old;
    return {
      ...base,
      state: old.state,
      ...(old.lastState ? { lastState: old.lastState } : {}),
      ...(containerID ? { containerID } : {}),
      imageID: old.imageID,
    };
  }
  // It ran, and the runtime forgot it: what became of it nobody knows. It counts as one more run.
  if (old?.state?.running) {
    const lost = {
      terminated: {
        exitCode: 137,
        reason: "ContainerStatusUnknown",
        message:
          "The container could not be located when the pod was deleted.  " +
          "The container used to be Running",
      },
    };
    const restartCount = base.restartCount + (pod.metadata.deletionTimestamp ? 0 : 1);
    return { ...base, restartCount, state: { waiting: waitingState(waiting) }, lastState: lost };
  }
  return {
    ...base,
    state: { waiting: waitingState(waiting) },
    ...(old?.lastState ? { lastState: old.lastState } : {}),
  };
}

function waitingState(waiting: WaitingReason): { reason: string; message?: string } {
  return waiting.message === "" ? { reason: waiting.reason } : { ...waiting };
}

/**
 * Whether an ended container shows why it does not run again. One that has had its last run shows
 * how that ended, also where it could not even be started.
 */
function isBetweenRuns(
  pod: Pod,
  container: Container,
  current: ContainerStatus,
  kind: ContainerKind,
): boolean {
  if (current.state !== "exited") return false;
  if (kind === "init" && current.exitCode === 0) return false;
  return shouldRestart(pod, container, current);
}

function presentStatus(
  pod: Pod,
  previous: PreviousStatuses,
  container: Container,
  history: readonly ContainerStatus[],
  inputs: StatusInputs,
  kind: ContainerKind,
): ApiContainerStatus {
  const [current, ...older] = history as [ContainerStatus, ...ContainerStatus[]];
  const { runtimeName } = inputs;
  const isRunning = current.state === "running";
  const started = isRunning && inputs.hasStarted(current.id);
  const runs = kind === "regular" || isRestartableInit(container);
  const ready = runs
    ? started && inputs.isReady(current.id)
    : kind === "init" && current.state === "exited" && current.exitCode === 0;
  const old = previousStatus(previous, container.name);
  const waiting = inputs.waiting.get(container.name);
  let state = stateOf(current, runtimeName);
  let lastState: ApiContainerState | undefined;
  const [before] = older;
  if (before?.state === "exited") lastState = terminated(before, runtimeName);
  else if (old?.lastState && Object.keys(old.lastState).length > 0) lastState = old.lastState;
  if (waiting && isBetweenRuns(pod, container, current, kind)) {
    lastState = state;
    state = { waiting: waitingState(waiting) };
  }
  return {
    name: container.name,
    state,
    lastState: lastState ?? {},
    ready,
    restartCount: current.metadata.attempt,
    image: current.image === "" ? (container.image ?? "") : shownImage(container, current),
    imageID: current.imageRef,
    containerID: `${runtimeName}://${current.id}`,
    ...(kind === "ephemeral" ? {} : { started, ...resourcesOf(container) }),
    ...(current.user
      ? {
          user: {
            linux: {
              uid: current.user.uid,
              gid: current.user.gid,
              supplementalGroups: [...current.user.supplementalGroups],
            },
          },
        }
      : {}),
    ...volumeMounts(container),
  };
}

/** What the user wrote, where the runtime only gives the image's id. */
function shownImage(container: Container, status: ContainerStatus): string {
  return /^sha256:/.test(status.image) ? (container.image ?? status.image) : status.image;
}

function statusesOf(
  pod: Pod,
  containers: readonly Container[],
  state: PodRuntimeState,
  inputs: StatusInputs,
  kind: ContainerKind,
  previous: PreviousStatuses,
): ApiContainerStatus[] {
  const hasInit = (pod.spec.initContainers ?? []).length > 0;
  const fallback: WaitingReason = {
    reason: hasInit ? "PodInitializing" : "ContainerCreating",
    message: "",
  };
  return containers.map((container) => {
    const history = state.containers.get(container.name) ?? [];
    if (history.length > 0) return presentStatus(pod, previous, container, history, inputs, kind);
    const waiting = inputs.waiting.get(container.name) ?? fallback;
    const isRegular = kind === "regular" || isRestartableInit(container);
    return absentStatus(pod, container, waiting, isRegular, previous);
  });
}

/** Of a container that has not been seen to end, though its pod has. */
const lostAtEnd: ApiContainerState = {
  terminated: {
    exitCode: 137,
    reason: "ContainerStatusUnknown",
    message: "The container could not be located when the pod was terminated",
  },
};

/**
 * The statuses of a pod of which nothing runs any more: none is left as if it would run. Init
 * containers that were never begun stay so, except the first.
 */
export function endedStatuses(statuses: AllContainerStatuses): AllContainerStatuses {
  const end = (status: ApiContainerStatus): ApiContainerStatus =>
    status.state?.terminated ? status : { ...status, ready: false, state: lostAtEnd };
  const begun = statuses.init.findLastIndex((status) => status.state?.waiting === undefined);
  return {
    init: statuses.init.map((status, at) => (at <= Math.max(begun, 0) ? end(status) : status)),
    regular: statuses.regular.map(end),
    ephemeral: statuses.ephemeral,
  };
}

export interface AllContainerStatuses {
  readonly init: ApiContainerStatus[];
  readonly regular: ApiContainerStatus[];
  readonly ephemeral: ApiContainerStatus[];
}

/**
 * The container statuses as the API shows them, from what the runtime has and what starting them
 * said.
 */
export function containerStatuses(
  pod: Pod,
  state: PodRuntimeState,
  inputs: StatusInputs,
  previous: PreviousStatuses,
): AllContainerStatuses {
  const ephemeral = (pod.spec.ephemeralContainers ?? []) as Container[];
  return {
    init: statusesOf(pod, pod.spec.initContainers ?? [], state, inputs, "init", previous),
    regular: statusesOf(pod, pod.spec.containers, state, inputs, "regular", previous),
    ephemeral: statusesOf(pod, ephemeral, state, inputs, "ephemeral", previous),
  };
}

/** Upstream's message for a container that waits before it starts again. */
export function backOffMessage(pod: Pod, container: Container, delayMilliseconds: number): string {
  const shown = formatDurationMilliseconds(Math.round(delayMilliseconds / 1000) * 1000);
  return `back-off ${shown} restarting failed container=${container.name} pod=${podFullName(pod)}`;
}
