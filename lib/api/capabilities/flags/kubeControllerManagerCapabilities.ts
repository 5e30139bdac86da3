import type { FlagRow } from "./flagRow.js";
import { tlsGroups, tlsSuites } from "./tlsRows.js";

/** Flags of kube-controller-manager that have no effect yet. All others work. */
export const kubeControllerManagerCapabilities: readonly FlagRow[] = [
  tlsSuites,
  tlsGroups,
  {
    state: "refused",
    why: "all signers sign with --cluster-signing-cert-file: start without an authority for one of them alone",
    flags: [
      "cluster-signing-kube-apiserver-client-cert-file",
      "cluster-signing-kube-apiserver-client-key-file",
      "cluster-signing-kubelet-client-cert-file",
      "cluster-signing-kubelet-client-key-file",
      "cluster-signing-kubelet-serving-cert-file",
      "cluster-signing-kubelet-serving-key-file",
      "cluster-signing-legacy-unknown-cert-file",
      "cluster-signing-legacy-unknown-key-file",
    ],
  },
  {
    state: "inert",
    why: "metrics are served whole and without limits on labels",
    flags: [
      "allow-metric-labels",
      "allow-metric-labels-manifest",
      "disabled-metrics",
      "show-hidden-metrics-for-version",
    ],
  },
  {
    state: "inert",
    why: "volumes are neither bound nor attached yet",
    flags: [
      "attach-detach-reconcile-sync-period",
      "disable-attach-detach-reconcile-sync",
      "disable-force-detach-on-timeout",
      "enable-dynamic-provisioning",
      "enable-hostpath-provisioner",
      "flex-volume-plugin-dir",
      "pv-recycler-increment-timeout-nfs",
      "pv-recycler-minimum-timeout-hostpath",
      "pv-recycler-minimum-timeout-nfs",
      "pv-recycler-pod-template-filepath-hostpath",
      "pv-recycler-pod-template-filepath-nfs",
      "pv-recycler-timeout-increment-hostpath",
      "pvclaimbinder-sync-period",
    ],
  },
  {
    state: "inert",
    why: "the API server of --kubeconfig is asked who somebody is and what they may do",
    flags: [
      "authentication-kubeconfig",
      "authentication-skip-lookup",
      "authentication-tolerate-lookup-failure",
      "authorization-kubeconfig",
    ],
  },
  {
    state: "inert",
    why: "the built-in behaviour stands",
    flags: [
      "cidr-allocator-type",
      "cluster-name",
      "controller-shutdown-timeout",
      "controller-start-interval",
      "endpoint-updates-batch-period",
      "endpointslice-updates-batch-period",
      "legacy-service-account-token-clean-up-period",
      "min-resync-period",
      "mirroring-endpointslice-updates-batch-period",
      "mirroring-max-endpoints-per-subset",
      "namespace-sync-period",
    ],
  },
  {
    state: "inert",
    why: "cloud providers are programs of their own; there is none inside",
    flags: [
      "cloud-config",
      "cloud-provider",
      "configure-cloud-routes",
      "external-cloud-volume-plugin",
      "route-reconciliation-period",
    ],
  },
  {
    state: "inert",
    why: "the controller is not there yet",
    flags: [
      "concurrent-device-taint-eviction-syncs",
      "concurrent-ephemeralvolume-syncs",
      "concurrent-resourceclaim-syncs",
      "concurrent-validating-admission-policy-status-syncs",
    ],
  },
  {
    state: "inert",
    why: "nothing is autoscaled yet",
    flags: [
      "concurrent-horizontal-pod-autoscaler-syncs",
      "horizontal-pod-autoscaler-cpu-initialization-period",
      "horizontal-pod-autoscaler-downscale-stabilization",
      "horizontal-pod-autoscaler-initial-readiness-delay",
      "horizontal-pod-autoscaler-sync-period",
      "horizontal-pod-autoscaler-tolerance",
    ],
  },
  {
    state: "inert",
    why: "no profile is served, on any path",
    flags: ["contention-profiling", "profiling"],
    fine: ["false"],
  },
  {
    state: "inert",
    why: "only this version's own behaviour is there",
    flags: ["emulated-version", "min-compatibility-version"],
  },
  {
    state: "inert",
    why: "there is nothing to migrate from",
    flags: ["enable-leader-migration", "leader-migration-config"],
  },
  {
    state: "inert",
    why: "one connection has 250 streams",
    flags: ["http2-max-streams-per-connection"],
  },
  {
    state: "inert",
    why: "requests are not limited by the client, the server's flow control does it",
    flags: ["kube-api-burst", "kube-api-qps"],
  },
  {
    state: "inert",
    why: "protobuf is spoken, over gRPC where the server has it",
    flags: ["kube-api-content-type"],
  },
  {
    state: "inert",
    why: "the lock is a Lease",
    flags: ["leader-elect-resource-lock"],
  },
  {
    state: "inert",
    why: "the log is one stream of lines on standard error, written at once",
    flags: [
      "log-flush-frequency",
      "log-text-info-buffer-size",
      "log-text-split-stream",
      "logtostderr",
    ],
  },
  {
    state: "inert",
    why: "an address and port that are taken are not shared",
    flags: ["permit-address-sharing", "permit-port-sharing"],
  },
  {
    state: "inert",
    why: "request-header identities are believed on no port of this component",
    flags: [
      "requestheader-allowed-names",
      "requestheader-client-ca-file",
      "requestheader-extra-headers-prefix",
      "requestheader-group-headers",
      "requestheader-uid-headers",
      "requestheader-username-headers",
    ],
  },
  {
    state: "inert",
    why: "verbosity is set for all source files at once, by --v",
    flags: ["vmodule"],
  },
];
