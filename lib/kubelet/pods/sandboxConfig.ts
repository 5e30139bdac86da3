import type { Pod } from "../../api/gen/types/coreV1.js";
import type { PodSandboxConfig } from "../cri/runtime.js";
import { type PodDnsSettings, podDns } from "./podDns.js";
import { isRestartableInit, podUid, runtimeLabels } from "./podIdentity.js";
import { sandboxSecurity } from "./securityContext.js";

/** A host name is at most this long, whatever the pod's name. */
const maxHostnameLength = 63;

export interface SandboxSettings extends PodDnsSettings {
  readonly podLogsDirectory: string;
  readonly nodeHostname: string;
  readonly seccompDefault: boolean;
}

export function podLogDirectory(podLogsDirectory: string, pod: Pod): string {
  return `${podLogsDirectory}/${pod.metadata.namespace}_${pod.metadata.name}_${podUid(pod)}`;
}

export function podHostname(pod: Pod, settings: Pick<SandboxSettings, "nodeHostname">): string {
  if (pod.spec.hostnameOverride) return pod.spec.hostnameOverride;
  if (pod.spec.hostNetwork) return settings.nodeHostname;
  const name = pod.spec.hostname || pod.metadata.name || "";
  return name.slice(0, maxHostnameLength).replace(/[-.]+$/, "");
}

/** The pod's full name in the cluster's DNS, where it has a subdomain. */
export function podFullHostname(pod: Pod, settings: SandboxSettings): string | undefined {
  if (!pod.spec.subdomain || settings.clusterDomain === "") return undefined;
  const namespace = pod.metadata.namespace;
  return `${podHostname(pod, settings)}.${pod.spec.subdomain}.${namespace}.svc.${settings.clusterDomain}`;
}

export function sandboxConfig(
  pod: Pod,
  attempt: number,
  cgroupParent: string,
  settings: SandboxSettings,
): PodSandboxConfig {
  const uid = podUid(pod);
  const name = pod.metadata.name ?? "";
  const namespace = pod.metadata.namespace ?? "";
  const sidecars = (pod.spec.initContainers ?? []).filter(isRestartableInit);
  const fullHostname = pod.spec.setHostnameAsFQDN ? podFullHostname(pod, settings) : undefined;
  const ports = [...sidecars, ...pod.spec.containers].flatMap((container) => container.ports ?? []);
  return {
    metadata: { name, uid, namespace, attempt },
    // In the host's network the name is the host's: there is no UTS namespace to set one in.
    hostname: pod.spec.hostNetwork ? "" : (fullHostname ?? podHostname(pod, settings)),
    logDirectory: podLogDirectory(settings.podLogsDirectory, pod),
    dns: podDns(pod, settings).config,
    portMappings: pod.spec.hostNetwork
      ? []
      : ports.map((port) => ({
          protocol: (port.protocol ?? "TCP") as "TCP" | "UDP" | "SCTP",
          containerPort: port.containerPort,
          hostPort: port.hostPort ?? 0,
          hostIp: port.hostIP ?? "",
        })),
    labels: {
      ...pod.metadata.labels,
      [runtimeLabels.podName]: name,
      [runtimeLabels.podNamespace]: namespace,
      [runtimeLabels.podUid]: uid,
    },
    annotations: { ...pod.metadata.annotations },
    cgroupParent,
    sysctls: Object.fromEntries(
      (pod.spec.securityContext?.sysctls ?? []).map((sysctl) => [sysctl.name, sysctl.value]),
    ),
    security: sandboxSecurity(pod, settings.seccompDefault),
    pod,
  };
}
