import type { Container, Pod, Secret } from "../../api/gen/types/coreV1.js";
import type { Platform } from "../../platform/platform.js";
import type {
  ContainerConfig,
  ContainerRuntime,
  Image,
  LinuxResources,
  Mount,
  PodSandboxConfig,
} from "../cri/runtime.js";
import { ImageError, type ImageManager, type PullEvent } from "../images/imageManager.js";
import type { ProbeManager } from "../probes/probeManager.js";
import type { VolumeManager } from "../volumes/volumeManager.js";
import type { ContainerKiller } from "./containerKiller.js";
import type { WaitingReason } from "./containerStatuses.js";
import type { EmitPodEvent } from "./emitPodEvent.js";
import { containerEnvironment, type EnvironmentSources } from "./environment.js";
import { expand } from "./expansion.js";
import type { HookRunner } from "./hookRunner.js";
import { hostsFile } from "./hostsFile.js";
import {
  containerHash,
  isRestartableInit,
  type PodContainer,
  podUid,
  runtimeAnnotations,
  runtimeLabels,
} from "./podIdentity.js";
import { bytesOf, cpuQuota, cpuShares, milliCpu, oomScoreAdjustment } from "./quality.js";
import { newest, type PodRuntimeState } from "./runtimeState.js";
import {
  podFullHostname,
  podHostname,
  podLogDirectory,
  type SandboxSettings,
} from "./sandboxConfig.js";
import { containerSecurity } from "./securityContext.js";

export interface StarterOptions {
  readonly platform: Platform;
  readonly runtime: ContainerRuntime;
  readonly images: ImageManager;
  readonly volumes: VolumeManager;
  readonly probes: ProbeManager;
  readonly hooks: HookRunner;
  readonly killer: ContainerKiller;
  readonly environment: EnvironmentSources;
  readonly settings: SandboxSettings;
  readonly containerLogsDirectory: string;
  readonly memoryCapacityBytes: number;
  readonly cpuCfsQuota: boolean;
  readonly emit: EmitPodEvent;
}

/** Starting a container failed: what its status says meanwhile. */
export class StartError extends Error {
  readonly waiting: WaitingReason;
  constructor(waiting: WaitingReason) {
    super(`${waiting.reason}: ${waiting.message}`);
    this.name = "StartError";
    this.waiting = waiting;
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Brings one container of a pod to life: image, environment, mounts, create, start, postStart. */
export class ContainerStarter {
  readonly #options: StarterOptions;

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  /** Throws StartError. Resolves with the container's id. */
  async start(
    pod: Pod,
    wanted: PodContainer,
    sandboxId: string,
    sandbox: PodSandboxConfig,
    podIps: readonly string[],
    state: PodRuntimeState,
    secrets: readonly Secret[],
  ): Promise<string> {
    const { runtime, probes, emit } = this.#options;
    const { container } = wanted;
    const image = await this.#image(pod, container, secrets, sandbox);
    const attempt = nextAttempt(pod, container, state);
    // The pod as it will be: its address is known now and downward API variables want it.
    const withIps = podIps[0]
      ? {
          ...pod,
          status: {
            ...pod.status,
            podIP: podIps[0],
            podIPs: podIps.map((ip) => ({ ip })),
          },
        }
      : pod;
    let config: ContainerConfig;
    try {
      config = await this.#config(withIps, wanted, image, attempt, state, podIps);
    } catch (error) {
      const message = messageOf(error);
      emit(pod, container, "Warning", "Failed", `Error: ${message}`);
      throw new StartError({ reason: "CreateContainerConfigError", message });
    }
    const id = await this.#create(pod, container, sandboxId, config, sandbox);
    probes.expect(container, id);
    try {
      await runtime.startContainer(id);
    } catch (error) {
      const message = messageOf(error);
      emit(pod, container, "Warning", "Failed", `Error: ${message}`);
      throw new StartError({ reason: "RunContainerError", message });
    }
    emit(pod, container, "Normal", "Started", `Container started`);
    await this.#linkLog(pod, container, id, attempt);
    await this.#postStart(pod, container, id, podIps[0] ?? "");
    return id;
  }

  async #image(
    pod: Pod,
    container: Container,
    secrets: readonly Secret[],
    sandbox: PodSandboxConfig,
  ): Promise<Image> {
    const { images, emit } = this.#options;
    const onEvent = (event: PullEvent): void =>
      emit(pod, container, event.type, event.reason, event.message);
    try {
      return await images.ensure(pod, container, secrets, sandbox, onEvent);
    } catch (error) {
      if (error instanceof ImageError) {
        if (error.reason === "InvalidImageName") {
          emit(pod, container, "Warning", "InspectFailed", error.message);
        }
        emit(pod, container, "Warning", "Failed", `Error: ${error.reason}`);
        throw new StartError({ reason: error.reason, message: error.message });
      }
      const why = messageOf(error);
      const message = `Failed to inspect image "${container.image}": ${why}`;
      emit(pod, container, "Warning", "InspectFailed", message);
      emit(pod, container, "Warning", "Failed", "Error: ImageInspectError");
      throw new StartError({ reason: "ImageInspectError", message });
    }
  }

  async #create(
    pod: Pod,
    container: Container,
    sandboxId: string,
    config: ContainerConfig,
    sandbox: PodSandboxConfig,
  ): Promise<string> {
    const { platform, runtime, settings, emit } = this.#options;
    const directory = `${podLogDirectory(settings.podLogsDirectory, pod)}/${container.name}`;
    await platform.files.makeDirectory(directory, 0o755);
    try {
      const id = await runtime.createContainer(sandboxId, config, sandbox);
      emit(pod, container, "Normal", "Created", `Container created`);
      return id;
    } catch (error) {
      const message = messageOf(error);
      emit(pod, container, "Warning", "Failed", `Error: ${message}`);
      throw new StartError({ reason: "CreateContainerError", message });
    }
  }

  /** A postStart that fails costs the container its life, as upstream. */
  async #postStart(pod: Pod, container: Container, id: string, podIp: string): Promise<void> {
    const hook = container.lifecycle?.postStart;
    if (!hook) return;
    const { hooks, killer, runtime, emit } = this.#options;
    try {
      await hooks.run({ handler: hook, pod, container, containerId: id, podIp });
    } catch (error) {
      emit(pod, container, "Warning", "FailedPostStartHook", "PostStartHook failed");
      const status = await runtime.containerStatus(id);
      const grace = pod.spec.terminationGracePeriodSeconds ?? 30;
      if (status) await killer.kill(pod, container, status, grace, "FailedPostStartHook");
      throw new StartError({ reason: "PostStartHookError", message: messageOf(error) });
    }
  }

  /** `/var/log/containers/<pod>_<namespace>_<container>-<id>.log`, which log collectors read. */
  async #linkLog(pod: Pod, container: Container, id: string, attempt: number): Promise<void> {
    const { platform, settings, containerLogsDirectory } = this.#options;
    if (containerLogsDirectory === "") return;
    const { name, namespace } = pod.metadata;
    const link = `${containerLogsDirectory}/${name}_${namespace}_${container.name}-${id}.log`;
    const target = `${podLogDirectory(settings.podLogsDirectory, pod)}/${container.name}/${attempt}.log`;
    await platform.files.makeDirectory(containerLogsDirectory, 0o755);
    await platform.files.symlink(target, link).catch(() => undefined);
  }

  async #config(
    pod: Pod,
    wanted: PodContainer,
    image: Image,
    attempt: number,
    state: PodRuntimeState,
    podIps: readonly string[],
  ): Promise<ContainerConfig> {
    const { environment, settings, volumes } = this.#options;
    const { container, kind } = wanted;
    const variables = await containerEnvironment(pod, container, environment);
    const lookup = (name: string): string | undefined => variables.get(name);
    const targetName = kind === "ephemeral" ? targetOf(pod, container.name) : undefined;
    const targetId = targetName ? newest(state, targetName)?.id : undefined;
    const mounts = [
      ...(await volumes.mounts(pod, container, variables)),
      ...(await this.#ownMounts(pod, container, attempt, podIps)),
    ];
    return {
      metadata: { name: container.name, attempt },
      image: image.id,
      userSpecifiedImage: container.image ?? "",
      command: (container.command ?? []).map((part) => expand(part, lookup)),
      args: (container.args ?? []).map((part) => expand(part, lookup)),
      workingDirectory: container.workingDir ?? "",
      environment: [...variables].map(([name, value]) => ({ name, value })),
      mounts,
      labels: {
        [runtimeLabels.containerName]: container.name,
        [runtimeLabels.podName]: pod.metadata.name ?? "",
        [runtimeLabels.podNamespace]: pod.metadata.namespace ?? "",
        [runtimeLabels.podUid]: podUid(pod),
      },
      annotations: {
        [runtimeAnnotations.hash]: containerHash(container),
        [runtimeAnnotations.restartCount]: String(attempt),
        [runtimeAnnotations.terminationMessagePath]:
          container.terminationMessagePath ?? "/dev/termination-log",
        [runtimeAnnotations.terminationMessagePolicy]: container.terminationMessagePolicy ?? "File",
        [runtimeAnnotations.gracePeriod]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
      },
      logPath: `${container.name}/${attempt}.log`,
      stdin: container.stdin === true,
      stdinOnce: container.stdinOnce === true,
      tty: container.tty === true,
      resources: this.#resources(pod, container),
      security: containerSecurity(pod, container, image, {
        seccompDefault: settings.seccompDefault,
        ...(targetId === undefined ? {} : { targetId }),
      }),
      isInit: kind === "init" && !isRestartableInit(container),
    };
  }

  #resources(pod: Pod, container: Container): LinuxResources {
    const { requests = {}, limits = {} } = container.resources ?? {};
    const limitMilli = milliCpu(limits.cpu);
    const requestMilli = requests.cpu === undefined ? limitMilli : milliCpu(requests.cpu);
    const memory = bytesOf(limits.memory);
    const quota = this.#options.cpuCfsQuota ? cpuQuota(limitMilli) : 0;
    return {
      cpuShares: cpuShares(requestMilli),
      ...(quota > 0 ? { cpuPeriod: 100_000, cpuQuota: quota } : {}),
      ...(memory > 0 ? { memoryLimitInBytes: memory } : {}),
      oomScoreAdj: oomScoreAdjustment(pod, container, this.#options.memoryCapacityBytes),
    };
  }

  /**
   * /etc/hosts, kept by the kubelet for the whole pod, and the file for the container's last words.
   */
  async #ownMounts(
    pod: Pod,
    container: Container,
    attempt: number,
    podIps: readonly string[],
  ): Promise<Mount[]> {
    const { platform, volumes, settings } = this.#options;
    const directory = volumes.podDirectory(podUid(pod));
    const mounts: Mount[] = [];
    const taken = new Set((container.volumeMounts ?? []).map((mount) => mount.mountPath));
    if (!taken.has("/etc/hosts")) {
      const path = `${directory}/etc-hosts`;
      const nodeHosts = pod.spec.hostNetwork
        ? await platform.files.readText("/etc/hosts").catch(() => "")
        : undefined;
      const text = hostsFile({
        podIps,
        hostname: podHostname(pod, settings),
        fullHostname: podFullHostname(pod, settings),
        aliases: pod.spec.hostAliases ?? [],
        nodeHosts,
      });
      await platform.files.makeDirectory(directory, 0o750);
      await platform.files.writeFile(path, text, 0o644);
      mounts.push({
        containerPath: "/etc/hosts",
        hostPath: path,
        readOnly: false,
        propagation: "private",
      });
    }
    const messagePath = container.terminationMessagePath ?? "/dev/termination-log";
    if (messagePath !== "") {
      const path = terminationLogPath(directory, container.name, attempt);
      await platform.files.makeDirectory(path.slice(0, path.lastIndexOf("/")), 0o750);
      await platform.files.writeFile(path, "", 0o666);
      await platform.files.setMode(path, 0o666);
      mounts.push({
        containerPath: messagePath,
        hostPath: path,
        readOnly: false,
        propagation: "private",
      });
    }
    return mounts;
  }
}

export function terminationLogPath(
  podDirectory: string,
  container: string,
  attempt: number,
): string {
  return `${podDirectory}/containers/${container}/${attempt}`;
}

function targetOf(pod: Pod, name: string): string | undefined {
  const container = (pod.spec.ephemeralContainers ?? []).find((other) => other.name === name);
  return container?.targetContainerName || undefined;
}

/**
 * One more than the newest instance's, or than the API last counted where the runtime forgot it.
 */
function nextAttempt(pod: Pod, container: Container, state: PodRuntimeState): number {
  const latest = newest(state, container.name);
  if (latest) return latest.metadata.attempt + 1;
  const known = [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []),
  ];
  const old = known.find((status) => status.name === container.name);
  if (!old) return 0;
  // Without an id the count is that of the run to come already.
  return old.containerID ? old.restartCount + 1 : old.restartCount;
}
