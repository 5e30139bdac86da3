import { type FlagDefinition, parseFlagTable } from "./flagTable.js";

/**
 * Upstream's flags of kube-proxy at 1.37, then older ones and this project's own. Form: see
 * flagTable.ts.
 */
export const kubeProxyFlags: readonly FlagDefinition[] = parseFlagTable(`
bind-address ip =0.0.0.0
bind-address-hard-fail bool
cleanup bool
cluster-cidr string
config string
config-sync-period duration =15m0s
conntrack-max-per-core int32 =32768
conntrack-min int32 =131072
conntrack-tcp-be-liberal bool
conntrack-tcp-timeout-close-wait duration =1h0m0s
conntrack-tcp-timeout-established duration =24h0m0s
conntrack-udp-timeout duration
conntrack-udp-timeout-stream duration
detect-local-mode LocalMode
feature-gates mapStringBool
healthz-bind-address ipport =0.0.0.0:10256
help bool -h
hostname-override string
init-only bool
iptables-localhost-nodeports bool =true
iptables-masquerade-bit int32 =14
iptables-min-sync-period duration =1s
iptables-sync-period duration =30s
ipvs-exclude-cidrs strings
ipvs-min-sync-period duration =1s
ipvs-scheduler string
ipvs-strict-arp bool
ipvs-sync-period duration =30s
ipvs-tcp-timeout duration
ipvs-tcpfin-timeout duration
ipvs-udp-timeout duration
kube-api-burst int32 =10
kube-api-content-type string =application/vnd.kubernetes.protobuf
kube-api-qps float32 =5
kubeconfig string
log-flush-frequency duration =5s
log-text-info-buffer-size quantity
log-text-split-stream bool
logging-format string =text
masquerade-all bool
master string
metrics-bind-address ipport =127.0.0.1:10249
nodeport-addresses strings
oom-score-adj int32 =-999
pod-bridge-interface string
pod-interface-name-prefix string
profiling bool
proxy-mode ProxyMode
show-hidden-metrics-for-version string
v Level -v
version version[=true]
vmodule pattern=N,...
write-config-to string
logtostderr bool =true !
`);
