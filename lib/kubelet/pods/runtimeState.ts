import type { ContainerRuntime, ContainerStatus, PodSandboxStatus } from "../cri/runtime.js";
import { runtimeLabels } from "./podIdentity.js";

/** What the runtime has of one pod. */
export interface PodRuntimeState {
  /** Newest first. */
  readonly sandboxes: readonly PodSandboxStatus[];
  /** By container name, newest first. */
  readonly containers: ReadonlyMap<string, readonly ContainerStatus[]>;
}

export const emptyRuntimeState: PodRuntimeState = { sandboxes: [], containers: new Map() };

/** The newest instance of a container, running or not. */
export function newest(state: PodRuntimeState, name: string): ContainerStatus | undefined {
  return state.containers.get(name)?.[0];
}

export function runningContainers(state: PodRuntimeState): ContainerStatus[] {
  return [...state.containers.values()]
    .flat()
    .filter((status) => status.state === "running" || status.state === "unknown");
}

/** Asks the runtime for everything it has of a pod. */
export async function readRuntimeState(
  runtime: ContainerRuntime,
  uid: string,
): Promise<PodRuntimeState> {
  const labels = { [runtimeLabels.podUid]: uid };
  const [sandboxes, containers] = await Promise.all([
    runtime.listPodSandboxes(labels),
    runtime.listContainers(labels),
  ]);
  const [sandboxStatuses, containerStatuses] = await Promise.all([
    Promise.all(sandboxes.map((sandbox) => runtime.podSandboxStatus(sandbox.id))),
    Promise.all(containers.map((container) => runtime.containerStatus(container.id))),
  ]);
  const byName = new Map<string, ContainerStatus[]>();
  for (const status of containerStatuses) {
    if (!status) continue;
    const name = status.labels[runtimeLabels.containerName] ?? status.metadata.name;
    const list = byName.get(name);
    if (list) list.push(status);
    else byName.set(name, [status]);
  }
  for (const list of byName.values()) {
    list.sort((a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAt - a.createdAt);
  }
  return {
    sandboxes: sandboxStatuses
      .filter((status) => status !== undefined)
      .sort((a, b) => b.createdAt - a.createdAt),
    containers: byName,
  };
}
