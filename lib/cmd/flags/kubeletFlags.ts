import { type FlagDefinition, parseFlagTable } from "./flagTable.js";

/**
 * Upstream's flags of kubelet at 1.37, then older ones and this project's own. Form: see
 * flagTable.ts.
 */
export const kubeletFlags: readonly FlagDefinition[] = parseFlagTable(`
address ip =0.0.0.0 !
allowed-unsafe-sysctls strings !
anonymous-auth bool =true !
authentication-token-webhook bool !
authentication-token-webhook-cache-ttl duration =2m0s !
authorization-mode string =AlwaysAllow !
authorization-webhook-cache-authorized-ttl duration =5m0s !
authorization-webhook-cache-unauthorized-ttl duration =30s !
bootstrap-kubeconfig string
cert-dir string =/var/lib/kubelet/pki
cgroup-driver string =cgroupfs !
cgroup-root string !
cgroups-per-qos bool =true !
client-ca-file string !
cloud-provider string
cluster-dns strings !
cluster-domain string !
config string
config-dir string
container-log-max-files int32 =5 !
container-log-max-size string =10Mi !
container-runtime-endpoint string =unix:///run/containerd/containerd.sock !
contention-profiling bool !
cpu-cfs-quota bool =true !
cpu-cfs-quota-period duration =100ms !
cpu-manager-policy string =none !
cpu-manager-policy-options mapStringString !
cpu-manager-reconcile-period duration =10s !
enable-controller-attach-detach bool =true !
enable-debugging-handlers bool =true !
enable-server bool =true !
enforce-node-allocatable strings =[pods] !
event-burst int32 =100 !
event-qps int32 =50 !
eviction-hard mapStringString !
eviction-max-pod-grace-period int32 !
eviction-minimum-reclaim mapStringString !
eviction-pressure-transition-period duration =5m0s !
eviction-soft mapStringString !
eviction-soft-grace-period mapStringString !
exit-on-lock-contention bool
experimental-allocatable-ignore-eviction bool !
experimental-mounter-path string !
fail-cgroupv1 bool =true
fail-swap-on bool =true !
feature-gates mapStringBool !
file-check-frequency duration =20s !
hairpin-mode string =promiscuous-bridge !
healthz-bind-address ip =127.0.0.1 !
healthz-port int32 =10248 !
help bool -h
hostname-override string
housekeeping-interval duration =10s
http-check-frequency duration =20s !
image-credential-provider-bin-dir string
image-credential-provider-config string
image-gc-high-threshold int32 =85 !
image-gc-low-threshold int32 =80 !
image-service-endpoint string !
kernel-memcg-notification bool !
kube-api-burst int32 =100 !
kube-api-content-type string =application/vnd.kubernetes.protobuf !
kube-api-qps int32 =50 !
kube-reserved mapStringString !
kube-reserved-cgroup string !
kubeconfig string
kubelet-cgroups string !
local-storage-capacity-isolation bool =true !
lock-file string
log-flush-frequency duration =5s
log-text-info-buffer-size quantity !
log-text-split-stream bool !
logging-format string =text !
make-iptables-util-chains bool =true !
manifest-url string !
manifest-url-header colonSeparatedMultimapStringString !
max-open-files int =1000000 !
max-pods int32 =110 !
maximum-dead-containers int32 =-1 !
maximum-dead-containers-per-container int32 =1 !
memory-manager-policy string =None !
minimum-container-ttl-duration duration !
minimum-image-ttl-duration duration =2m0s !
node-ip string
node-labels mapStringString
node-status-max-images int32 =50 !
node-status-update-frequency duration =10s !
oom-score-adj int32 =-999 !
pod-cidr string !
pod-manifest-path string !
pod-max-pids int =-1 !
pods-per-core int32 !
port int32 =10250 !
protect-kernel-defaults bool !
provider-id string
qos-reserved mapStringString !
read-only-port int32 =10255 !
register-node bool =true !
register-with-taints []v1.Taint !
registry-burst int32 =10 !
registry-qps int32 =5 !
reserved-cpus string !
reserved-memory reserved-memory !
resolv-conf string =/etc/resolv.conf !
root-dir string =/var/lib/kubelet
rotate-certificates bool !
rotate-server-certificates bool !
runonce bool !
runtime-cgroups string
runtime-request-timeout duration =2m0s !
seccomp-default RuntimeDefault
serialize-image-pulls bool =true !
streaming-connection-idle-timeout duration =4h0m0s !
sync-frequency duration =1m0s !
system-cgroups string !
system-reserved mapStringString !
system-reserved-cgroup string !
tls-cert-file string !
tls-cipher-suites strings !
tls-min-version string !
tls-private-key-file string !
topology-manager-policy string =none !
topology-manager-policy-options mapStringString !
topology-manager-scope string =container !
v Level -v
version version[=true]
vmodule pattern=N,...
volume-plugin-dir string =/usr/libexec/kubernetes/kubelet-plugins/volume/exec/ !
volume-stats-agg-period duration =1m0s !
cni-bin-dir string !
cni-conf-dir string !
network-plugin string !
pod-infra-container-image string !
logtostderr bool =true !
`);
