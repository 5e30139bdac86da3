import type { FlagRow } from "./flagRow.js";
import { tlsGroups, tlsSuites } from "./tlsRows.js";

/** Flags of kube-scheduler that have no effect yet. All others work. */
export const kubeSchedulerCapabilities: readonly FlagRow[] = [
  tlsSuites,
  tlsGroups,
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
  {
    state: "inert",
    why: "no configuration file is written",
    flags: ["write-config-to"],
  },
];
