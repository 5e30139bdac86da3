/**
 * The container runtime as the kubelet sees it: CRI's runtime.v1, with JavaScript's types.
 * containerd and its like stand behind CriRuntime; simulated nodes have an implementation in this
 * process. Times are nanoseconds since the epoch as CRI gives them (a double: exact to about 256
 * ns), 0 where there is none.
 */

import type { Pod } from "../../api/gen/types/coreV1.js";

export type PodSandboxState = "ready" | "notReady";
export type ContainerState = "created" | "running" | "exited" | "unknown";
export type NamespaceMode = "pod" | "container" | "node" | "target";

export interface PodSandboxMetadata {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly attempt: number;
}

export interface ContainerMetadata {
  readonly name: string;
  readonly attempt: number;
}

export interface NamespaceOptions {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  readonly targetId?: string;
}

export interface SecurityProfile {
  readonly profileType: "runtimeDefault" | "unconfined" | "localhost";
  readonly localhostRef?: string;
}

export interface LinuxResources {
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly cpuShares?: number;
  readonly memoryLimitInBytes?: number;
  readonly oomScoreAdj?: number;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  readonly unified?: Readonly<Record<string, string>>;
}

/** Of SELinux; empty parts are the runtime's to choose. */
export interface SeLinuxOptions {
  readonly user: string;
  readonly role: string;
  readonly type: string;
  readonly level: string;
}

export type GroupsPolicy = "merge" | "strict";

export interface PodSandboxConfig {
  readonly metadata: PodSandboxMetadata;
  readonly hostname: string;
  readonly logDirectory: string;
  readonly dns: {
    servers: readonly string[];
    searches: readonly string[];
    options: readonly string[];
  };
  readonly portMappings: readonly {
    protocol: "TCP" | "UDP" | "SCTP";
    containerPort: number;
    hostPort: number;
    hostIp: string;
  }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly cgroupParent: string;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly security: {
    readonly namespaces: NamespaceOptions;
    readonly runAsUser?: number;
    readonly runAsGroup?: number;
    readonly supplementalGroups: readonly number[];
    readonly groupsPolicy: GroupsPolicy;
    readonly privileged: boolean;
    readonly seccomp: SecurityProfile;
    readonly seLinux?: SeLinuxOptions;
  };
  /** Whose sandbox it is. Real runtimes have no use for it. */
  readonly pod?: Pod;
}

export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
  readonly propagation: "private" | "hostToContainer" | "bidirectional";
}

export interface ContainerSecurity {
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  readonly privileged: boolean;
  readonly namespaces: NamespaceOptions;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly runAsUserName?: string;
  readonly readOnlyRootFilesystem: boolean;
  readonly supplementalGroups: readonly number[];
  readonly groupsPolicy: GroupsPolicy;
  readonly noNewPrivileges: boolean;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly seccomp: SecurityProfile;
  /** Without one the runtime's default holds, where the kernel has AppArmor. */
  readonly appArmor?: SecurityProfile;
  readonly seLinux?: SeLinuxOptions;
}

export interface ContainerConfig {
  readonly metadata: ContainerMetadata;
  /** A reference that the runtime knows, by preference the image's id. */
  readonly image: string;
  readonly userSpecifiedImage: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDirectory: string;
  readonly environment: readonly { name: string; value: string }[];
  readonly mounts: readonly Mount[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Relative to the sandbox's log directory. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly resources: LinuxResources;
  readonly security: ContainerSecurity;
  /** An init container, whose end others wait for. Real runtimes have no use for it. */
  readonly isInit?: boolean;
}

export interface PodSandbox {
  readonly id: string;
  readonly metadata: PodSandboxMetadata;
  readonly state: PodSandboxState;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface PodSandboxStatus extends PodSandbox {
  readonly ip: string;
  readonly additionalIps: readonly string[];
  readonly networkMode: NamespaceMode;
}

export interface Container {
  readonly id: string;
  readonly podSandboxId: string;
  readonly metadata: ContainerMetadata;
  readonly imageRef: string;
  readonly state: ContainerState;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerStatus {
  readonly id: string;
  readonly metadata: ContainerMetadata;
  readonly state: ContainerState;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly image: string;
  readonly imageRef: string;
  readonly imageId: string;
  readonly reason: string;
  readonly message: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly logPath: string;
  /** As whom its first process runs, where the runtime tells. */
  readonly user?: {
    readonly uid: number;
    readonly gid: number;
    readonly supplementalGroups: readonly number[];
  };
}

export interface Image {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly sizeBytes: number;
  readonly uid: number | undefined;
  readonly username: string;
  readonly pinned: boolean;
}

export interface ImageAuth {
  readonly username: string;
  readonly password: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

export interface ContainerStats {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Nanoseconds since the epoch. */
  readonly timestamp: number;
  readonly cpuUsageCoreNanoSeconds: number;
  readonly memoryWorkingSetBytes: number;
  readonly memoryUsageBytes: number | undefined;
  readonly memoryRssBytes: number | undefined;
  readonly writableLayerUsedBytes: number;
  readonly writableLayerInodesUsed: number;
}

export interface RuntimeVersion {
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  readonly runtimeApiVersion: string;
}

export interface RuntimeCondition {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

export interface ImageFileSystem {
  readonly mountpoint: string;
  readonly usedBytes: number;
  readonly inodesUsed: number;
}

/** Where a stream of exec, attach or port-forward is served by the runtime. */
export interface StreamingUrl {
  readonly url: string;
}

/** What a runtime can do beyond what all can. */
export interface RuntimeFeatures {
  /** It can leave out groups that the image names for the user (`supplementalGroupsPolicy`). */
  readonly supplementalGroupsPolicy: boolean;
}

export interface ContainerRuntime {
  /** As it told with its last status; nothing before. */
  readonly features: RuntimeFeatures;
  version(): Promise<RuntimeVersion>;
  status(): Promise<readonly RuntimeCondition[]>;
  /**
   * What the runtime says of its own configuration, for example its sandbox image; empty where it
   * says nothing.
   */
  info(): Promise<Readonly<Record<string, string>>>;
  updateRuntimeConfig(podCidr: string): Promise<void>;

  runPodSandbox(config: PodSandboxConfig, runtimeHandler: string): Promise<string>;
  stopPodSandbox(id: string): Promise<void>;
  removePodSandbox(id: string): Promise<void>;
  listPodSandboxes(labels?: Readonly<Record<string, string>>): Promise<readonly PodSandbox[]>;
  podSandboxStatus(id: string): Promise<PodSandboxStatus | undefined>;

  createContainer(
    podSandboxId: string,
    config: ContainerConfig,
    sandbox: PodSandboxConfig,
  ): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** Resolves when it has stopped; the runtime kills it after the timeout. */
  stopContainer(id: string, timeoutSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  listContainers(labels?: Readonly<Record<string, string>>): Promise<readonly Container[]>;
  containerStatus(id: string): Promise<ContainerStatus | undefined>;
  updateContainerResources(id: string, resources: LinuxResources): Promise<void>;
  reopenContainerLog(id: string): Promise<void>;

  execSync(
    id: string,
    command: readonly string[],
    timeoutSeconds: number,
  ): Promise<{ exitCode: number; stdout: Uint8Array; stderr: Uint8Array }>;
  exec(options: {
    containerId: string;
    command: readonly string[];
    tty: boolean;
    stdin: boolean;
    stdout: boolean;
    stderr: boolean;
  }): Promise<StreamingUrl>;
  attach(options: {
    containerId: string;
    tty: boolean;
    stdin: boolean;
    stdout: boolean;
    stderr: boolean;
  }): Promise<StreamingUrl>;
  portForward(podSandboxId: string, ports: readonly number[]): Promise<StreamingUrl>;

  listContainerStats(): Promise<readonly ContainerStats[]>;

  listImages(): Promise<readonly Image[]>;
  imageStatus(image: string): Promise<Image | undefined>;
  /** The image's reference, by which containers are created. */
  pullImage(
    image: string,
    auth: ImageAuth | undefined,
    sandbox?: PodSandboxConfig,
  ): Promise<string>;
  removeImage(image: string): Promise<void>;
  imageFileSystem(): Promise<readonly ImageFileSystem[]>;

  /**
   * Calls back when a container's or sandbox's state may have changed, where the runtime can tell
   * (the kubelet also lists at intervals). Returns what stops it.
   */
  onChange(callback: (podSandboxId: string) => void): () => void;
  close(): void;
}

/** gRPC's codes by number, as Go names them. */
const codeNames = (
  "OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied " +
  "ResourceExhausted FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable " +
  "DataLoss Unauthenticated"
).split(" ");

/** What went wrong as events and statuses show it: a runtime's refusal as Go's gRPC writes it. */
export function failureText(error: unknown): string {
  if (error instanceof RuntimeError) {
    return `rpc error: code = ${codeNames[error.code] ?? error.code} desc = ${error.message}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** A refusal by the runtime, with gRPC's code where it came over gRPC. */
export class RuntimeError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.name = "RuntimeError";
    this.code = code;
  }
}
