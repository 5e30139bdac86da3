import type { Container, Pod, PodSpec } from "../../../lib/api/gen/types/coreV1.js";
import type { ContainerStatus, PodSandboxStatus } from "../../../lib/kubelet/cri/runtime.js";
import type { ProbeVerdicts } from "../../../lib/kubelet/pods/podActions.js";
import { containerHash, runtimeAnnotations } from "../../../lib/kubelet/pods/podIdentity.js";
import type { PodRuntimeState } from "../../../lib/kubelet/pods/runtimeState.js";

/** Of the virtual clock's first millisecond, as CRI gives it. */
export const startNanoseconds = Date.UTC(2026, 0, 1) * 1e6;

export function container(name: string, more: Partial<Container> = {}): Container {
  return { name, image: `registry.local/${name}:1`, ...more };
}

export function sidecar(name: string, more: Partial<Container> = {}): Container {
  return container(name, { restartPolicy: "Always", ...more });
}

export function pod(spec: Partial<PodSpec> = {}, more: Partial<Pod> = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    ...more,
    metadata: { name: "web", namespace: "default", uid: "u1", ...more.metadata },
    spec: { restartPolicy: "Always", containers: [container("main")], ...spec },
  };
}

export function sandbox(more: Partial<PodSandboxStatus> = {}): PodSandboxStatus {
  return {
    id: "s0",
    metadata: { name: "web", namespace: "default", uid: "u1", attempt: 0 },
    state: "ready",
    createdAt: startNanoseconds,
    labels: {},
    annotations: {},
    ip: "10.1.0.2",
    additionalIps: [],
    networkMode: "pod",
    ...more,
  };
}

/** One instance of a container: running unless told otherwise. */
export function instance(
  spec: Container,
  more: Partial<ContainerStatus> & { readonly attempt?: number } = {},
): ContainerStatus {
  const { attempt = 0, ...rest } = more;
  return {
    id: `${spec.name}-${attempt}`,
    metadata: { name: spec.name, attempt },
    state: "running",
    createdAt: startNanoseconds,
    startedAt: startNanoseconds,
    finishedAt: 0,
    exitCode: 0,
    image: spec.image ?? "",
    imageRef: "sha256:1",
    imageId: "sha256:1",
    reason: "",
    message: "",
    labels: {},
    annotations: { [runtimeAnnotations.hash]: containerHash(spec) },
    logPath: "",
    ...rest,
  };
}

export function exited(spec: Container, exitCode: number, attempt = 0): ContainerStatus {
  const finishedAt = startNanoseconds + 5e9;
  return instance(spec, { state: "exited", exitCode, finishedAt, attempt });
}

/** Instances newest first, by container. */
export function runtimeState(
  sandboxes: readonly PodSandboxStatus[],
  ...instances: readonly ContainerStatus[]
): PodRuntimeState {
  const containers = new Map<string, ContainerStatus[]>();
  for (const one of instances) {
    containers.set(one.metadata.name, [...(containers.get(one.metadata.name) ?? []), one]);
  }
  return { sandboxes, containers };
}

export const healthy: ProbeVerdicts & { isReady(id: string): boolean } = {
  livenessFailed: () => false,
  startupFailed: () => false,
  hasStarted: () => true,
  isReady: () => true,
};
