import type { Duplex } from "node:stream";
import type { Timer } from "../../platform/clock.js";
import type { Files } from "../../platform/files.js";
import type { Platform } from "../../platform/platform.js";
import { RpcCode } from "../../platform/rpc.js";
import type { RemoteCommandStreams } from "../../platform/streaming/remoteCommand.js";
import { streamPair } from "../../platform/streaming/streamPair.js";
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
} from "../cri/runtime.js";
import { serveCommand } from "./commandServer.js";
import { SimulatedLogWriter } from "./simulatedLog.js";
import {
  type SimulatedContainer,
  type SimulatedResult,
  SimulationModel,
  simulatedContainer,
} from "./simulationModel.js";

const notFound = RpcCode.notFound;
const unimplemented = RpcCode.unimplemented;
const failedPrecondition = RpcCode.failedPrecondition;
const resourceExhausted = RpcCode.resourceExhausted;
/** The exit code of a container that could not be started, as containerd's. */
const startFailed = 128;
/** Of a runtime without a model, init containers too. */
const untilStopped = (): { seconds: number } => ({ seconds: Number.POSITIVE_INFINITY });
const nanosecondsPerMillisecond = 1e6;
/** What any simulated image takes. */
const imageBytes = 1024 * 1024;

interface SandboxEntry {
  status: PodSandboxStatus;
  readonly config: PodSandboxConfig;
}

export interface SimulatedRuntimeOptions {
  /** What containers do. Without one they run until they are stopped, init containers too. */
  readonly model?: SimulationModel;
  /** Where logs are written; without them there are none. */
  readonly files?: Files;
}

interface ContainerEntry {
  status: ContainerStatus;
  readonly seen: SimulatedContainer;
  readonly podSandboxId: string;
  timer: Timer | undefined;
  log: SimulatedLogWriter | undefined;
  /** Called when it has ended. Bounded by who is attached. */
  readonly onEnd: Set<() => void>;
}

interface StreamTarget extends RemoteCommandStreams {
  readonly containerId: string;
}

/** Streams that were asked for and not yet opened: whoever asks opens at once. */
const maxPendingStreams = 1_000;
const emptyInput: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};

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
  readonly features = { supplementalGroupsPolicy: true };
  readonly #platform: Pick<Platform, "clock" | "random">;
  readonly #options: SimulatedRuntimeOptions;
  readonly #sandboxes = new Map<string, SandboxEntry>();
  readonly #containers = new Map<string, ContainerEntry>();
  readonly #images = new Map<string, Image>();
  readonly #listeners = new Set<(podSandboxId: string) => void>();
  readonly #addresses = new AddressPool();
  readonly #model: SimulationModel;
  readonly #streams = new Map<string, (socket: Duplex) => Promise<void>>();
  readonly #over = new AbortController();
  #streamCount = 0;
  #hasNetwork = false;

  constructor(platform: Pick<Platform, "clock" | "random">, options: SimulatedRuntimeOptions = {}) {
    this.#platform = platform;
    this.#options = options;
    this.#model = options.model ?? new SimulationModel({ run: untilStopped });
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
      seen: simulatedContainer(sandbox.config, config),
      podSandboxId,
      timer: undefined,
      log: undefined,
      onEnd: new Set(),
    });
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const entry = this.#container(id);
    const { seconds, exitCode, log } = this.#behaviour(id, entry);
    entry.status = { ...entry.status, state: "running", startedAt: this.#now };
    const { files } = this.#options;
    if (files !== undefined) {
      const { clock } = this.#platform;
      entry.log = new SimulatedLogWriter(files, clock, entry.status.logPath);
      // Lines that come later are followed beside the container's life.
      if (log !== undefined) entry.log.write(log).catch(() => undefined);
      await entry.log.written;
    }
    if (seconds !== Number.POSITIVE_INFINITY) {
      entry.timer = this.#platform.clock.setTimer(seconds * 1000, () =>
        this.#end(id, exitCode, exitCode === 0 ? "Completed" : "Error"),
      );
    }
    this.#changed(entry.podSandboxId);
  }

  /** Throws what the model throws; the container has ended then as one that could not start. */
  #behaviour(id: string, entry: ContainerEntry) {
    const annotations = this.#annotations(entry);
    try {
      const log = this.#model.log(entry.seen, annotations);
      return { ...this.#model.run(entry.seen, annotations), log };
    } catch (error) {
      const { message } = error as Error;
      this.#end(id, startFailed, "StartError", message);
      throw error instanceof RuntimeError ? error : new RuntimeError(RpcCode.unknown, message);
    }
  }

  #annotations(entry: ContainerEntry): Readonly<Record<string, string>> {
    return this.#sandboxes.get(entry.podSandboxId)?.config.annotations ?? {};
  }

  #container(id: string): ContainerEntry {
    const entry = this.#containers.get(id);
    if (!entry) throw new RuntimeError(notFound, `container ${id} not found`);
    return entry;
  }

  #end(id: string, exitCode: number, reason: string, message = ""): void {
    const entry = this.#containers.get(id);
    if (!entry || entry.status.state === "exited") return;
    entry.timer?.cancel();
    entry.log?.end();
    entry.status = {
      ...entry.status,
      state: "exited",
      finishedAt: this.#now,
      exitCode,
      reason,
      message,
    };
    for (const tell of entry.onEnd) tell();
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

  async execSync(
    id: string,
    command: readonly string[],
  ): Promise<{ exitCode: number; stdout: Uint8Array; stderr: Uint8Array }> {
    const entry = this.#running(id);
    const result = await this.#exec(entry, command, emptyInput, this.#over.signal);
    const { exitCode, stdout, stderr } = result;
    return { exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) };
  }

  async exec(
    options: StreamTarget & { readonly command: readonly string[] },
  ): Promise<StreamingUrl> {
    const entry = this.#running(options.containerId);
    return this.#offer((socket) =>
      serveCommand(socket, options, async (streams) => {
        const signal = AbortSignal.any([streams.signal, this.#over.signal]);
        const input = streams.stdin ?? emptyInput;
        const result = await this.#exec(entry, options.command, input, signal);
        await Promise.all([streams.writeOutput(result.stdout), streams.writeError(result.stderr)]);
        return result.exitCode;
      }),
    );
  }

  #exec(
    entry: ContainerEntry,
    command: readonly string[],
    stdin: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<Required<SimulatedResult>> {
    const call = { container: entry.seen, command, stdin, signal };
    return this.#model.exec(call, this.#annotations(entry));
  }

  /** Shows what the log gets from now on, until the container ends. */
  async attach(options: StreamTarget): Promise<StreamingUrl> {
    const entry = this.#running(options.containerId);
    return this.#offer((socket) =>
      serveCommand(socket, options, async ({ writeOutput, signal }) => {
        let written = Promise.resolve();
        const stop = entry.log?.follow((text) => {
          written = written.then(() => writeOutput(text));
        });
        const over = AbortSignal.any([signal, this.#over.signal]);
        await new Promise<void>((resolve) => {
          if (entry.status.state === "exited" || over.aborted) resolve();
          over.addEventListener("abort", () => resolve(), { once: true });
          entry.onEnd.add(resolve);
          signal.addEventListener("abort", () => entry.onEnd.delete(resolve), { once: true });
        });
        stop?.();
        await written;
        return 0;
      }),
    );
  }

  #running(id: string): ContainerEntry {
    const entry = this.#container(id);
    if (entry.status.state === "running") return entry;
    throw new RuntimeError(failedPrecondition, `container ${id} is not running`);
  }

  #offer(serve: (socket: Duplex) => Promise<void>): StreamingUrl {
    if (this.#streams.size >= maxPendingStreams) {
      throw new RuntimeError(resourceExhausted, "too many streams wait to be opened");
    }
    this.#streamCount += 1;
    const url = `simulated:${this.#streamCount}`;
    this.#streams.set(url, serve);
    return { url };
  }

  /** The client's end of a stream that exec or attach has offered, once. */
  openStream(url: string): Duplex {
    const serve = this.#streams.get(url);
    if (serve === undefined) throw new RuntimeError(notFound, "no such stream");
    this.#streams.delete(url);
    const [near, far] = streamPair();
    serve(far).catch(() => far.destroy());
    const cut = (): void => {
      far.destroy();
    };
    this.#over.signal.addEventListener("abort", cut, { once: true });
    far.once("close", () => this.#over.signal.removeEventListener("abort", cut));
    return near;
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
    this.#over.abort();
    for (const entry of this.#containers.values()) {
      entry.timer?.cancel();
      entry.log?.end();
    }
    this.#streams.clear();
    this.#listeners.clear();
  }
}
