import { type FlagDefinition, parseFlagTable } from "./flagTable.js";

/**
 * Upstream's flags of kube-controller-manager at 1.37, then older ones and this project's own.
 * Form: see flagTable.ts.
 */
export const kubeControllerManagerFlags: readonly FlagDefinition[] = parseFlagTable(`
contention-profiling bool
profiling bool =true
enable-leader-migration bool
leader-migration-config string
allocate-node-cidrs bool
cidr-allocator-type string =RangeAllocator
cloud-config string
cloud-provider string
cluster-cidr string
cluster-name string =kubernetes
configure-cloud-routes bool =true
controller-shutdown-timeout duration =10s
controller-start-interval duration
controllers strings =[*]
emulated-version strings
external-cloud-volume-plugin string
feature-gates colonSeparatedMultimapStringString
kube-api-burst int32 =30
kube-api-content-type string =application/vnd.kubernetes.protobuf
kube-api-qps float32 =20
leader-elect bool =true
leader-elect-lease-duration duration =15s
leader-elect-renew-deadline duration =10s
leader-elect-resource-lock string =leases
leader-elect-resource-name string =kube-controller-manager
leader-elect-resource-namespace string =kube-system
leader-elect-retry-period duration =2s
min-compatibility-version strings
min-resync-period duration =12h0m0s
route-reconciliation-period duration =10s
use-service-account-credentials bool
bind-address ip =0.0.0.0
cert-dir string
disable-http2-serving bool
http2-max-streams-per-connection int
permit-address-sharing bool
permit-port-sharing bool
secure-port int =10257
tls-cert-file string
tls-cipher-suites strings
tls-curve-preferences int32Slice =[]
tls-min-version string
tls-private-key-file string
tls-sni-cert-key namedCertKey =[]
authentication-kubeconfig string
authentication-skip-lookup bool
authentication-token-webhook-cache-ttl duration =10s
authentication-tolerate-lookup-failure bool
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
attach-detach-reconcile-sync-period duration =1m0s
disable-attach-detach-reconcile-sync bool
disable-force-detach-on-timeout bool
cluster-signing-cert-file string
cluster-signing-duration duration =8760h0m0s
cluster-signing-key-file string
cluster-signing-kube-apiserver-client-cert-file string
cluster-signing-kube-apiserver-client-key-file string
cluster-signing-kubelet-client-cert-file string
cluster-signing-kubelet-client-key-file string
cluster-signing-kubelet-serving-cert-file string
cluster-signing-kubelet-serving-key-file string
cluster-signing-legacy-unknown-cert-file string
cluster-signing-legacy-unknown-key-file string
concurrent-deployment-syncs int32 =5
concurrent-disruption-syncs int32 =1
concurrent-device-taint-eviction-syncs int32 =8
concurrent-resourceclaim-syncs int32 =50
concurrent-statefulset-syncs int32 =5
concurrent-daemonset-syncs int32 =2
concurrent-endpoint-syncs int32 =5
endpoint-updates-batch-period duration
concurrent-service-endpoint-syncs int32 =5
endpointslice-updates-batch-period duration
max-endpoints-per-slice int32 =100
mirroring-concurrent-service-endpoint-syncs int32 =5
mirroring-endpointslice-updates-batch-period duration
mirroring-max-endpoints-per-subset int32 =1000
concurrent-ephemeralvolume-syncs int32 =5
concurrent-gc-syncs int32 =20
enable-garbage-collector bool =true
concurrent-horizontal-pod-autoscaler-syncs int32 =5
horizontal-pod-autoscaler-cpu-initialization-period duration =5m0s
horizontal-pod-autoscaler-downscale-stabilization duration =5m0s
horizontal-pod-autoscaler-initial-readiness-delay duration =30s
horizontal-pod-autoscaler-sync-period duration =15s
horizontal-pod-autoscaler-tolerance float =0.1
concurrent-job-syncs int32 =5
concurrent-cron-job-syncs int32 =5
legacy-service-account-token-clean-up-period duration =8760h0m0s
concurrent-namespace-syncs int32 =10
namespace-sync-period duration =5m0s
node-cidr-mask-size int32
node-cidr-mask-size-ipv4 int32
node-cidr-mask-size-ipv6 int32
service-cluster-ip-range string
large-cluster-size-threshold int32 =50
node-eviction-rate float32 =0.1
node-monitor-grace-period duration =50s
node-monitor-period duration =5s
node-startup-grace-period duration =1m0s
secondary-node-eviction-rate float32 =0.01
unhealthy-zone-threshold float32 =0.55
enable-dynamic-provisioning bool =true
enable-hostpath-provisioner bool
flex-volume-plugin-dir string =/usr/libexec/kubernetes/kubelet-plugins/volume/exec/
pv-recycler-increment-timeout-nfs int32 =30
pv-recycler-minimum-timeout-hostpath int32 =60
pv-recycler-minimum-timeout-nfs int32 =300
pv-recycler-pod-template-filepath-hostpath string
pv-recycler-pod-template-filepath-nfs string
pv-recycler-timeout-increment-hostpath int32 =30
pvclaimbinder-sync-period duration =15s
terminated-pod-gc-threshold int32 =12500
concurrent-replicaset-syncs int32 =5
concurrent-rc-syncs int32 =5
concurrent-resource-quota-syncs int32 =5
resource-quota-sync-period duration =5m0s
concurrent-serviceaccount-token-syncs int32 =5
root-ca-file string
service-account-private-key-file string
concurrent-ttl-after-finished-syncs int32 =5
concurrent-validating-admission-policy-status-syncs int32 =5
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
kubeconfig string
master string
help bool -h
version version[=true]
address ip =127.0.0.1 !
port int =10252 !
logtostderr bool =true !
`);
