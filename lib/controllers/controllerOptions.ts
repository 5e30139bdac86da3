/** Options of the controllers, named as kube-controller-manager's flags. */
export interface ControllerOptions {
  /** Keys that a controller works on at once, by its name; others have a number of their own. */
  readonly concurrentSyncs: Readonly<Record<string, number>>;
  readonly allocateNodeCidrs: boolean;
  /** One or two CIDRs; empty where none are allocated. */
  readonly clusterCidrs: readonly string[];
  readonly serviceClusterIpRange: string | undefined;
  readonly nodeCidrMaskSizeIPv4: number;
  readonly nodeCidrMaskSizeIPv6: number;
  readonly nodeMonitorPeriodSeconds: number;
  readonly nodeMonitorGracePeriodSeconds: number;
  readonly nodeStartupGracePeriodSeconds: number;
  /** Nodes a second whose pods are evicted in a healthy zone. */
  readonly nodeEvictionRate: number;
  readonly secondaryNodeEvictionRate: number;
  readonly unhealthyZoneThreshold: number;
  readonly largeClusterSizeThreshold: number;
  readonly terminatedPodGcThreshold: number;
  /** PEM of the CA that pods get to check the API server by; empty: no ConfigMap is published. */
  readonly rootCertificateAuthorities: string;
  /** PEM private key for legacy service account tokens; empty: none are made. */
  readonly serviceAccountPrivateKey: string;
  /** PEM pair that signs certificate requests; absent: none are signed. */
  readonly clusterSigning: { readonly certificate: string; readonly key: string } | undefined;
  readonly clusterSigningDurationSeconds: number;
  readonly maxEndpointsPerSlice: number;
  readonly resourceQuotaSyncPeriodSeconds: number;
  /** IANA name of the zone of CronJobs that name none: upstream's is that of the process. */
  readonly localTimeZone: string;
}

/** Upstream's defaults. */
export const defaultControllerOptions: ControllerOptions = {
  concurrentSyncs: {},
  allocateNodeCidrs: false,
  clusterCidrs: [],
  serviceClusterIpRange: undefined,
  nodeCidrMaskSizeIPv4: 24,
  nodeCidrMaskSizeIPv6: 64,
  nodeMonitorPeriodSeconds: 5,
  nodeMonitorGracePeriodSeconds: 50,
  nodeStartupGracePeriodSeconds: 60,
  nodeEvictionRate: 0.1,
  secondaryNodeEvictionRate: 0.01,
  unhealthyZoneThreshold: 0.55,
  largeClusterSizeThreshold: 50,
  terminatedPodGcThreshold: 12_500,
  rootCertificateAuthorities: "",
  serviceAccountPrivateKey: "",
  clusterSigning: undefined,
  clusterSigningDurationSeconds: 31_536_000,
  maxEndpointsPerSlice: 100,
  resourceQuotaSyncPeriodSeconds: 300,
  localTimeZone: "UTC",
};
