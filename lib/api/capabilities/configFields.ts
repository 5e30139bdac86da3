import { type Capability, type Limitation, works } from "./capability.js";
import { gateCapability } from "./featureGates.js";

/** Some fields of a component's configuration file that share one limitation. */
export type ConfigFieldRow = Limitation & {
  /** Paths; a row of a message speaks of all that is in it. */
  readonly fields: readonly string[];
  /** Values, as JSON, that ask for what is done anyway. */
  readonly fine?: readonly string[];
};

const kubelet: readonly ConfigFieldRow[] = [
  {
    state: "refused",
    why: "the kernel's settings are not compared yet: leave it out, and check vm.overcommit_memory, vm.panic_on_oom, kernel.panic and kernel.panic_on_oops by hand",
    fields: ["protectKernelDefaults"],
    fine: ["false"],
  },
  {
    state: "refused",
    why: "the number of a pod's processes is not limited yet: leave it out, or limit it in the container runtime",
    fields: ["podPidsLimit"],
    fine: ["-1"],
  },
  {
    state: "refused",
    why: "key exchanges cannot be chosen yet: leave it out, or choose them by tlsMinVersion VersionTLS13",
    fields: ["tlsCurvePreferences"],
  },
  {
    state: "refused",
    why: "whether a pod's own secrets may pull an image that is on the node already is not checked yet: leave it out, and use the admission plugin AlwaysPullImages",
    fields: ["imagePullCredentialsVerificationPolicy", "preloadedImagesVerificationAllowlist"],
    fine: ['"NeverVerify"', '"NeverVerifyPreloadedImages"'],
  },
  {
    state: "refused",
    why: "there is no mode that ends: leave it out",
    fields: ["runOnce"],
    fine: ["false"],
  },
  {
    state: "inert",
    why: "neither are pods evicted under pressure, nor do nodes shut down with grace, yet",
    fields: [
      ...["evictionHard", "evictionSoft", "evictionSoftGracePeriod", "evictionMinimumReclaim"],
      ...["evictionPressureTransitionPeriod", "evictionMaxPodGracePeriod"],
      ...["mergeDefaultEvictionSettings", "shutdownGracePeriod"],
      ...["shutdownGracePeriodCriticalPods", "shutdownGracePeriodByPodPriority"],
    ],
  },
  {
    state: "inert",
    why: "no resource manager is there yet: pods share all of the node but what is reserved for their sum",
    fields: [
      ...["cpuManagerPolicy", "cpuManagerPolicyOptions", "cpuManagerReconcilePeriod"],
      ...["memoryManagerPolicy", "topologyManagerPolicy", "topologyManagerPolicyOptions"],
      ...["topologyManagerScope", "reservedSystemCPUs", "reservedMemory", "qosReserved"],
      ...["systemReservedCgroup", "kubeReservedCgroup", "enforceNodeAllocatable"],
      ...["cpuCFSQuotaPeriod", "memoryThrottlingFactor", "memoryReservationPolicy"],
    ],
  },
  {
    state: "inert",
    why: "the kubelet starts with swap on, too; pods get none",
    fields: ["failSwapOn", "memorySwap"],
    fine: ["false"],
  },
  {
    state: "inert",
    why: "the kubelet starts with cgroups of version 1, too",
    fields: ["failCgroupV1"],
    fine: ["false"],
  },
  {
    state: "inert",
    why: "neither profiles, nor the machine's logs, nor traces are served or sent",
    fields: [
      ...["enableContentionProfiling", "enableProfilingHandler", "enableDebugFlagsHandler"],
      ...["enableSystemLogHandler", "enableSystemLogQuery", "tracing"],
    ],
    fine: ["false"],
  },
  {
    state: "inert",
    why: "static pods come from files only",
    fields: ["staticPodURL", "staticPodURLHeader", "httpCheckFrequency"],
  },
  {
    state: "inert",
    why: "the log is set by flags; of feature gates see below",
    fields: ["logging", "featureGates"],
  },
  {
    state: "inert",
    why: "the built-in behaviour stands",
    fields: [
      ...["syncFrequency", "registryPullQPS", "registryBurst", "eventRecordQPS", "eventBurst"],
      ...["oomScoreAdj", "streamingConnectionIdleTimeout", "volumeStatsAggPeriod"],
      ...["kubeletCgroups", "systemCgroups", "singleProcessOOMKill", "hairpinMode"],
      ...["maxOpenFiles", "contentType", "kubeAPIQPS", "kubeAPIBurst"],
      ...["enableControllerAttachDetach", "makeIPTablesUtilChains", "iptablesMasqueradeBit"],
      ...["iptablesDropBit", "containerLogMaxWorkers", "showHiddenMetricsForVersion"],
      ...["configMapAndSecretChangeDetectionStrategy"],
      ...["defaultPodSysctls", "volumePluginDir", "kernelMemcgNotification"],
      ...["crashLoopBackOff.maxContainerRestartPeriod", "localStorageCapacityIsolation"],
      ...["imageServiceEndpoint", "userNamespaces"],
    ],
  },
];

const kubeProxy: readonly ConfigFieldRow[] = [
  { state: "inert", why: "only the iptables mode is there yet", fields: ["ipvs", "nftables"] },
  { state: "inert", why: "there is no Windows", fields: ["winkernel", "windowsRunAsService"] },
  {
    state: "inert",
    why: "the log is set by flags; of feature gates see below",
    fields: ["logging", "featureGates"],
  },
  {
    state: "inert",
    why: "the built-in behaviour stands",
    fields: [
      ...["clientConnection.acceptContentTypes", "clientConnection.contentType"],
      ...["clientConnection.qps", "clientConnection.burst", "enableProfiling", "portRange"],
      "showHiddenMetricsForVersion",
    ],
    fine: ["false"],
  },
];

const kubeScheduler: readonly ConfigFieldRow[] = [
  {
    state: "refused",
    why: "extenders are not asked yet: leave them out",
    fields: ["extenders"],
    fine: ["[]"],
  },
  {
    state: "inert",
    why: "the built-in behaviour stands",
    fields: [
      ...["parallelism", "enableProfiling", "enableContentionProfiling"],
      ...["clientConnection.acceptContentTypes", "clientConnection.contentType"],
      ...["clientConnection.qps", "clientConnection.burst"],
    ],
  },
];

/** By the name of the component's command. A field of its file without a row works. */
export const configFieldRows: Readonly<Record<string, readonly ConfigFieldRow[]>> = {
  kubelet,
  "kube-proxy": kubeProxy,
  "kube-scheduler": kubeScheduler,
};

function rowOf(component: string, path: string): ConfigFieldRow | undefined {
  return configFieldRows[component]?.find(({ fields }) =>
    fields.some((field) => path === field || path.startsWith(`${field}.`)),
  );
}

/** What a field of a component's file does when it says this. */
export function configFieldCapability(component: string, path: string, value: unknown): Capability {
  const row = rowOf(component, path);
  const gate = /^featureGates\.(.+)$/.exec(path)?.[1];
  if (row !== undefined && gate !== undefined) return gateCapability(gate, value === true);
  if (row === undefined || row.fine?.includes(JSON.stringify(value)) === true) return works;
  return row;
}

/** Whether a field that has a row asks for no more than what is done anyway. */
export function asksForNothing(component: string, path: string, value: unknown): boolean {
  const { state } = configFieldCapability(component, path, value);
  return rowOf(component, path) !== undefined && state === "works";
}
