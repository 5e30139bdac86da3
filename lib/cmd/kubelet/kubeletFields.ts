/** How a field is read and checked. */
export type FieldKind =
  | "string"
  | "boolean"
  | "integer"
  | "duration"
  | "strings"
  | "map"
  | "taints";

export interface KubeletField {
  /** In KubeletConfiguration (kubelet.config.k8s.io/v1beta1). */
  readonly path: string;
  readonly kind: FieldKind;
  /**
   * What holds where a file is given and does not name the field: KubeletConfiguration's default
   * differs from the flag's. Of a field that has no flag: its default.
   */
  readonly fallback?: unknown;
  /** In the file, zero is a value; elsewhere it says no more than nothing. */
  readonly zero?: true;
}

/**
 * Everything that both a flag and the file of --config can say, by the flag's name, and what only
 * the file can, by its own.
 */
export const kubeletFields = {
  address: { path: "address", kind: "string" },
  port: { path: "port", kind: "integer" },
  "read-only-port": { path: "readOnlyPort", kind: "integer", fallback: 0 },
  "healthz-port": { path: "healthzPort", kind: "integer", zero: true },
  "healthz-bind-address": { path: "healthzBindAddress", kind: "string" },
  "enable-server": { path: "enableServer", kind: "boolean" },
  "enable-debugging-handlers": { path: "enableDebuggingHandlers", kind: "boolean" },
  "tls-cert-file": { path: "tlsCertFile", kind: "string" },
  "tls-private-key-file": { path: "tlsPrivateKeyFile", kind: "string" },
  "tls-min-version": { path: "tlsMinVersion", kind: "string" },
  "tls-cipher-suites": { path: "tlsCipherSuites", kind: "strings" },
  "rotate-certificates": { path: "rotateCertificates", kind: "boolean" },
  "rotate-server-certificates": { path: "serverTLSBootstrap", kind: "boolean" },
  "client-ca-file": { path: "authentication.x509.clientCAFile", kind: "string" },
  "anonymous-auth": {
    path: "authentication.anonymous.enabled",
    kind: "boolean",
    fallback: false,
  },
  "authentication-token-webhook": {
    path: "authentication.webhook.enabled",
    kind: "boolean",
    fallback: true,
  },
  "authentication-token-webhook-cache-ttl": {
    path: "authentication.webhook.cacheTTL",
    kind: "duration",
  },
  "authorization-mode": { path: "authorization.mode", kind: "string", fallback: "Webhook" },
  "authorization-webhook-cache-authorized-ttl": {
    path: "authorization.webhook.cacheAuthorizedTTL",
    kind: "duration",
  },
  "authorization-webhook-cache-unauthorized-ttl": {
    path: "authorization.webhook.cacheUnauthorizedTTL",
    kind: "duration",
  },
  "cluster-dns": { path: "clusterDNS", kind: "strings" },
  "cluster-domain": { path: "clusterDomain", kind: "string" },
  "resolv-conf": { path: "resolvConf", kind: "string", zero: true },
  "cgroup-driver": { path: "cgroupDriver", kind: "string" },
  "cgroup-root": { path: "cgroupRoot", kind: "string" },
  "cgroups-per-qos": { path: "cgroupsPerQOS", kind: "boolean" },
  "cpu-cfs-quota": { path: "cpuCFSQuota", kind: "boolean" },
  "seccomp-default": { path: "seccompDefault", kind: "boolean" },
  "allowed-unsafe-sysctls": { path: "allowedUnsafeSysctls", kind: "strings" },
  "max-pods": { path: "maxPods", kind: "integer" },
  "pods-per-core": { path: "podsPerCore", kind: "integer" },
  "pod-cidr": { path: "podCIDR", kind: "string" },
  "pod-manifest-path": { path: "staticPodPath", kind: "string" },
  "file-check-frequency": { path: "fileCheckFrequency", kind: "duration" },
  podLogsDir: { path: "podLogsDir", kind: "string", fallback: "/var/log/pods" },
  "register-node": { path: "registerNode", kind: "boolean" },
  "register-with-taints": { path: "registerWithTaints", kind: "taints" },
  "provider-id": { path: "providerID", kind: "string" },
  "node-status-update-frequency": { path: "nodeStatusUpdateFrequency", kind: "duration" },
  nodeStatusReportFrequency: {
    path: "nodeStatusReportFrequency",
    kind: "duration",
    fallback: "5m",
  },
  nodeLeaseDurationSeconds: { path: "nodeLeaseDurationSeconds", kind: "integer", fallback: 40 },
  "node-status-max-images": { path: "nodeStatusMaxImages", kind: "integer", zero: true },
  "system-reserved": { path: "systemReserved", kind: "map" },
  "kube-reserved": { path: "kubeReserved", kind: "map" },
  "container-runtime-endpoint": { path: "containerRuntimeEndpoint", kind: "string" },
  "runtime-request-timeout": { path: "runtimeRequestTimeout", kind: "duration" },
  "serialize-image-pulls": { path: "serializeImagePulls", kind: "boolean" },
  maxParallelImagePulls: {
    path: "maxParallelImagePulls",
    kind: "integer",
    fallback: 5,
    zero: true,
  },
  "image-gc-high-threshold": { path: "imageGCHighThresholdPercent", kind: "integer", zero: true },
  "image-gc-low-threshold": { path: "imageGCLowThresholdPercent", kind: "integer", zero: true },
  "minimum-image-ttl-duration": { path: "imageMinimumGCAge", kind: "duration" },
  imageMaximumGCAge: { path: "imageMaximumGCAge", kind: "duration", fallback: "0s" },
  "container-log-max-size": { path: "containerLogMaxSize", kind: "string" },
  "container-log-max-files": { path: "containerLogMaxFiles", kind: "integer", zero: true },
  containerLogMonitorInterval: {
    path: "containerLogMonitorInterval",
    kind: "duration",
    fallback: "10s",
    zero: true,
  },
} as const satisfies Readonly<Record<string, KubeletField>>;

type Fields = typeof kubeletFields;
/** The names of the fields of a kind. */
export type FieldName<K extends FieldKind = FieldKind> = {
  [N in keyof Fields]: Fields[N]["kind"] extends K ? N : never;
}[keyof Fields];
