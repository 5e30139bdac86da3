import type { Container, Pod, Probe } from "../../api/gen/types/coreV1.js";
import type { Timer } from "../../platform/clock.js";
import type { Platform } from "../../platform/platform.js";
import type { ProbeVerdicts } from "../pods/podActions.js";
import { isRestartableInit, podUid } from "../pods/podIdentity.js";
import type { Prober } from "./prober.js";

export type ProbeKind = "liveness" | "readiness" | "startup";

export interface ProbeManagerOptions {
  readonly platform: Platform;
  readonly prober: Pick<Prober, "probe">;
  /** The pod as the kubelet knows it now (its status has the address). */
  readonly podOf: (uid: string) => Pod | undefined;
  /** The container's current instance, if it runs. */
  readonly containerOf: (
    uid: string,
    name: string,
  ) => { id: string; startedAt: number } | undefined;
  /** A verdict changed: the pod wants a sync. */
  readonly onChange: (uid: string) => void;
  /** What an event tells of: failures, odd successes, and what could not be asked. */
  readonly onTrouble: (
    pod: Pod,
    container: Container,
    kind: ProbeKind,
    result: "failure" | "warning" | "unknown",
    output: string,
  ) => void;
  /** Each answer of a probe, for counting. */
  readonly onResult?: (pod: Pod, container: Container, kind: ProbeKind, isSuccess: boolean) => void;
}

interface Verdict {
  /** What holds now for this container instance. */
  passing: boolean;
  successes: number;
  failures: number;
}

/** One probe of one container: asks at its period, and judges by its thresholds. */
class ProbeWorker {
  readonly #manager: ProbeManager;
  readonly #uid: string;
  readonly #container: Container;
  readonly #kind: ProbeKind;
  readonly #probe: Probe;
  #timer: Timer | undefined;
  #stopped = false;
  #containerId = "";
  #beganAt = 0;

  constructor(
    manager: ProbeManager,
    uid: string,
    container: Container,
    kind: ProbeKind,
    probe: Probe,
  ) {
    this.#manager = manager;
    this.#uid = uid;
    this.#container = container;
    this.#kind = kind;
    this.#probe = probe;
  }

  start(): void {
    // Spread over the period, so that probes of many containers do not come at once.
    this.#arm(this.#manager.options.platform.random.float() * Math.min(this.#period, 1000));
  }

  /**
   * When a container was started (nanoseconds since the epoch), on the monotonic clock, as the wall
   * clock has it when the container is first seen: one that is set later changes nothing.
   */
  #momentOf(startedAt: number): number {
    const { clock } = this.#manager.options.platform;
    return clock.monotonic() - Math.max(clock.now() - startedAt / 1e6, 0);
  }

  get kind(): ProbeKind {
    return this.#kind;
  }

  get #period(): number {
    return (this.#probe.periodSeconds ?? 10) * 1000;
  }

  #arm(delayMilliseconds: number): void {
    if (this.#stopped) return;
    const { clock } = this.#manager.options.platform;
    this.#timer = clock.setTimer(delayMilliseconds, () => {
      this.#tick().then(
        (next) => this.#arm(next),
        () => this.#arm(this.#period),
      );
    });
  }

  /** Resolves with the delay until the next time. */
  async #tick(): Promise<number> {
    const { options } = this.#manager;
    const pod = options.podOf(this.#uid);
    const running = options.containerOf(this.#uid, this.#container.name);
    if (!pod || !running) return Math.min(this.#period, 1000);
    if (running.id !== this.#containerId) {
      this.#containerId = running.id;
      this.#manager.begin(this.#kind, running.id);
      this.#beganAt = this.#momentOf(running.startedAt);
    }
    // One that has failed for good is not asked again: its container is being killed.
    if (this.#manager.isOnHold(this.#kind, running.id)) return Math.min(this.#period, 1000);
    const age = options.platform.clock.monotonic() - this.#beganAt;
    const wait = (this.#probe.initialDelaySeconds ?? 0) * 1000 - age;
    if (wait > 0) return wait;
    const hasStarted = this.#manager.verdicts.hasStarted(running.id);
    // Until the startup probe has passed the others wait; after it, it is done.
    if (this.#kind === "startup" ? hasStarted : !hasStarted) return Math.min(this.#period, 1000);
    const outcome = await options.prober.probe(this.#probe, pod, this.#container, running.id);
    if (this.#stopped) return this.#period;
    const { result } = outcome;
    if (result !== "success") {
      options.onTrouble(pod, this.#container, this.#kind, result, outcome.output);
    }
    // What could not be asked says nothing of the container.
    if (result === "unknown") return this.#period;
    const isSuccess = result !== "failure";
    options.onResult?.(pod, this.#container, this.#kind, isSuccess);
    const isChanged = this.#manager.note(this.#kind, running.id, isSuccess, this.#probe);
    if (isChanged) options.onChange(this.#uid);
    return this.#period;
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }
}

/** The probes of all pods on the node, and what they say of each container instance. */
export class ProbeManager {
  readonly options: ProbeManagerOptions;
  readonly #workers = new Map<string, ProbeWorker[]>();
  readonly #results: Record<ProbeKind, Map<string, Verdict>> = {
    liveness: new Map(),
    readiness: new Map(),
    startup: new Map(),
  };
  /** Which kinds of probe a container instance has: set when its worker first sees it. */
  readonly #containersWith: Record<ProbeKind, Set<string>> = {
    liveness: new Set(),
    readiness: new Set(),
    startup: new Set(),
  };

  constructor(options: ProbeManagerOptions) {
    this.options = options;
  }

  readonly verdicts: ProbeVerdicts & { isReady(containerId: string): boolean } = {
    livenessFailed: (id) => this.#results.liveness.get(id)?.passing === false,
    startupFailed: (id) => {
      const verdict = this.#results.startup.get(id);
      return verdict !== undefined && !verdict.passing && verdict.failures < 0;
    },
    hasStarted: (id) => {
      const verdict = this.#results.startup.get(id);
      return verdict === undefined ? !this.#containersWith.startup.has(id) : verdict.passing;
    },
    isReady: (id) => {
      const verdict = this.#results.readiness.get(id);
      return verdict === undefined ? !this.#containersWith.readiness.has(id) : verdict.passing;
    },
  };

  /** Starts what a pod's containers ask for; a pod that is known already keeps its workers. */
  add(pod: Pod): void {
    const uid = podUid(pod);
    if (this.#workers.has(uid)) return;
    const sidecars = (pod.spec.initContainers ?? []).filter(isRestartableInit);
    const workers: ProbeWorker[] = [];
    for (const container of [...sidecars, ...pod.spec.containers]) {
      const probes: [ProbeKind, Probe | undefined][] = [
        ["startup", container.startupProbe],
        ["liveness", container.livenessProbe],
        ["readiness", container.readinessProbe],
      ];
      for (const [kind, probe] of probes) {
        if (probe) workers.push(new ProbeWorker(this, uid, container, kind, probe));
      }
    }
    this.#workers.set(uid, workers);
    for (const worker of workers) worker.start();
  }

  /**
   * A container instance was started: until its first answers it is not ready and not started,
   * where it has such probes.
   */
  expect(container: Container, containerId: string): void {
    if (container.startupProbe) this.#containersWith.startup.add(containerId);
    if (container.readinessProbe) this.#containersWith.readiness.add(containerId);
  }

  /**
   * A running container that this kubelet may not have started: what was told of it holds until its
   * probes say otherwise.
   */
  adopt(container: Container, containerId: string, started: boolean, ready: boolean): void {
    const isKnown = (kind: ProbeKind): boolean => this.#containersWith[kind].has(containerId);
    if (container.startupProbe && !isKnown("startup")) {
      this.begin("startup", containerId, started);
    }
    if (container.readinessProbe && !isKnown("readiness")) {
      this.begin("readiness", containerId, ready);
    }
  }

  isOnHold(kind: ProbeKind, containerId: string): boolean {
    if (kind === "readiness") return false;
    const { livenessFailed, startupFailed } = this.verdicts;
    return kind === "liveness" ? livenessFailed(containerId) : startupFailed(containerId);
  }

  /** The pod ends: only its readiness is of interest still. */
  holdRestarts(uid: string): void {
    const workers = this.#workers.get(uid) ?? [];
    for (const worker of workers) if (worker.kind !== "readiness") worker.stop();
  }

  begin(kind: ProbeKind, containerId: string, initially = kind === "liveness"): void {
    this.#containersWith[kind].add(containerId);
    if (!this.#results[kind].has(containerId)) {
      this.#results[kind].set(containerId, { passing: initially, successes: 0, failures: 0 });
    }
  }

  /**
   * Counts a response; returns whether the verdict changed. A startup probe that gave up has
   * failures -1.
   */
  note(kind: ProbeKind, containerId: string, succeeded: boolean, probe: Probe): boolean {
    const verdict = this.#results[kind].get(containerId);
    if (!verdict) return false;
    if (succeeded) {
      verdict.failures = 0;
      verdict.successes += 1;
      if (!verdict.passing && verdict.successes >= (probe.successThreshold ?? 1)) {
        verdict.passing = true;
        return true;
      }
      return false;
    }
    verdict.successes = 0;
    if (verdict.failures < 0) return false;
    verdict.failures += 1;
    if (verdict.failures < (probe.failureThreshold ?? 3)) return false;
    if (kind === "startup") {
      verdict.failures = -1;
      return true;
    }
    const isChanged = verdict.passing;
    verdict.passing = false;
    return isChanged;
  }

  /** A container instance is gone. */
  forgetContainer(containerId: string): void {
    for (const kind of ["liveness", "readiness", "startup"] as const) {
      this.#results[kind].delete(containerId);
      this.#containersWith[kind].delete(containerId);
    }
  }

  remove(uid: string): void {
    for (const worker of this.#workers.get(uid) ?? []) worker.stop();
    this.#workers.delete(uid);
  }

  stop(): void {
    for (const uid of [...this.#workers.keys()]) this.remove(uid);
  }
}
