import * as wire from "../../api/gen/wire/cri.js";
import type { WireClient, WireInput } from "../../api/wirePackage.js";
import { type RpcChannel, RpcCode, RpcError } from "../../platform/rpc.js";
import * as convert from "./criConversion.js";
import {
  type Container,
  type ContainerConfig,
  type ContainerRuntime,
  type ContainerStats,
  type ContainerStatus,
  type Image,
  type ImageAuth,
  type ImageFileSystem,
  type LinuxResources,
  type PodSandbox,
  type PodSandboxConfig,
  type PodSandboxStatus,
  type RuntimeCondition,
  RuntimeError,
  type RuntimeFeatures,
  type RuntimeVersion,
  type StreamingUrl,
} from "./runtime.js";

/** Upstream's default for --runtime-request-timeout. */
const defaultTimeoutMilliseconds = 120_000;

type RuntimeServices = wire.Services["RuntimeService"];
type ImageServices = wire.Services["ImageService"];

/**
 * A CRI runtime over gRPC. Optional calls that it answers with UNIMPLEMENTED are asked once and
 * then left out.
 */
export class CriRuntime implements ContainerRuntime {
  #features: RuntimeFeatures = { supplementalGroupsPolicy: false };
  readonly #runtime: WireClient<RuntimeServices>;
  readonly #images: WireClient<ImageServices>;
  readonly #channel: RpcChannel;
  readonly #timeoutMilliseconds: number;
  readonly #unimplemented = new Set<string>();

  constructor(channel: RpcChannel, timeoutMilliseconds = defaultTimeoutMilliseconds) {
    this.#channel = channel;
    this.#timeoutMilliseconds = timeoutMilliseconds;
    this.#runtime = wire.cri.client("RuntimeService", channel);
    this.#images = wire.cri.client("ImageService", channel);
  }

  async #ask<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof RpcError) throw new RuntimeError(error.code, error.message);
      throw error;
    }
  }

  get #timeout(): { timeoutMilliseconds: number } {
    return { timeoutMilliseconds: this.#timeoutMilliseconds };
  }

  /** As #ask, but undefined where the runtime does not have the call. */
  async #askOptional<T>(name: string, call: () => Promise<T>): Promise<T | undefined> {
    if (this.#unimplemented.has(name)) return undefined;
    try {
      return await this.#ask(call());
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== RpcCode.unimplemented) throw error;
      this.#unimplemented.add(name);
      return undefined;
    }
  }

  async #askMaybe<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await this.#ask(call);
    } catch (error) {
      if (error instanceof RuntimeError && error.code === RpcCode.notFound) return undefined;
      throw error;
    }
  }

  async version(): Promise<RuntimeVersion> {
    return this.#ask(this.#runtime.call("Version", { version: "0.1.0" }, this.#timeout));
  }

  get features(): RuntimeFeatures {
    return this.#features;
  }

  async status(): Promise<readonly RuntimeCondition[]> {
    const answer = await this.#ask(this.#runtime.call("Status", {}, this.#timeout));
    const { supplementalGroupsPolicy = false } = answer.features ?? {};
    this.#features = { supplementalGroupsPolicy };
    return answer.status?.conditions ?? [];
  }

  async info(): Promise<Readonly<Record<string, string>>> {
    const answer = await this.#ask(this.#runtime.call("Status", { verbose: true }, this.#timeout));
    return answer.info;
  }

  async updateRuntimeConfig(podCidr: string): Promise<void> {
    const runtimeConfig = { networkConfig: { podCidr } };
    await this.#ask(this.#runtime.call("UpdateRuntimeConfig", { runtimeConfig }, this.#timeout));
  }

  async runPodSandbox(config: PodSandboxConfig, runtimeHandler: string): Promise<string> {
    const request = { config: convert.toSandboxConfig(config), runtimeHandler };
    const options = { timeoutMilliseconds: this.#timeoutMilliseconds * 2 };
    return (await this.#ask(this.#runtime.call("RunPodSandbox", request, options))).podSandboxId;
  }

  async stopPodSandbox(id: string): Promise<void> {
    await this.#askMaybe(this.#runtime.call("StopPodSandbox", { podSandboxId: id }, this.#timeout));
  }

  async removePodSandbox(id: string): Promise<void> {
    await this.#askMaybe(
      this.#runtime.call("RemovePodSandbox", { podSandboxId: id }, this.#timeout),
    );
  }

  async listPodSandboxes(
    labels: Readonly<Record<string, string>> = {},
  ): Promise<readonly PodSandbox[]> {
    const filter = { labelSelector: labels };
    const answer = await this.#ask(this.#runtime.call("ListPodSandbox", { filter }, this.#timeout));
    return answer.items.map(convert.fromPodSandbox);
  }

  async podSandboxStatus(id: string): Promise<PodSandboxStatus | undefined> {
    const answer = await this.#askMaybe(
      this.#runtime.call("PodSandboxStatus", { podSandboxId: id }, this.#timeout),
    );
    return answer?.status ? convert.fromPodSandboxStatus(answer.status) : undefined;
  }

  async createContainer(
    podSandboxId: string,
    config: ContainerConfig,
    sandbox: PodSandboxConfig,
  ): Promise<string> {
    const request = {
      podSandboxId,
      config: convert.toContainerConfig(config),
      sandboxConfig: convert.toSandboxConfig(sandbox),
    };
    return (await this.#ask(this.#runtime.call("CreateContainer", request, this.#timeout)))
      .containerId;
  }

  async startContainer(id: string): Promise<void> {
    await this.#ask(this.#runtime.call("StartContainer", { containerId: id }, this.#timeout));
  }

  async stopContainer(id: string, timeoutSeconds: number): Promise<void> {
    const request = { containerId: id, timeout: timeoutSeconds };
    const options = {
      timeoutMilliseconds: this.#timeoutMilliseconds + timeoutSeconds * 1000,
    };
    await this.#askMaybe(this.#runtime.call("StopContainer", request, options));
  }

  async removeContainer(id: string): Promise<void> {
    await this.#askMaybe(this.#runtime.call("RemoveContainer", { containerId: id }, this.#timeout));
  }

  async listContainers(
    labels: Readonly<Record<string, string>> = {},
  ): Promise<readonly Container[]> {
    const filter = { labelSelector: labels };
    const answer = await this.#ask(this.#runtime.call("ListContainers", { filter }, this.#timeout));
    return answer.containers.map(convert.fromContainer);
  }

  async containerStatus(id: string): Promise<ContainerStatus | undefined> {
    const answer = await this.#askMaybe(
      this.#runtime.call("ContainerStatus", { containerId: id }, this.#timeout),
    );
    return answer?.status ? convert.fromContainerStatus(answer.status) : undefined;
  }

  async updateContainerResources(id: string, resources: LinuxResources): Promise<void> {
    const linux: WireInput<wire.LinuxContainerResources> = resources;
    const request = { containerId: id, linux };
    await this.#ask(this.#runtime.call("UpdateContainerResources", request, this.#timeout));
  }

  async reopenContainerLog(id: string): Promise<void> {
    await this.#ask(this.#runtime.call("ReopenContainerLog", { containerId: id }, this.#timeout));
  }

  async execSync(
    id: string,
    command: readonly string[],
    timeoutSeconds: number,
  ): Promise<{ exitCode: number; stdout: Uint8Array; stderr: Uint8Array }> {
    const request = { containerId: id, cmd: [...command], timeout: timeoutSeconds };
    // Without a timeout (hooks) it takes what it takes: who waits for it has a grace of its own.
    const limit = timeoutSeconds > 0 ? { timeoutMilliseconds: timeoutSeconds * 1000 + 5_000 } : {};
    return this.#ask(this.#runtime.call("ExecSync", request, limit));
  }

  async exec(options: {
    containerId: string;
    command: readonly string[];
    tty: boolean;
    stdin: boolean;
    stdout: boolean;
    stderr: boolean;
  }): Promise<StreamingUrl> {
    const { command, ...rest } = options;
    return this.#ask(this.#runtime.call("Exec", { ...rest, cmd: [...command] }, this.#timeout));
  }

  async attach(options: {
    containerId: string;
    tty: boolean;
    stdin: boolean;
    stdout: boolean;
    stderr: boolean;
  }): Promise<StreamingUrl> {
    return this.#ask(this.#runtime.call("Attach", options, this.#timeout));
  }

  async portForward(podSandboxId: string, ports: readonly number[]): Promise<StreamingUrl> {
    const request = { podSandboxId, port: [...ports] };
    return this.#ask(this.#runtime.call("PortForward", request, this.#timeout));
  }

  async listContainerStats(): Promise<readonly ContainerStats[]> {
    const answer = await this.#askOptional("ListContainerStats", () =>
      this.#runtime.call("ListContainerStats", {}, this.#timeout),
    );
    return (answer?.stats ?? []).map(convert.fromContainerStats);
  }

  async listImages(): Promise<readonly Image[]> {
    const answer = await this.#ask(this.#images.call("ListImages", {}, this.#timeout));
    return answer.images.map(convert.fromImage);
  }

  async imageStatus(image: string): Promise<Image | undefined> {
    const request = { image: { image } };
    const answer = await this.#ask(this.#images.call("ImageStatus", request, this.#timeout));
    return answer.image ? convert.fromImage(answer.image) : undefined;
  }

  async pullImage(
    image: string,
    auth: ImageAuth | undefined,
    sandbox?: PodSandboxConfig,
  ): Promise<string> {
    const request = {
      image: { image },
      ...(auth ? { auth } : {}),
      ...(sandbox ? { sandboxConfig: convert.toSandboxConfig(sandbox) } : {}),
    };
    // Pulling takes what it takes; the runtime gives up by itself when nothing arrives.
    return (await this.#ask(this.#images.call("PullImage", request))).imageRef;
  }

  async removeImage(image: string): Promise<void> {
    await this.#ask(this.#images.call("RemoveImage", { image: { image } }, this.#timeout));
  }

  async imageFileSystem(): Promise<readonly ImageFileSystem[]> {
    const answer = await this.#ask(this.#images.call("ImageFsInfo", {}, this.#timeout));
    return answer.imageFilesystems.map((usage) => ({
      mountpoint: usage.fsId?.mountpoint ?? "",
      usedBytes: usage.usedBytes?.value ?? 0,
      inodesUsed: usage.inodesUsed?.value ?? 0,
    }));
  }

  /**
   * GetContainerEvents, where the runtime has it (containerd 1.6 does not: then the kubelet's lists
   * must do).
   */
  onChange(callback: (podSandboxId: string) => void): () => void {
    const abort = new AbortController();
    const follow = async (): Promise<void> => {
      const events = this.#runtime.stream("GetContainerEvents", {}, { signal: abort.signal });
      for await (const event of events) {
        callback(event.podSandboxStatus?.id ?? event.containerId);
      }
    };
    follow().catch(() => undefined);
    return () => abort.abort();
  }

  close(): void {
    this.#channel.close();
  }
}
