import { type Deadline, deadlineAfter } from "../../api/deadline.js";
import type { Container, Pod, PodStatus, Secret } from "../../api/gen/types/coreV1.js";
import { formatTime } from "../../api/time.js";
import type { Timer } from "../../platform/clock.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import type { PodCgroups } from "../cgroups/podCgroups.js";
import {
  type ContainerRuntime,
  failureText,
  type PodSandboxConfig,
  type PodSandboxStatus,
} from "../cri/runtime.js";
import type { ContainerRemover } from "../garbage/containerRemover.js";
import type { ProbeManager } from "../probes/probeManager.js";
import type { VolumeManager } from "../volumes/volumeManager.js";
import { BackOff } from "./backOff.js";
import { type ContainerKiller, recordedGraceSeconds } from "./containerKiller.js";
import { type ContainerStarter, StartError, terminationLogPath } from "./containerStarter.js";
import { backOffMessage, type WaitingReason } from "./containerStatuses.js";
import type { EmitPodEvent } from "./emitPodEvent.js";
import { finalPhase, type KubeletStatus } from "./kubeletStatus.js";
import { countedStatus, mergePodStatus } from "./mergePodStatus.js";
import { computePodActions, type PodActions } from "./podActions.js";
import { podDns } from "./podDns.js";
import {
  containerHash,
  isRestartableInit,
  type PodContainer,
  podFullName,
  podUid,
} from "./podIdentity.js";
import { asksForRound, type Ending, endingOf, lifeStep, type PodLife } from "./podLife.js";
import { podStatus, sayableStatus } from "./podStatus.js";
import { newest, type PodRuntimeState, readRuntimeState } from "./runtimeState.js";
import { type SandboxSettings, sandboxConfig } from "./sandboxConfig.js";
import { readTerminationMessage } from "./terminationMessage.js";

export interface PodWorkerServices {
  readonly platform: Platform;
  readonly runtime: ContainerRuntime;
  readonly runtimeName: string;
  readonly logger: Logger;
  readonly volumes: VolumeManager;
  readonly probes: ProbeManager;
  readonly starter: ContainerStarter;
  readonly killer: ContainerKiller;
  readonly remover: ContainerRemover;
  readonly cgroups: PodCgroups;
  readonly settings: SandboxSettings;
  readonly hostIps: () => readonly string[];
  /** Of its RuntimeClass; empty: the default. Rejects where the node cannot give what it wants. */
  readonly runtimeHandler: (pod: Pod) => Promise<string>;
  readonly pullSecrets: (pod: Pod) => Promise<readonly Secret[]>;
  readonly setStatus: (pod: Pod, status: KubeletStatus, isFinished: boolean) => void;
  /** What was last said of a pod here. */
  readonly knownStatus: (uid: string) => KubeletStatus | undefined;
  /** The API's pod as last seen; a static pod's is its mirror. */
  readonly apiPod: (uid: string) => Pod | undefined;
  /** The API knows what was last said of a pod, or has no such pod. */
  readonly isReported: (uid: string) => boolean;
  /** Everything of the pod is gone from this node. */
  readonly onFinished: (uid: string) => void;
  readonly emit: EmitPodEvent;
  /** Why the node may not run pods now (network not ready), or undefined. */
  readonly networkProblem: () => string | undefined;
}

/**
 * How often a pod is looked at when nothing happens: volumes are refreshed then (upstream: 60 to 90
 * s).
 */
const refreshMilliseconds = 60_000;
const longestRetryMilliseconds = 10_000;
const restartBackOff = { initialMilliseconds: 10_000, maximumMilliseconds: 300_000 };

/**
 * One pod's life on this node (see PodLife): each round does what its state asks for, never two at
 * once. Wakes are coalesced: many changes while it works cause one more round.
 */
export class PodWorker {
  readonly #services: PodWorkerServices;
  readonly #restarts: BackOff;
  readonly #waiting = new Map<string, WaitingReason>();
  readonly #lastBackOffEvent = new Map<string, number>();
  #pod: Pod;
  #life: PodLife = { is: "syncing" };
  #isRunning = false;
  #isDirty = false;
  #timer: Timer | undefined;
  #failures = 0;
  #isStopped = false;
  #isHeld = false;
  #volumesAt = Number.NEGATIVE_INFINITY;
  #running = new Map<string, { id: string; startedAt: number }>();
  #sandboxId: string | undefined;

  constructor(services: PodWorkerServices, pod: Pod) {
    this.#services = services;
    this.#pod = pod;
    this.#restarts = new BackOff(services.platform.clock, restartBackOff);
  }

  get pod(): Pod {
    return this.#pod;
  }

  get state(): PodLife["is"] {
    return this.#life.is;
  }

  /** It holds what it asked of the node until its containers have ended. */
  get holdsResources(): boolean {
    return this.#life.is === "syncing" || this.#life.is === "terminating";
  }

  get #known(): KubeletStatus | undefined {
    return this.#services.knownStatus(podUid(this.#pod));
  }

  /** What the API holds of the pod, which others write too. */
  get #apiStatus(): PodStatus | undefined {
    return countedStatus(this.#services.apiPod(podUid(this.#pod)) ?? this.#pod);
  }

  /** The pod with its newest status: what the API holds, under what this kubelet says of it. */
  get podWithStatus(): Pod {
    const [api, known] = [this.#apiStatus, this.#known];
    const status = known === undefined ? api : mergePodStatus(api, known);
    return status === undefined ? this.#pod : { ...this.#pod, status };
  }

  runningContainer(name: string): { id: string; startedAt: number } | undefined {
    return this.#running.get(name);
  }

  get sandboxId(): string | undefined {
    return this.#sandboxId;
  }

  update(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    const life = this.#life;
    const promised = life.is === "terminating" ? life.promisedSeconds : undefined;
    if (promised !== undefined && this.#graceSeconds < promised) this.#hurry();
    if (asksForRound(before, pod)) this.wake();
  }

  #promise(seconds: number): void {
    this.#life = lifeStep(this.#life, { type: "promised", seconds });
  }

  #end(ending: Ending): void {
    this.#life = lifeStep(this.#life, { type: "end", ending });
  }

  /**
   * The grace got shorter while the containers were being stopped: they are stopped again, sooner.
   */
  #hurry(): void {
    const grace = this.#graceSeconds;
    this.#promise(grace);
    const { killer, logger } = this.#services;
    this.#readState()
      .then((state) => killer.killPod(this.#pod, state, grace))
      .catch((error: unknown) => {
        logger.warning("A pod could not be stopped sooner", {
          pod: podFullName(this.#pod),
          error,
        });
      });
  }

  /** The source has the pod no longer: it ends with its own grace period. */
  remove(): void {
    this.#end({ verdict: undefined, leaves: true });
    this.wake();
  }

  /** The kubelet refuses or ends the pod. */
  fail(reason: string, message: string): void {
    this.#end({ verdict: { phase: "Failed", reason, message }, leaves: false });
    this.wake();
  }

  /** Nothing is done for the pod until it is admitted. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.wake();
  }

  /** The API knows what was last said of the pod. */
  told(): void {
    if (this.#life.is === "terminated" && this.#life.ending.leaves) this.wake();
  }

  /** What its volumes show has changed. */
  refreshVolumes(): void {
    this.#volumesAt = Number.NEGATIVE_INFINITY;
    this.wake();
  }

  wake(): void {
    this.#isDirty = true;
    if (this.#isRunning || this.#isStopped || this.#isHeld) return;
    this.#isRunning = true;
    this.#run().catch((error: unknown) => {
      this.#services.logger.error("A pod worker broke", { pod: podFullName(this.#pod), error });
    });
  }

  /** The kubelet goes down: the containers stay. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #run(): Promise<void> {
    while (this.#isDirty && !this.#isStopped && this.#life.is !== "finished") {
      this.#isDirty = false;
      this.#timer?.cancel();
      try {
        await this.#round();
        this.#failures = 0;
      } catch (error) {
        if (this.#isStopped) break;
        this.#failures += 1;
        this.#services.logger.warning("A pod could not be synced; it is tried again", {
          pod: podFullName(this.#pod),
          error,
        });
        this.#wakeAfter(Math.min(500 * 2 ** this.#failures, longestRetryMilliseconds));
      }
    }
    this.#isRunning = false;
    // A wake between the last look and here must not be lost.
    if (this.#isDirty && !this.#isStopped && this.#life.is !== "finished") this.wake();
  }

  #wakeAfter(milliseconds: number): void {
    this.#timer?.cancel();
    this.#timer = this.#services.platform.clock.setTimer(milliseconds, () => this.wake());
  }

  /** Upstream's syncPod, syncTerminatingPod and syncTerminatedPod. */
  async #round(): Promise<void> {
    const state = await this.#readState();
    this.#services.logger.verbose(4).info("A pod is looked at", {
      pod: podFullName(this.#pod),
      state: this.#life.is,
      sandboxes: state.sandboxes.length,
      containers: state.containers.size,
    });
    const told = endingOf({ ...this.#pod, status: this.#apiStatus ?? {} }) ?? this.#overdue();
    if (told !== undefined) this.#end(told);
    if (this.#life.is === "syncing") await this.#sync(state);
    else if (this.#life.is === "terminating") await this.#terminate(state);
    else await this.#afterEnd(state);
  }

  async #readState(): Promise<PodRuntimeState> {
    const { runtime, volumes, platform } = this.#services;
    const uid = podUid(this.#pod);
    const raw = await readRuntimeState(runtime, uid);
    const containers = new Map<
      string,
      PodRuntimeState["containers"] extends ReadonlyMap<string, infer L> ? L : never
    >();
    this.#running = new Map();
    for (const [name, history] of raw.containers) {
      const read = await Promise.all(
        history.map(async (status) => {
          if (status.state !== "exited") return status;
          const path = terminationLogPath(volumes.podDirectory(uid), name, status.metadata.attempt);
          const message = await readTerminationMessage(platform.files, path, status);
          return { ...status, message };
        }),
      );
      containers.set(name, read);
      const [current] = read;
      if (current?.state === "running") {
        this.#running.set(name, { id: current.id, startedAt: current.startedAt });
      }
    }
    this.#sandboxId = raw.sandboxes.find((sandbox) => sandbox.state === "ready")?.id;
    return { sandboxes: raw.sandboxes, containers };
  }

  /** When the pod has been active for long enough, counted from the start that was told of it. */
  get #deadline(): Deadline {
    const seconds = this.#pod.spec.activeDeadlineSeconds;
    if (seconds === undefined) return { state: "unset" };
    const start = this.#known?.startTime ?? this.#apiStatus?.startTime;
    return deadlineAfter(start, seconds * 1000, this.#services.platform.clock.now());
  }

  #overdue(): Ending | undefined {
    if (this.#life.is !== "syncing" || this.#deadline.state !== "passed") return undefined;
    const message = "Pod was active on the node longer than the specified deadline";
    this.#services.emit(this.#pod, undefined, "Normal", "DeadlineExceeded", message);
    return { verdict: { phase: "Failed", reason: "DeadlineExceeded", message }, leaves: false };
  }

  #publish(state: PodRuntimeState, isTerminated: boolean, isFinished: boolean): KubeletStatus {
    const { runtimeName, probes, hostIps, platform, setStatus } = this.#services;
    const [known, api, life] = [this.#known, this.#apiStatus, this.#life];
    const pod = api === undefined ? this.#pod : { ...this.#pod, status: api };
    const verdict = life.is === "syncing" ? undefined : life.ending.verdict;
    const status = podStatus(pod, state, {
      runtimeName,
      waiting: this.#waiting,
      isReady: (id) => probes.verdicts.isReady(id),
      hasStarted: (id) => probes.verdicts.hasStarted(id),
      hostIps: hostIps(),
      now: formatTime(platform.clock.now()),
      known,
      isTerminated,
      ...(verdict ? { verdict } : {}),
    });
    setStatus(this.#pod, sayableStatus(status, pod, state, known), isFinished);
    return status;
  }

  async #sync(state: PodRuntimeState): Promise<void> {
    const { probes, cgroups, networkProblem, emit } = this.#services;
    this.#probe(state);
    const status = this.#publish(state, false, false);
    if (finalPhase(status) !== undefined) {
      // Its containers have all ended for good.
      this.#end({ verdict: undefined, leaves: false });
      this.#isDirty = true;
      return;
    }
    const problem = networkProblem();
    if (problem !== undefined && !this.#pod.spec.hostNetwork) {
      const message = `network is not ready: container runtime network not ready: ${problem}`;
      emit(this.#pod, undefined, "Warning", "NetworkNotReady", message);
      throw new Error(message);
    }
    const actions = computePodActions(this.#pod, state, probes.verdicts);
    await cgroups.ensure(this.#pod);
    await this.#setUpVolumes(actions);
    const after = await this.#act(actions, state);
    if (after !== state) this.#publish(after, false, false);
    const delay = this.#nextDelay(after);
    this.#wakeAfter(delay);
  }

  /** Also for containers that an earlier kubelet has started. */
  #probe(state: PodRuntimeState): void {
    const { probes } = this.#services;
    const { status } = this.podWithStatus;
    const told = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
    const sidecars = (this.#pod.spec.initContainers ?? []).filter(isRestartableInit);
    for (const container of [...sidecars, ...this.#pod.spec.containers]) {
      const current = newest(state, container.name);
      if (current?.state !== "running") continue;
      const known = told.find((one) => one.containerID?.endsWith(`//${current.id}`));
      probes.adopt(container, current.id, known?.started === true, known?.ready === true);
    }
    probes.add(this.#pod);
  }

  /** Before containers start, and now and then for those whose files follow the API. */
  async #setUpVolumes(actions: PodActions): Promise<void> {
    const { platform, volumes, emit } = this.#services;
    const isDue = platform.clock.monotonic() - this.#volumesAt >= refreshMilliseconds;
    if (actions.toStart.length === 0 && !isDue) return;
    // Not after: what changes meanwhile is looked at once more.
    const now = platform.clock.monotonic();
    const before = this.#volumesAt;
    this.#volumesAt = now;
    try {
      await volumes.setUp(this.#pod);
    } catch (error) {
      if (this.#volumesAt === now) this.#volumesAt = before;
      const message = error instanceof Error ? error.message : String(error);
      emit(this.#pod, undefined, "Warning", "FailedMount", message);
      if (actions.toStart.length > 0) throw error;
    }
  }

  async #act(actions: PodActions, state: PodRuntimeState): Promise<PodRuntimeState> {
    const { killer, probes, cgroups, settings, emit } = this.#services;
    if (actions.killPod && (state.sandboxes.length > 0 || state.containers.size > 0)) {
      if (actions.createSandbox && state.sandboxes.length > 0) {
        const message = "Pod sandbox changed, it will be killed and re-created.";
        emit(this.#pod, undefined, "Normal", "SandboxChanged", message);
      }
      await this.#killPod(this.podWithStatus, state, this.#graceSeconds);
      if (actions.createSandbox) await this.#purgeInit(state);
    }
    for (const kill of actions.toKill) {
      const grace = this.#killGrace(kill.container, kill.reason);
      await killer.kill(this.podWithStatus, kill.container, kill.status, grace, kill.message);
      probes.forgetContainer(kill.status.id);
    }
    if (!actions.createSandbox && actions.toStart.length === 0) {
      return actions.killPod || actions.toKill.length > 0 ? this.#readState() : state;
    }
    const config = sandboxConfig(this.#pod, actions.attempt, cgroups.parentOf(this.#pod), settings);
    if (actions.createSandbox) this.#warnOfDns();
    const sandbox = actions.createSandbox
      ? await this.#createSandbox(config)
      : (state.sandboxes[0] as PodSandboxStatus);
    const fresh =
      actions.createSandbox || actions.toKill.length > 0 ? await this.#readState() : state;
    if (actions.createSandbox) this.#publish(fresh, false, false);
    await this.#startAll(actions.toStart, sandbox, config, fresh);
    return this.#readState();
  }

  #warnOfDns(): void {
    const { emit, settings } = this.#services;
    for (const { reason, message } of podDns(this.#pod, settings).warnings) {
      emit(this.#pod, undefined, "Warning", reason, message);
    }
  }

  /**
   * In a new sandbox the init containers run again: what they did in the old one does not count.
   */
  async #purgeInit(state: PodRuntimeState): Promise<void> {
    const { remover, probes } = this.#services;
    for (const container of this.#pod.spec.initContainers ?? []) {
      for (const old of state.containers.get(container.name) ?? []) {
        await remover.remove(old.id);
        probes.forgetContainer(old.id);
      }
    }
  }

  async #killPod(pod: Pod, state: PodRuntimeState, graceSeconds: number): Promise<void> {
    try {
      await this.#services.killer.killPod(pod, state, graceSeconds);
    } catch (error) {
      const message = `error killing pod: ${failureText(error)}`;
      this.#services.emit(this.#pod, undefined, "Warning", "FailedKillPod", message);
      throw error;
    }
  }

  /** A probe may give its container less (or more) time than the pod does. */
  #killGrace(container: Container, reason: string): number {
    const probe =
      reason === "LivenessProbe"
        ? container.livenessProbe
        : reason === "StartupProbe"
          ? container.startupProbe
          : undefined;
    return probe?.terminationGracePeriodSeconds ?? this.#graceSeconds;
  }

  get #graceSeconds(): number {
    return (
      this.#pod.metadata.deletionGracePeriodSeconds ??
      this.#pod.spec.terminationGracePeriodSeconds ??
      30
    );
  }

  async #createSandbox(config: PodSandboxConfig): Promise<PodSandboxStatus> {
    const { runtime, platform, emit, runtimeHandler } = this.#services;
    await platform.files.makeDirectory(config.logDirectory, 0o755);
    try {
      const id = await runtime.runPodSandbox(config, await runtimeHandler(this.#pod));
      const status = await runtime.podSandboxStatus(id);
      if (!status) throw new Error("the runtime does not know the sandbox that it has made");
      return status;
    } catch (error) {
      const message = `Failed to create pod sandbox: ${failureText(error)}`;
      emit(this.#pod, undefined, "Warning", "FailedCreatePodSandBox", message);
      throw error;
    }
  }

  async #startAll(
    toStart: readonly PodContainer[],
    sandbox: PodSandboxStatus,
    config: PodSandboxConfig,
    state: PodRuntimeState,
  ): Promise<void> {
    const { starter, pullSecrets, hostIps } = this.#services;
    const secrets = await pullSecrets(this.#pod);
    const own = [sandbox.ip, ...sandbox.additionalIps].filter((ip) => ip !== "");
    const podIps = this.#pod.spec.hostNetwork ? hostIps() : own;
    for (const wanted of toStart) {
      const { container } = wanted;
      if (this.#isInBackOff(container, state)) continue;
      try {
        await starter.start(this.podWithStatus, wanted, sandbox.id, config, podIps, state, secrets);
        this.#waiting.delete(container.name);
      } catch (error) {
        if (!(error instanceof StartError)) throw error;
        this.#waiting.set(container.name, error.waiting);
      }
    }
  }

  #isInBackOff(container: Container, state: PodRuntimeState): boolean {
    const { emit } = this.#services;
    const last = newest(state, container.name);
    if (last?.state !== "exited") return false;
    const key = `${container.name}_${containerHash(container)}`;
    const endedAt = last.finishedAt / 1e6;
    if (this.#restarts.remainingAfter(key, endedAt) <= 0) {
      this.#restarts.next(key, endedAt);
      this.#lastBackOffEvent.delete(key);
      return false;
    }
    const delay = this.#restarts.delay(key);
    const message = backOffMessage(this.#pod, container, delay);
    this.#waiting.set(container.name, { reason: "CrashLoopBackOff", message });
    if (this.#lastBackOffEvent.get(key) !== last.finishedAt) {
      this.#lastBackOffEvent.set(key, last.finishedAt);
      const text = `Back-off restarting failed container ${container.name} in pod ${podFullName(this.#pod)}`;
      emit(this.#pod, container, "Warning", "BackOff", text);
    }
    return true;
  }

  /** The soonest of: a container's backoff, a failed start's retry, the deadline, the refresh. */
  #nextDelay(state: PodRuntimeState): number {
    let delay = refreshMilliseconds;
    for (const [name, waiting] of this.#waiting) {
      if (waiting.reason !== "CrashLoopBackOff") {
        delay = Math.min(delay, longestRetryMilliseconds);
        continue;
      }
      const spec = [...(this.#pod.spec.initContainers ?? []), ...this.#pod.spec.containers].find(
        (container) => container.name === name,
      );
      const last = newest(state, name);
      if (!spec || last?.state !== "exited") continue;
      const key = `${name}_${containerHash(spec)}`;
      delay = Math.min(delay, this.#restarts.remainingAfter(key, last.finishedAt / 1e6) + 50);
    }
    const deadline = this.#deadline;
    if (deadline.state === "unset") return delay;
    const left = deadline.state === "ahead" ? deadline.waitMilliseconds : 0;
    return Math.min(delay, left + 10);
  }

  /** Stops what runs, and tells how it ended. */
  async #terminate(state: PodRuntimeState): Promise<void> {
    const { probes, cgroups } = this.#services;
    probes.holdRestarts(podUid(this.#pod));
    this.#publish(state, false, false);
    const isKnown = this.#pod.spec.containers.length > 0;
    const grace = isKnown ? this.#graceSeconds : recordedGraceSeconds(state);
    this.#promise(grace);
    await this.#killPod(this.#pod, state, grace);
    // The rest is the next kubelet's.
    if (this.#isStopped) return;
    probes.remove(podUid(this.#pod));
    const after = await this.#readState();
    if ([...after.containers.values()].flat().some((status) => status.state === "running")) {
      throw new Error("containers still run after they were stopped");
    }
    this.#publish(after, true, false);
    await cgroups.remove(this.#pod);
    this.#life = lifeStep(this.#life, { type: "stopped" });
    await this.#afterEnd(after);
  }

  /** Nothing runs: once the pod leaves, everything of it goes, and its deletion may be finished. */
  async #afterEnd(state: PodRuntimeState): Promise<void> {
    const life = this.#life;
    if (life.is !== "terminated") return;
    if (!life.ending.leaves) {
      this.#publish(state, true, false);
      return;
    }
    // How its containers ended is known only from them: the API is told before they go.
    this.#publish(state, true, false);
    if (!this.#services.isReported(podUid(this.#pod)) || this.#isStopped) return;
    await this.#removeAll(state);
    this.#publish(state, true, true);
    this.#life = lifeStep(life, { type: "cleaned" });
    this.#timer?.cancel();
    this.#services.onFinished(podUid(this.#pod));
  }

  async #removeAll(state: PodRuntimeState): Promise<void> {
    const { runtime, remover, probes, volumes, platform, settings } = this.#services;
    for (const status of [...state.containers.values()].flat()) {
      await remover.remove(status.id);
      probes.forgetContainer(status.id);
    }
    for (const sandbox of state.sandboxes) await runtime.removePodSandbox(sandbox.id);
    const config = sandboxConfig(this.#pod, 0, "", settings);
    await platform.files.remove(config.logDirectory);
    await volumes.tearDown(podUid(this.#pod));
  }
}
