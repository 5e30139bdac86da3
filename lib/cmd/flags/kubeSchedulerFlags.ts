import { type FlagDefinition, parseFlagTable } from "./flagTable.js";

/**
 * Upstream's flags of kube-scheduler at 1.37, then older ones and this project's own. Form: see
 * flagTable.ts.
 */
export const kubeSchedulerFlags: readonly FlagDefinition[] = parseFlagTable(`
config string
master string
write-config-to string
bind-address ip =0.0.0.0
cert-dir string
disable-http2-serving bool
http2-max-streams-per-connection int
permit-address-sharing bool
permit-port-sharing bool
secure-port int =10259
tls-cert-file string
tls-cipher-suites strings
tls-curve-preferences int32Slice =[]
tls-min-version string
tls-private-key-file string
tls-sni-cert-key namedCertKey =[]
authentication-kubeconfig string
authentication-skip-lookup bool
authentication-token-webhook-cache-ttl duration =10s
authentication-tolerate-lookup-failure bool =true
client-ca-file string
requestheader-allowed-names strings
requestheader-client-ca-file string
requestheader-extra-headers-prefix strings =[x-remote-extra-]
requestheader-group-headers strings =[x-remote-group]
requestheader-uid-headers strings
requestheader-username-headers strings =[x-remote-user]
authorization-always-allow-paths strings =[/healthz,/readyz,/livez]
authorization-kubeconfig string
authorization-webhook-cache-authorized-ttl duration =10s
authorization-webhook-cache-unauthorized-ttl duration =10s
contention-profiling bool =true !
kube-api-burst int32 =100 !
kube-api-content-type string =application/vnd.kubernetes.protobuf !
kube-api-qps float32 =50 !
kubeconfig string !
pod-max-in-unschedulable-pods-duration duration =5m0s !
profiling bool =true !
leader-elect bool =true
leader-elect-lease-duration duration =15s
leader-elect-renew-deadline duration =10s
leader-elect-resource-lock string =leases
leader-elect-resource-name string =kube-scheduler
leader-elect-resource-namespace string =kube-system
leader-elect-retry-period duration =2s
emulated-version strings
feature-gates colonSeparatedMultimapStringString
min-compatibility-version strings
allow-metric-labels stringToString =[]
allow-metric-labels-manifest string
disabled-metrics strings
show-hidden-metrics-for-version string
log-flush-frequency duration =5s
log-text-info-buffer-size quantity
log-text-split-stream bool
logging-format string =text
v Level -v
vmodule pattern=N,...
help bool -h
version version[=true]
address ip =127.0.0.1 !
port int =10251 !
logtostderr bool =true !
`);
