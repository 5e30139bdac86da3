import * as wire from "../../api/gen/wire/cri.js";
import type { WireInput } from "../../api/wirePackage.js";
import type {
  Container,
  ContainerConfig,
  ContainerSecurity,
  ContainerState,
  ContainerStats,
  ContainerStatus,
  Image,
  NamespaceMode,
  NamespaceOptions,
  PodSandbox,
  PodSandboxConfig,
  PodSandboxStatus,
  SecurityProfile,
} from "./runtime.js";

const namespaceModes: Record<NamespaceMode, wire.NamespaceMode> = {
  pod: wire.NamespaceMode.POD,
  container: wire.NamespaceMode.CONTAINER,
  node: wire.NamespaceMode.NODE,
  target: wire.NamespaceMode.TARGET,
};
const namespaceNames = ["pod", "container", "node", "target"] as const;
const containerStates: readonly ContainerState[] = ["created", "running", "exited", "unknown"];
const profileTypes = { runtimeDefault: 0, unconfined: 1, localhost: 2 } as const;
const propagations = { private: 0, hostToContainer: 1, bidirectional: 2 } as const;

function toNamespaces(options: NamespaceOptions): WireInput<wire.NamespaceOption> {
  return {
    network: namespaceModes[options.network],
    pid: namespaceModes[options.pid],
    ipc: namespaceModes[options.ipc],
    targetId: options.targetId,
  };
}

/** containerd before 1.7 wants the old path beside the new profile. */
function toSeccomp(profile: SecurityProfile): {
  seccomp: WireInput<wire.SecurityProfile>;
  seccompProfilePath: string;
} {
  const path = {
    runtimeDefault: "runtime/default",
    unconfined: "unconfined",
    localhost: `localhost/${profile.localhostRef ?? ""}`,
  }[profile.profileType];
  return {
    seccomp: { profileType: profileTypes[profile.profileType], localhostRef: profile.localhostRef },
    seccompProfilePath: path,
  };
}

/** The older field beside the newer, as for seccomp. */
function toAppArmor(profile: SecurityProfile | undefined): {
  apparmor?: WireInput<wire.SecurityProfile>;
  apparmorProfile?: string;
} {
  if (profile === undefined) return {};
  const { profileType, localhostRef } = profile;
  const path = {
    runtimeDefault: "runtime/default",
    unconfined: "unconfined",
    localhost: `localhost/${localhostRef ?? ""}`,
  }[profileType];
  return {
    apparmor: { profileType: profileTypes[profileType], localhostRef },
    apparmorProfile: path,
  };
}

const groupsPolicies = {
  merge: wire.SupplementalGroupsPolicy.Merge,
  strict: wire.SupplementalGroupsPolicy.Strict,
} as const;

const optional = (value: number | undefined): { value: number } | undefined =>
  value === undefined ? undefined : { value };

export function toSandboxConfig(config: PodSandboxConfig): WireInput<wire.PodSandboxConfig> {
  const { security } = config;
  return {
    metadata: config.metadata,
    hostname: config.hostname,
    logDirectory: config.logDirectory,
    dnsConfig: config.dns,
    portMappings: config.portMappings.map((mapping) => ({
      ...mapping,
      protocol: wire.Protocol[mapping.protocol],
    })),
    labels: config.labels,
    annotations: config.annotations,
    linux: {
      cgroupParent: config.cgroupParent,
      sysctls: config.sysctls,
      securityContext: {
        namespaceOptions: toNamespaces(security.namespaces),
        runAsUser: optional(security.runAsUser),
        runAsGroup: optional(security.runAsGroup),
        supplementalGroups: [...security.supplementalGroups],
        supplementalGroupsPolicy: groupsPolicies[security.groupsPolicy],
        selinuxOptions: security.seLinux,
        privileged: security.privileged,
        ...toSeccomp(security.seccomp),
      },
    },
  };
}

function toContainerSecurity(
  security: ContainerSecurity,
): WireInput<wire.LinuxContainerSecurityContext> {
  return {
    capabilities: {
      addCapabilities: [...security.addCapabilities],
      dropCapabilities: [...security.dropCapabilities],
    },
    privileged: security.privileged,
    namespaceOptions: toNamespaces(security.namespaces),
    runAsUser: optional(security.runAsUser),
    runAsGroup: optional(security.runAsGroup),
    runAsUsername: security.runAsUserName,
    readonlyRootfs: security.readOnlyRootFilesystem,
    supplementalGroups: [...security.supplementalGroups],
    supplementalGroupsPolicy: groupsPolicies[security.groupsPolicy],
    selinuxOptions: security.seLinux,
    noNewPrivs: security.noNewPrivileges,
    maskedPaths: [...security.maskedPaths],
    readonlyPaths: [...security.readonlyPaths],
    ...toSeccomp(security.seccomp),
    ...toAppArmor(security.appArmor),
  };
}

export function toContainerConfig(config: ContainerConfig): WireInput<wire.ContainerConfig> {
  return {
    metadata: config.metadata,
    image: { image: config.image, userSpecifiedImage: config.userSpecifiedImage },
    command: [...config.command],
    args: [...config.args],
    workingDir: config.workingDirectory,
    envs: config.environment.map(({ name, value }) => ({ key: name, value: Buffer.from(value) })),
    mounts: config.mounts.map((mount) => ({
      containerPath: mount.containerPath,
      hostPath: mount.hostPath,
      readonly: mount.readOnly,
      propagation: propagations[mount.propagation],
    })),
    labels: config.labels,
    annotations: config.annotations,
    logPath: config.logPath,
    stdin: config.stdin,
    stdinOnce: config.stdinOnce,
    tty: config.tty,
    linux: {
      resources: config.resources,
      securityContext: toContainerSecurity(config.security),
    },
  };
}

export function fromPodSandbox(sandbox: wire.PodSandbox): PodSandbox {
  return {
    id: sandbox.id,
    metadata: sandbox.metadata ?? { name: "", uid: "", namespace: "", attempt: 0 },
    state: sandbox.state === wire.PodSandboxState.SANDBOX_READY ? "ready" : "notReady",
    createdAt: sandbox.createdAt,
    labels: sandbox.labels,
    annotations: sandbox.annotations,
  };
}

export function fromPodSandboxStatus(status: wire.PodSandboxStatus): PodSandboxStatus {
  const network = status.linux?.namespaces?.options?.network ?? 0;
  return {
    ...fromPodSandbox({ ...status, runtimeHandler: "" }),
    ip: status.network?.ip ?? "",
    additionalIps: (status.network?.additionalIps ?? []).map((entry) => entry.ip),
    networkMode: namespaceNames[network] ?? "pod",
  };
}

export function fromContainer(container: wire.Container): Container {
  return {
    id: container.id,
    podSandboxId: container.podSandboxId,
    metadata: container.metadata ?? { name: "", attempt: 0 },
    imageRef: container.imageRef,
    state: containerStates[container.state] ?? "unknown",
    createdAt: container.createdAt,
    labels: container.labels,
    annotations: container.annotations,
  };
}

export function fromContainerStatus(status: wire.ContainerStatus): ContainerStatus {
  return {
    id: status.id,
    metadata: status.metadata ?? { name: "", attempt: 0 },
    state: containerStates[status.state] ?? "unknown",
    createdAt: status.createdAt,
    startedAt: status.startedAt,
    finishedAt: status.finishedAt,
    exitCode: status.exitCode,
    image: status.image?.image ?? "",
    imageRef: status.imageRef,
    imageId: status.imageId === "" ? status.imageRef : status.imageId,
    reason: status.reason,
    message: status.message,
    labels: status.labels,
    annotations: status.annotations,
    logPath: status.logPath,
    ...(status.user?.linux ? { user: status.user.linux } : {}),
  };
}

export function fromContainerStats(stats: wire.ContainerStats): ContainerStats {
  return {
    id: stats.attributes?.id ?? "",
    name: stats.attributes?.metadata?.name ?? "",
    labels: stats.attributes?.labels ?? {},
    timestamp: stats.cpu?.timestamp ?? 0,
    cpuUsageCoreNanoSeconds: stats.cpu?.usageCoreNanoSeconds?.value ?? 0,
    memoryWorkingSetBytes: stats.memory?.workingSetBytes?.value ?? 0,
    memoryUsageBytes: stats.memory?.usageBytes?.value,
    memoryRssBytes: stats.memory?.rssBytes?.value,
    writableLayerUsedBytes: stats.writableLayer?.usedBytes?.value ?? 0,
    writableLayerInodesUsed: stats.writableLayer?.inodesUsed?.value ?? 0,
  };
}

export function fromImage(image: wire.Image): Image {
  return {
    id: image.id,
    repoTags: image.repoTags,
    repoDigests: image.repoDigests,
    sizeBytes: image.size,
    uid: image.uid?.value,
    username: image.username,
    pinned: image.pinned,
  };
}
