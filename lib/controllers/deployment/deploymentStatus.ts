import { type Deadline, deadlineAfter } from "../../api/deadline.js";
import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
} from "../../api/gen/types/appsV1.js";
import { formatTime, parseTime } from "../../api/time.js";
import { findCondition, withoutCondition } from "../conditions.js";
import {
  desiredReplicas,
  hasProgressDeadline,
  maxUnavailable,
  sumReplicas,
  sumStatus,
} from "./rollout.js";

export function newCondition(
  type: string,
  status: "True" | "False" | "Unknown",
  reason: string,
  message: string,
  nowMilliseconds: number,
): DeploymentCondition {
  const now = formatTime(nowMilliseconds);
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message };
}

/** Sets the condition; one of the same status and reason is left as it is. */
export function setCondition(status: DeploymentStatus, condition: DeploymentCondition): void {
  const type = condition.type ?? "";
  const current = findCondition(status.conditions, type);
  if (current?.status === condition.status && current?.reason === condition.reason) return;
  const since =
    current?.status === condition.status && current?.lastTransitionTime !== undefined
      ? { lastTransitionTime: current.lastTransitionTime }
      : {};
  status.conditions = [...withoutCondition(status.conditions, type), { ...condition, ...since }];
}

export function removeCondition(status: DeploymentStatus, type: string): void {
  if (status.conditions !== undefined)
    status.conditions = withoutCondition(status.conditions, type);
}

/** Counts and the Available condition. */
export function calculateStatus(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  nowMilliseconds: number,
): DeploymentStatus {
  const available = sumStatus(sets, "availableReplicas");
  const collisionCount = deployment.status?.collisionCount;
  const conditions = deployment.status?.conditions;
  const status: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sumStatus(sets, "replicas"),
    updatedReplicas: sumStatus([newSet], "replicas"),
    readyReplicas: sumStatus(sets, "readyReplicas"),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sumReplicas(sets) - available),
    terminatingReplicas: sumStatus(sets, "terminatingReplicas"),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions === undefined ? {} : { conditions }),
  };
  const enough = available >= desiredReplicas(deployment) - maxUnavailable(deployment);
  setCondition(
    status,
    enough
      ? newCondition(
          "Available",
          "True",
          "MinimumReplicasAvailable",
          "Deployment has minimum availability.",
          nowMilliseconds,
        )
      : newCondition(
          "Available",
          "False",
          "MinimumReplicasUnavailable",
          "Deployment does not have minimum availability.",
          nowMilliseconds,
        ),
  );
  return status;
}

export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const desired = desiredReplicas(deployment);
  return (
    (status.updatedReplicas ?? 0) === desired &&
    (status.replicas ?? 0) === desired &&
    (status.availableReplicas ?? 0) === desired &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function isProgressing(deployment: Deployment, status: DeploymentStatus): boolean {
  const old = deployment.status ?? {};
  const count = (value: number | undefined): number => value ?? 0;
  const left = (of: DeploymentStatus) => count(of.replicas) - count(of.updatedReplicas);
  return (
    count(status.updatedReplicas) > count(old.updatedReplicas) ||
    left(status) < left(old) ||
    count(status.readyReplicas) > count(old.readyReplicas) ||
    count(status.availableReplicas) > count(old.availableReplicas)
  );
}

export function isTimedOut(
  deployment: Deployment,
  status: DeploymentStatus,
  nowMilliseconds: number,
): boolean {
  if (!hasProgressDeadline(deployment)) return false;
  const condition = findCondition(status.conditions, "Progressing");
  if (condition === undefined) return false;
  if (hasEnded(condition)) return condition.reason === "ProgressDeadlineExceeded";
  // It has not passed at the very moment, as upstream has it.
  return progressDeadline(deployment, condition, nowMilliseconds - 1).state === "passed";
}

/** Whether the rollout that a Progressing condition tells of is over: its deadline runs no more. */
export function hasEnded({ reason }: DeploymentCondition): boolean {
  return reason === "NewReplicaSetAvailable" || reason === "ProgressDeadlineExceeded";
}

/** Until when the rollout must progress again: from when it last did. */
export function progressDeadline(
  deployment: Deployment,
  { lastTransitionTime, lastUpdateTime }: DeploymentCondition,
  nowMilliseconds: number,
): Deadline {
  const milliseconds = (deployment.spec.progressDeadlineSeconds ?? 0) * 1000;
  const deadline = deadlineAfter(lastUpdateTime, milliseconds, nowMilliseconds);
  if (deadline.state !== "unset") return deadline;
  return deadlineAfter(lastTransitionTime, milliseconds, nowMilliseconds);
}

/** The Progressing and ReplicaFailure conditions of a rollout. */
export function rolloutConditions(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  status: DeploymentStatus,
  nowMilliseconds: number,
): void {
  if (!hasProgressDeadline(deployment)) removeCondition(status, "Progressing");
  const current = findCondition(deployment.status?.conditions, "Progressing");
  const wasComplete =
    status.replicas === status.updatedReplicas && current?.reason === "NewReplicaSetAvailable";
  if (hasProgressDeadline(deployment) && !wasComplete) {
    setProgressing(deployment, newSet, status, current, nowMilliseconds);
  }
  const failure = failureOf(sets, newSet);
  if (failure === undefined) removeCondition(status, "ReplicaFailure");
  else {
    const { reason = "", message = "" } = failure;
    const condition = newCondition("ReplicaFailure", "True", reason, message, nowMilliseconds);
    setCondition(status, { ...condition, ...failure, lastUpdateTime: condition.lastUpdateTime! });
  }
}

function setProgressing(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  status: DeploymentStatus,
  current: DeploymentCondition | undefined,
  nowMilliseconds: number,
): void {
  const what =
    newSet === undefined
      ? `Deployment "${deployment.metadata.name}"`
      : `ReplicaSet "${newSet.metadata.name}"`;
  const make = (state: "True" | "False", reason: string, message: string) =>
    newCondition("Progressing", state, reason, `${what} ${message}`, nowMilliseconds);
  if (isComplete(deployment, status)) {
    setCondition(status, make("True", "NewReplicaSetAvailable", "has successfully progressed."));
  } else if (isProgressing(deployment, status)) {
    // The time of the last progress is what the deadline counts from.
    const condition = make("True", "ReplicaSetUpdated", "is progressing.");
    if (current?.status === "True" && current.lastTransitionTime !== undefined) {
      condition.lastTransitionTime = current.lastTransitionTime;
    }
    removeCondition(status, "Progressing");
    setCondition(status, condition);
  } else if (current !== undefined && !hasPast(current, nowMilliseconds)) {
    // Somebody took its times away, or wrote them by a clock that is ahead: count from now.
    const { lastTransitionTime = "", lastUpdateTime = "" } = make("True", "", "");
    removeCondition(status, "Progressing");
    setCondition(status, { ...current, lastTransitionTime, lastUpdateTime });
  } else if (isTimedOut(deployment, status, nowMilliseconds)) {
    setCondition(status, make("False", "ProgressDeadlineExceeded", "has timed out progressing."));
  }
}

function hasPast(
  { lastTransitionTime, lastUpdateTime }: DeploymentCondition,
  nowMilliseconds: number,
): boolean {
  const since = parseTime(lastUpdateTime) ?? parseTime(lastTransitionTime);
  return since !== undefined && since <= nowMilliseconds;
}

function failureOf(sets: readonly ReplicaSet[], newSet: ReplicaSet | undefined) {
  const ordered = newSet === undefined ? sets : [newSet, ...sets];
  for (const set of ordered) {
    const failure = findCondition(set.status?.conditions, "ReplicaFailure");
    if (failure !== undefined) return failure;
  }
  return undefined;
}
