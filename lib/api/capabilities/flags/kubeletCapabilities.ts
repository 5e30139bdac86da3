import type { FlagRow } from "./flagRow.js";
import { tlsSuites } from "./tlsRows.js";

/** Flags of kubelet that have no effect yet. All others work. */
export const kubeletCapabilities: readonly FlagRow[] = [
  tlsSuites,
  {
    state: "refused",
    why: "drop-in files are not read yet, and what they guard would be open: put all into the file of --config",
    flags: ["config-dir"],
  },
  {
    state: "refused",
    why: "no lock is taken yet: start without the flag, and let the service manager see to it that one kubelet runs",
    flags: ["exit-on-lock-contention", "lock-file"],
  },
  {
    state: "inert",
    why: "the kubelet starts with cgroups of version 1, too",
    flags: ["fail-cgroupv1"],
    fine: ["false"],
  },
  {
    state: "refused",
    why: "the number of a pod's processes is not limited yet: start without the flag, or limit it in the container runtime",
    flags: ["pod-max-pids"],
  },
  {
    state: "refused",
    why: "the kernel's settings are not compared yet: start without the flag, and check vm.overcommit_memory, vm.panic_on_oom, kernel.panic, kernel.panic_on_oops by hand",
    flags: ["protect-kernel-defaults"],
  },
  {
    state: "refused",
    why: "there is no mode that ends: start without the flag",
    flags: ["runonce"],
  },
  {
    state: "inert",
    why: "cloud providers are programs of their own; there is none inside",
    flags: ["cloud-provider"],
  },
  {
    state: "inert",
    why: "no profile is served, on any path",
    flags: ["contention-profiling"],
  },
  {
    state: "inert",
    why: "no resource manager is there yet: pods share all of the node but what is reserved for their sum",
    flags: [
      "cpu-cfs-quota-period",
      "cpu-manager-policy",
      "cpu-manager-policy-options",
      "cpu-manager-reconcile-period",
      "enforce-node-allocatable",
      "kube-reserved-cgroup",
      "memory-manager-policy",
      "qos-reserved",
      "reserved-cpus",
      "reserved-memory",
      "system-reserved-cgroup",
      "topology-manager-policy",
      "topology-manager-policy-options",
      "topology-manager-scope",
    ],
  },
  {
    state: "inert",
    why: "volumes of plugins are not mounted yet",
    flags: [
      "enable-controller-attach-detach",
      "experimental-mounter-path",
      "volume-plugin-dir",
      "volume-stats-agg-period",
    ],
  },
  {
    state: "inert",
    why: "neither events nor pulls have a rate limit of their own yet",
    flags: ["event-burst", "event-qps", "registry-burst", "registry-qps"],
  },
  {
    state: "inert",
    why: "pods are not evicted under pressure yet",
    flags: [
      "eviction-hard",
      "eviction-max-pod-grace-period",
      "eviction-minimum-reclaim",
      "eviction-pressure-transition-period",
      "eviction-soft",
      "eviction-soft-grace-period",
      "experimental-allocatable-ignore-eviction",
    ],
  },
  {
    state: "inert",
    why: "the kubelet starts with swap on, too; pods get none",
    flags: ["fail-swap-on"],
    fine: ["false"],
  },
  {
    state: "inert",
    why: "the built-in behaviour stands",
    flags: [
      "hairpin-mode",
      "housekeeping-interval",
      "kernel-memcg-notification",
      "kubelet-cgroups",
      "local-storage-capacity-isolation",
      "make-iptables-util-chains",
      "max-open-files",
      "oom-score-adj",
      "runtime-cgroups",
      "streaming-connection-idle-timeout",
      "sync-frequency",
      "system-cgroups",
    ],
  },
  {
    state: "inert",
    why: "static pods come from files only",
    flags: ["http-check-frequency", "manifest-url", "manifest-url-header"],
  },
  {
    state: "inert",
    why: "no credential provider is asked yet: pulls use the pods' secrets",
    flags: ["image-credential-provider-bin-dir", "image-credential-provider-config"],
  },
  {
    state: "inert",
    why: "images are pulled through --container-runtime-endpoint",
    flags: ["image-service-endpoint"],
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
    why: "verbosity is set for all source files at once, by --v",
    flags: ["vmodule"],
  },
];
