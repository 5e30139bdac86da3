import type {
  AppArmorProfile,
  Container,
  Pod,
  SELinuxOptions,
  SeccompProfile,
} from "../../api/gen/types/coreV1.js";
import type {
  ContainerSecurity,
  GroupsPolicy,
  Image,
  NamespaceOptions,
  PodSandboxConfig,
  SecurityProfile,
  SeLinuxOptions,
} from "../cri/runtime.js";
import { ContainerConfigError } from "./environment.js";
import { podFullName } from "./podIdentity.js";

/**
 * Paths under /proc and /sys that a container does not see, unless it asks for an unmasked /proc.
 */
const maskedPaths = [
  "/proc/asound",
  "/proc/acpi",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];
const readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** What a profile of either kind asks for; undefined where it asks for nothing. */
function profileOf(
  profile: SeccompProfile | AppArmorProfile | undefined,
): SecurityProfile | undefined {
  switch (profile?.type) {
    case "RuntimeDefault":
      return { profileType: "runtimeDefault" };
    case "Localhost":
      return { profileType: "localhost", localhostRef: profile.localhostProfile ?? "" };
    case "Unconfined":
      return { profileType: "unconfined" };
    default:
      return undefined;
  }
}

function seccompOf(profile: SeccompProfile | undefined, seccompDefault: boolean): SecurityProfile {
  return profileOf(profile) ?? { profileType: seccompDefault ? "runtimeDefault" : "unconfined" };
}

function seLinuxOf(options: SELinuxOptions | undefined): { seLinux?: SeLinuxOptions } {
  if (options === undefined) return {};
  const { user = "", role = "", type = "", level = "" } = options;
  return { seLinux: { user, role, type, level } };
}

function groupsPolicy(pod: Pod): GroupsPolicy {
  return pod.spec.securityContext?.supplementalGroupsPolicy === "Strict" ? "strict" : "merge";
}

export function namespacesOf(pod: Pod, targetId?: string): NamespaceOptions {
  const pid = pod.spec.hostPID ? "node" : pod.spec.shareProcessNamespace ? "pod" : "container";
  return {
    network: pod.spec.hostNetwork ? "node" : "pod",
    pid: targetId === undefined ? pid : "target",
    ipc: pod.spec.hostIPC ? "node" : "pod",
    ...(targetId === undefined ? {} : { targetId }),
  };
}

export function sandboxSecurity(pod: Pod, seccompDefault: boolean): PodSandboxConfig["security"] {
  const context = pod.spec.securityContext ?? {};
  const privileged = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].some(
    (container) => container.securityContext?.privileged === true,
  );
  return {
    namespaces: namespacesOf(pod),
    ...(context.runAsUser === undefined ? {} : { runAsUser: context.runAsUser }),
    ...(context.runAsGroup === undefined ? {} : { runAsGroup: context.runAsGroup }),
    supplementalGroups: supplementalGroups(pod),
    groupsPolicy: groupsPolicy(pod),
    ...seLinuxOf(context.seLinuxOptions),
    privileged,
    // The pause process is ours: it is confined as its pod is, or else by the runtime's default.
    seccomp: seccompOf(context.seccompProfile ?? { type: "RuntimeDefault" }, seccompDefault),
  };
}

function supplementalGroups(pod: Pod): number[] {
  const context = pod.spec.securityContext ?? {};
  const groups = [...(context.supplementalGroups ?? [])];
  if (context.fsGroup !== undefined) groups.push(context.fsGroup);
  return groups;
}

/** Refuses an image that would run as root where the pod says it must not. */
function checkNonRoot(pod: Pod, container: Container, image: Image | undefined): void {
  const context = { ...pod.spec.securityContext, ...container.securityContext };
  if (!context.runAsNonRoot) return;
  const where = `(pod: "${podFullName(pod)}", container: ${container.name})`;
  if (context.runAsUser !== undefined) {
    if (context.runAsUser !== 0) return;
    throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
  }
  if (image?.uid !== undefined && image.uid !== 0) return;
  if (image && image.uid === undefined && image.username !== "") {
    throw new ContainerConfigError(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`,
    );
  }
  throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
}

/** The effective security context: the container's wins over the pod's, field by field. */
export function containerSecurity(
  pod: Pod,
  container: Container,
  image: Image | undefined,
  options: { readonly seccompDefault: boolean; readonly targetId?: string },
): ContainerSecurity {
  checkNonRoot(pod, container, image);
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const privileged = own.privileged === true;
  const runAsUser = own.runAsUser ?? shared.runAsUser ?? image?.uid;
  const runAsGroup = own.runAsGroup ?? shared.runAsGroup;
  const appArmor = profileOf(own.appArmorProfile ?? shared.appArmorProfile);
  const isUnmasked = own.procMount === "Unmasked" || privileged;
  return {
    addCapabilities: own.capabilities?.add ?? [],
    dropCapabilities: own.capabilities?.drop ?? [],
    privileged,
    namespaces: namespacesOf(pod, options.targetId),
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsUser === undefined && image?.username ? { runAsUserName: image.username } : {}),
    // Without a user the runtime refuses a group of its own.
    ...(runAsGroup === undefined || (runAsUser === undefined && !image?.username)
      ? {}
      : { runAsGroup }),
    readOnlyRootFilesystem: own.readOnlyRootFilesystem === true,
    supplementalGroups: supplementalGroups(pod),
    groupsPolicy: groupsPolicy(pod),
    ...seLinuxOf(own.seLinuxOptions ?? shared.seLinuxOptions),
    ...(appArmor ? { appArmor } : {}),
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    maskedPaths: isUnmasked ? [] : maskedPaths,
    readonlyPaths: isUnmasked ? [] : readonlyPaths,
    seccomp: privileged
      ? { profileType: "unconfined" }
      : seccompOf(own.seccompProfile ?? shared.seccompProfile, options.seccompDefault),
  };
}
