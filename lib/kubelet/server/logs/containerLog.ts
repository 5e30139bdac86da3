import type { ContainerStatus, Pod, PodStatus } from "../../../api/gen/types/coreV1.js";

/** A log that is not there, or not yet; the message is the client's. */
export class LogUnavailableError extends Error {}

function statusOf(status: PodStatus | undefined, name: string): ContainerStatus | undefined {
  return [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ].find((one) => one.name === name);
}

function waitingMessage(where: string, reason: string | undefined): string {
  const start = `${where} is waiting to start: `;
  if (reason === "ErrImagePull") return `${start}image can't be pulled`;
  if (reason === "ImagePullBackOff") return `${start}trying and failing to pull image`;
  return start + (reason ?? "");
}

/**
 * Which instance of a container `kubectl logs` is to read: the runtime's id. Throws
 * LogUnavailableError with upstream's message where there is none.
 */
export function loggedContainerId(pod: Pod, name: string, previous: boolean): string {
  const where = `container "${name}" in pod "${pod.metadata.name}"`;
  const status = statusOf(pod.status, name);
  if (!status) throw new LogUnavailableError(`${where} is not available`);
  const { waiting, running, terminated } = status.state ?? {};
  const last = status.lastState?.terminated;
  const idOf = (text: string | undefined, otherwise: string): string => {
    const id = (text ?? "").replace(/^[^:]*:\/\//, "");
    if (id === "") throw new LogUnavailableError(otherwise);
    return id;
  };
  if (previous) {
    return idOf(last?.containerID, `previous terminated ${where} not found`);
  }
  if (running) return idOf(status.containerID, `${where} is not available`);
  if (terminated) {
    return idOf(terminated.containerID || last?.containerID, `${where} is terminated`);
  }
  if (last) return idOf(last.containerID, `${where} is terminated`);
  if (waiting) throw new LogUnavailableError(waitingMessage(where, waiting.reason));
  throw new LogUnavailableError(`${where} is waiting to start - no logs yet`);
}
