import type { Pod } from "../../api/gen/types/coreV1.js";
import type { PodSandboxConfig } from "../cri/runtime.js";
import { isRestartableInit, podUid, runtimeLabels } from "./podIdentity.js";
import { sandboxSecurity } from "./securityContext.js";

/** A host name is at most this long, whatever the pod's name. */
const maxHostnameLength = 63;

export interface SandboxSettings {
  readonly podLogsDirectory: string;
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  /** Of the node, for dnsPolicy Default. */
  readonly resolvConf: {
    servers: readonly string[];
    searches: readonly string[];
    options: readonly string[];
  };
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

/** What a resolver heeds at most; upstream leaves the rest out. */
const maxNameservers = 3;
const maxSearches = 32;

const unique = (values: readonly string[]): string[] => [...new Set(values)];

/** What /etc/resolv.conf of the pod says, by its dnsPolicy and dnsConfig. */
export function podDns(pod: Pod, settings: SandboxSettings): PodSandboxConfig["dns"] {
  const own = pod.spec.dnsConfig ?? {};
  const policy = pod.spec.dnsPolicy ?? "ClusterFirst";
  const isCluster =
    settings.clusterDns.length > 0 &&
    (policy === "ClusterFirstWithHostNet" || (policy === "ClusterFirst" && !pod.spec.hostNetwork));
  let servers: readonly string[] = [];
  let searches: readonly string[] = [];
  let options: readonly string[] = [];
  if (policy !== "None") {
    ({ servers, searches, options } = settings.resolvConf);
    if (isCluster) {
      servers = settings.clusterDns;
      options = ["ndots:5"];
      if (settings.clusterDomain !== "") {
        const domain = settings.clusterDomain;
        const cluster = [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain];
        searches = [...cluster, ...searches];
      }
    }
  }
  const ownOptions = (own.options ?? []).map((option) =>
    option.value === undefined ? (option.name ?? "") : `${option.name}:${option.value}`,
  );
  const overridden = new Set(ownOptions.map((option) => option.split(":")[0]));
  const kept = options.filter((option) => !overridden.has(option.split(":")[0]));
  return {
    servers: unique([...servers, ...(own.nameservers ?? [])]).slice(0, maxNameservers),
    searches: unique([...searches, ...(own.searches ?? [])]).slice(0, maxSearches),
    options: [...kept, ...ownOptions],
  };
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
    dns: podDns(pod, settings),
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

/** Reads a resolv.conf. */
export function parseResolvConf(text: string): SandboxSettings["resolvConf"] {
  const servers: string[] = [];
  let searches: string[] = [];
  let options: string[] = [];
  for (const line of text.split("\n")) {
    const [key, ...values] = line.trim().split(/\s+/);
    if (key === "nameserver" && values[0]) servers.push(values[0]);
    else if (key === "search") searches = values;
    else if (key === "options") options = values;
  }
  return { servers, searches, options };
}
