import type { Timer } from "../../platform/clock.js";
import type { Platform } from "../../platform/platform.js";
import {
  type Container,
  type ContainerConfig,
  type ContainerRuntime,
  type ContainerStats,
  type ContainerStatus,
  type Image,
  type ImageFileSystem,
  type PodSandbox,
  type PodSandboxConfig,
  type PodSandboxStatus,
  type RuntimeCondition,
  RuntimeError,
  type RuntimeVersion,
  type StreamingUrl,
} from "./runtime.js";

/** Annotations on a pod that say how its simulated containers behave. */
export const simulationAnnotations = {
  /** Containers end by themselves after so many seconds. */
  runSeconds: "simulation.steersman.dev/run-seconds",
  /** With which exit code; default 0. */
  exitCode: "simulation.steersman.dev/exit-code",
} as const;

const notFound = 5;
const unimplemented = 12;
const nanosecondsPerMillisecond = 1e6;
/** What any simulated image takes. */
const imageBytes = 1024 * 1024;

interface SandboxEntry {
  status: PodSandboxStatus;
  readonly config: PodSandboxConfig;
}

export interface SimulatedRuntimeOptions {
  /** Init containers end by themselves at once, with exit code 0. */
  readonly endInitContainers?: boolean;
}

interface ContainerEntry {
  status: ContainerStatus;
  readonly isInit: boolean;
  readonly podSandboxId: string;
  timer: Timer | undefined;
}

function matches(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>> | undefined,
): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => labels[key] === value);
}

/**
 * Hands out the addresses of a pod CIDR, lowest free first; the network's own and the bridge's are
 * left out.
 */
class AddressPool {
  #base = 0x0af4_0000;
  #size = 65_536;
  readonly #used = new Set<number>();
  #next = 2;

  setRange(cidr: string): void {
    const [address = "", bits = "24"] = cidr.split("/");
    const parts = address.split(".").map(Number);
    if (parts.length !== 4) return;
    this.#base = parts.reduce((value, part) => value * 256 + part, 0);
    this.#size = 2 ** (32 - Number(bits));
    this.#next = 2;
    this.#used.clear();
  }

  take(): string {
    for (let tried = 0; tried < this.#size; tried++) {
      const offset = this.#next;
      this.#next = this.#next + 1 >= this.#size - 1 ? 2 : this.#next + 1;
      if (this.#used.has(offset)) continue;
      this.#used.add(offset);
      return this.#text(offset);
    }
    throw new RuntimeError(13, "the pod CIDR has no free address");
  }

  release(ip: string): void {
    const value = ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
    this.#used.delete(value - this.#base);
  }

  #text(offset: number): string {
    const value = this.#base + offset;
    return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
  }
}

/**
 * A container runtime without containers: sandboxes get addresses, containers run until they are
 * stopped (or as long as annotations say), images are always there to be pulled. It tells of every
 * change at once, so that nobody lists.
 */
export class SimulatedRuntime implements ContainerRuntime {
  readonly #platform: Pick<Platform, "clock" | "random">;
  readonly #options: SimulatedRuntimeOptions;
  readonly #sandboxes = new Map<string, SandboxEntry>();
  readonly #containers = new Map<string, ContainerEntry>();
  readonly #images = new Map<string, Image>();
  readonly #listeners = new Set<(podSandboxId: string) => void>();
  readonly #addresses = new AddressPool();
  #hasNetwork = false;

  constructor(platform: Pick<Platform, "clock" | "random">, options: SimulatedRuntimeOptions = {}) {
    this.#platform = platform;
    this.#options = options;
  }

  #id(): string {
    return Buffer.from(this.#platform.random.bytes(32)).toString("hex");
  }

  get #now(): number {
    return this.#platform.clock.now() * nanosecondsPerMillisecond;
  }

  #changed(podSandboxId: string): void {
    for (const listener of this.#listeners) listener(podSandboxId);
  }

  async version(): Promise<RuntimeVersion> {
    return { runtimeName: "simulated", runtimeVersion: "0.1.0", runtimeApiVersion: "v1" };
  }

  async status(): Promise<readonly RuntimeCondition[]> {
    const isReady = this.#hasNetwork;
    return [
      { type: "RuntimeReady", status: true, reason: "", message: "" },
      {
        type: "NetworkReady",
        status: isReady,
        reason: isReady ? "" : "NetworkPluginNotReady",
        message: isReady ? "" : "the node has no pod CIDR yet",
      },
    ];
  }

  async info(): Promise<Readonly<Record<string, string>>> {
    return {};
  }

  async updateRuntimeConfig(podCidr: string): Promise<void> {
    this.#addresses.setRange(podCidr);
    this.#hasNetwork = true;
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    const id = this.#id();
    const networkMode = config.security.namespaces.network;
    const status: PodSandboxStatus = {
      id,
      metadata: config.metadata,
      state: "ready",
      createdAt: this.#now,
      labels: config.labels,
      annotations: config.annotations,
      ip: networkMode === "node" ? "" : this.#addresses.take(),
      additionalIps: [],
      networkMode,
    };
    this.#sandboxes.set(id, { status, config });
    this.#changed(id);
    return id;
  }

  async stopPodSandbox(id: string): Promise<void> {
    const entry = this.#sandboxes.get(id);
    if (!entry || entry.status.state === "notReady") return;
    for (const [containerId, container] of this.#containers) {
      if (container.podSandboxId === id) this.#end(containerId, 137, "Error");
    }
    this.#addresses.release(entry.status.ip);
    entry.status = { ...entry.status, state: "notReady", ip: "" };
    this.#changed(id);
  }

  async removePodSandbox(id: string): Promise<void> {
    await this.stopPodSandbox(id);
    for (const [containerId, container] of [...this.#containers]) {
      if (container.podSandboxId === id) await this.removeContainer(containerId);
    }
    this.#sandboxes.delete(id);
  }

  async listPodSandboxes(
    labels?: Readonly<Record<string, string>>,
  ): Promise<readonly PodSandbox[]> {
    return [...this.#sandboxes.values()]
      .map(({ status }) => status)
      .filter((status) => matches(status.labels, labels));
  }

  async podSandboxStatus(id: string): Promise<PodSandboxStatus | undefined> {
    return this.#sandboxes.get(id)?.status;
  }

  async createContainer(podSandboxId: string, config: ContainerConfig): Promise<string> {
    const sandbox = this.#sandboxes.get(podSandboxId);
    if (!sandbox) throw new RuntimeError(notFound, `sandbox ${podSandboxId} not found`);
    const id = this.#id();
    const status: ContainerStatus = {
      id,
      metadata: config.metadata,
      state: "created",
      createdAt: this.#now,
      startedAt: 0,
      finishedAt: 0,
      exitCode: 0,
      image: config.userSpecifiedImage,
      imageRef: config.image,
      imageId: config.image,
      reason: "",
      message: "",
      labels: config.labels,
      annotations: config.annotations,
      logPath: `${sandbox.config.logDirectory}/${config.logPath}`,
    };
    this.#containers.set(id, {
      status,
      isInit: config.isInit === true,
      podSandboxId,
      timer: undefined,
    });
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const entry = this.#container(id);
    entry.status = { ...entry.status, state: "running", startedAt: this.#now };
    const annotations = this.#sandboxes.get(entry.podSandboxId)?.config.annotations ?? {};
    const endsAtOnce = entry.isInit && this.#options.endInitContainers === true;
    const seconds = endsAtOnce ? 0 : annotations[simulationAnnotations.runSeconds];
    if (seconds !== undefined) {
      const exitCode = endsAtOnce ? 0 : Number(annotations[simulationAnnotations.exitCode] ?? 0);
      entry.timer = this.#platform.clock.setTimer(Number(seconds) * 1000, () =>
        this.#end(id, exitCode, exitCode === 0 ? "Completed" : "Error"),
      );
    }
    this.#changed(entry.podSandboxId);
  }

  #container(id: string): ContainerEntry {
    const entry = this.#containers.get(id);
    if (!entry) throw new RuntimeError(notFound, `container ${id} not found`);
    return entry;
  }

  #end(id: string, exitCode: number, reason: string): void {
    const entry = this.#containers.get(id);
    if (!entry || entry.status.state === "exited") return;
    entry.timer?.cancel();
    entry.status = { ...entry.status, state: "exited", finishedAt: this.#now, exitCode, reason };
    this.#changed(entry.podSandboxId);
  }

  /** For tests and fault scenarios: the container dies now. */
  kill(id: string, exitCode = 137): void {
    this.#end(id, exitCode, "Error");
  }

  async stopContainer(id: string): Promise<void> {
    this.#end(id, 0, "Completed");
  }

  async removeContainer(id: string): Promise<void> {
    this.#end(id, 137, "Error");
    this.#containers.delete(id);
  }

  async listContainers(labels?: Readonly<Record<string, string>>): Promise<readonly Container[]> {
    return [...this.#containers.values()]
      .filter(({ status }) => matches(status.labels, labels))
      .map(({ status, podSandboxId }) => ({ ...status, podSandboxId }));
  }

  async containerStatus(id: string): Promise<ContainerStatus | undefined> {
    return this.#containers.get(id)?.status;
  }

  async updateContainerResources(): Promise<void> {}
  async reopenContainerLog(): Promise<void> {}

  async execSync(): Promise<{ exitCode: number; stdout: Uint8Array; stderr: Uint8Array }> {
    return { exitCode: 0, stdout: new Uint8Array(), stderr: new Uint8Array() };
  }
  async exec(): Promise<StreamingUrl> {
    throw new RuntimeError(unimplemented, "a simulated container has nothing to execute");
  }
  async attach(): Promise<StreamingUrl> {
    throw new RuntimeError(unimplemented, "a simulated container has no streams");
  }
  async portForward(): Promise<StreamingUrl> {
    throw new RuntimeError(unimplemented, "a simulated pod has no ports");
  }

  async listContainerStats(): Promise<readonly ContainerStats[]> {
    return [...this.#containers.values()]
      .filter(({ status }) => status.state === "running")
      .map(({ status }) => ({
        id: status.id,
        name: status.metadata.name,
        labels: status.labels,
        timestamp: this.#now,
        cpuUsageCoreNanoSeconds: 0,
        memoryWorkingSetBytes: 0,
        memoryUsageBytes: 0,
        memoryRssBytes: 0,
        writableLayerUsedBytes: 0,
        writableLayerInodesUsed: 0,
      }));
  }

  async listImages(): Promise<readonly Image[]> {
    return [...this.#images.values()];
  }
  async imageStatus(image: string): Promise<Image | undefined> {
    return this.#images.get(image);
  }
  async pullImage(image: string): Promise<string> {
    const id = `sha256:${Buffer.from(image).toString("hex").padEnd(64, "0").slice(0, 64)}`;
    this.#images.set(image, {
      id,
      repoTags: [image],
      repoDigests: [],
      sizeBytes: imageBytes,
      uid: undefined,
      username: "",
      pinned: false,
    });
    return id;
  }
  async removeImage(image: string): Promise<void> {
    this.#images.delete(image);
  }
  async imageFileSystem(): Promise<readonly ImageFileSystem[]> {
    return [];
  }

  onChange(callback: (podSandboxId: string) => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  close(): void {
    for (const entry of this.#containers.values()) entry.timer?.cancel();
    this.#listeners.clear();
  }
}
