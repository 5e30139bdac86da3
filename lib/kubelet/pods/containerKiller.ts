import type { Container, Pod } from "../../api/gen/types/coreV1.js";
import type { Clock } from "../../platform/clock.js";
import type { ContainerRuntime, ContainerStatus } from "../cri/runtime.js";
import type { EmitPodEvent } from "./emitPodEvent.js";
import type { HookRunner } from "./hookRunner.js";
import {
  containersOf,
  isRestartableInit,
  runtimeAnnotations,
  runtimeLabels,
} from "./podIdentity.js";
import { type PodRuntimeState, runningContainers } from "./runtimeState.js";

/** Upstream's least grace when a container is killed. */
const minimumGraceSeconds = 2;

export interface KillerOptions {
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  readonly hooks: HookRunner;
  readonly emit: EmitPodEvent;
}

/** Ends containers as gracefully as they were promised. */
export class ContainerKiller {
  readonly #options: KillerOptions;

  constructor(options: KillerOptions) {
    this.#options = options;
  }

  /** preStop within the grace period, then the stop signal with what is left of it. */
  async kill(
    pod: Pod,
    container: Container,
    status: ContainerStatus,
    graceSeconds: number,
    message: string,
  ): Promise<void> {
    const { clock, runtime, hooks, emit } = this.#options;
    emit(pod, container, "Normal", "Killing", message);
    const started = clock.monotonic();
    const hook = container.lifecycle?.preStop;
    if (hook && graceSeconds > 0 && status.state === "running") {
      const podIp = pod.status?.podIP ?? "";
      const abort = new AbortController();
      const { signal } = abort;
      const limit = clock.sleep(graceSeconds * 1000, signal);
      let isOver = false;
      const call = { handler: hook, pod, container, containerId: status.id, podIp, signal };
      const run = hooks.run(call).catch(() => {
        if (isOver) return;
        emit(pod, container, "Warning", "FailedPreStopHook", "PreStopHook failed");
      });
      await Promise.race([run, limit]);
      isOver = true;
      abort.abort();
    }
    const spent = (clock.monotonic() - started) / 1000;
    const remaining = Math.max(
      Math.ceil(graceSeconds - spent),
      graceSeconds === 0 ? 0 : minimumGraceSeconds,
    );
    await runtime.stopContainer(status.id, remaining);
  }

  /**
   * Ends everything of a pod: the regular containers at once, then the sidecars from last to first,
   * then sandboxes.
   */
  async killPod(pod: Pod, state: PodRuntimeState, graceSeconds: number): Promise<void> {
    const { clock, runtime } = this.#options;
    const started = clock.monotonic();
    const specs = new Map(containersOf(pod).map(({ container }) => [container.name, container]));
    const running = runningContainers(state);
    const nameOf = (status: ContainerStatus): string =>
      status.labels[runtimeLabels.containerName] ?? status.metadata.name;
    const isSidecar = (status: ContainerStatus): boolean => {
      const spec = specs.get(nameOf(status));
      return spec !== undefined && isRestartableInit(spec) && !pod.spec.containers.includes(spec);
    };
    const killOne = (status: ContainerStatus, grace: number): Promise<void> => {
      const spec = specs.get(nameOf(status)) ?? { name: nameOf(status) };
      return this.kill(pod, spec, status, grace, `Stopping container ${spec.name}`);
    };
    await Promise.all(
      running.filter((status) => !isSidecar(status)).map((status) => killOne(status, graceSeconds)),
    );
    for (const spec of [...(pod.spec.initContainers ?? [])].reverse()) {
      const status = running.find((one) => isSidecar(one) && nameOf(one) === spec.name);
      const left = graceSeconds - (clock.monotonic() - started) / 1000;
      if (status)
        await killOne(
          status,
          Math.max(Math.ceil(left), graceSeconds === 0 ? 0 : minimumGraceSeconds),
        );
    }
    await Promise.all(state.sandboxes.map((sandbox) => runtime.stopPodSandbox(sandbox.id)));
  }
}

/** The grace that a container was started with, for pods of which only the runtime knows. */
export function recordedGraceSeconds(state: PodRuntimeState): number {
  const values = [...state.containers.values()]
    .flat()
    .map((status) => Number(status.annotations[runtimeAnnotations.gracePeriod] ?? 30));
  return values.length === 0 ? 30 : Math.max(...values);
}
