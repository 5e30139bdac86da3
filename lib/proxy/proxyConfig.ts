/** How traffic of this node's pods is told from other traffic (`--detect-local-mode`). */
export type DetectLocalMode =
  | "ClusterCIDR"
  | "NodeCIDR"
  | "BridgeInterface"
  | "InterfaceNamePrefix";

/**
 * What kube-proxy is configured with; the names are those of KubeProxyConfiguration
 * (kubeproxy.config.k8s.io/v1alpha1). Durations are in milliseconds.
 */
export interface ProxyConfig {
  /** As given: empty takes the platform's default, which is iptables. */
  readonly mode: string;
  readonly nodeName: string;
  /** The node's own address, unless it is an unspecified one (0.0.0.0, ::) or empty. */
  readonly bindAddress: string;
  /** `address:port`, or empty for none. */
  readonly healthzBindAddress: string;
  readonly metricsBindAddress: string;
  /** A port that cannot be bound is an error instead of a warning with retries. */
  readonly bindAddressHardFail: boolean;
  /** One range, or one a family separated by a comma. */
  readonly clusterCIDR: string;
  readonly detectLocalMode: DetectLocalMode;
  readonly bridgeInterface: string;
  readonly interfaceNamePrefix: string;
  readonly masqueradeAll: boolean;
  readonly masqueradeBit: number;
  readonly localhostNodePorts: boolean;
  readonly syncPeriodMilliseconds: number;
  readonly minSyncPeriodMilliseconds: number;
  /** How often everything known of services and endpoints is gone through again. */
  readonly configSyncPeriodMilliseconds: number;
  /** Ranges, or `primary`; empty for every address. */
  readonly nodePortAddresses: readonly string[];
  readonly conntrack: ConntrackConfig;
}

/** 0 leaves what is set as it is. */
export interface ConntrackConfig {
  readonly maxPerCore: number;
  readonly min: number;
  readonly tcpEstablishedTimeoutMilliseconds: number;
  readonly tcpCloseWaitTimeoutMilliseconds: number;
  readonly tcpBeLiberal: boolean;
  readonly udpTimeoutMilliseconds: number;
  readonly udpStreamTimeoutMilliseconds: number;
}

const hourMilliseconds = 3_600_000;

/** kube-proxy's defaults, as `kube-proxy --help` of 1.37 prints them. */
export const defaultProxyConfig: ProxyConfig = {
  mode: "",
  nodeName: "",
  bindAddress: "0.0.0.0",
  healthzBindAddress: "0.0.0.0:10256",
  metricsBindAddress: "127.0.0.1:10249",
  bindAddressHardFail: false,
  clusterCIDR: "",
  detectLocalMode: "ClusterCIDR",
  bridgeInterface: "",
  interfaceNamePrefix: "",
  masqueradeAll: false,
  masqueradeBit: 14,
  localhostNodePorts: true,
  syncPeriodMilliseconds: 30_000,
  minSyncPeriodMilliseconds: 1_000,
  configSyncPeriodMilliseconds: 900_000,
  nodePortAddresses: [],
  conntrack: {
    maxPerCore: 32_768,
    min: 131_072,
    tcpEstablishedTimeoutMilliseconds: 24 * hourMilliseconds,
    tcpCloseWaitTimeoutMilliseconds: hourMilliseconds,
    tcpBeLiberal: false,
    udpTimeoutMilliseconds: 0,
    udpStreamTimeoutMilliseconds: 0,
  },
};
