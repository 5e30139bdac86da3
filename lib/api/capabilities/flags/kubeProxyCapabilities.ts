import type { FlagRow } from "./flagRow.js";

/** Flags of kube-proxy that have no effect yet. All others work. */
export const kubeProxyCapabilities: readonly FlagRow[] = [
  {
    state: "inert",
    why: "the IPVS mode is not there yet",
    flags: [
      "ipvs-exclude-cidrs",
      "ipvs-min-sync-period",
      "ipvs-scheduler",
      "ipvs-strict-arp",
      "ipvs-sync-period",
      "ipvs-tcp-timeout",
      "ipvs-tcpfin-timeout",
      "ipvs-udp-timeout",
    ],
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
    why: "no profile is served, on any path",
    flags: ["profiling"],
  },
  {
    state: "inert",
    why: "metrics are served whole and without limits on labels",
    flags: ["show-hidden-metrics-for-version"],
  },
  {
    state: "inert",
    why: "verbosity is set for all source files at once, by --v",
    flags: ["vmodule"],
  },
  {
    state: "inert",
    why: "no configuration file is written",
    flags: ["write-config-to"],
  },
];
