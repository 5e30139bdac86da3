/**
 * What --help says of each flag, a line each: the flag, or `component/flag` where it means
 * something else there, then the text. A line that begins with spaces goes on with the one before.
 */
const texts = `
address Address to listen on
kubelet/address Address that the kubelet's server listens on
admission-control Admission plugins to run, in their order, instead of the default ones
admission-control-config-file File that configures admission plugins
advertise-address Address that others reach this server at; the Service kubernetes has it as
  endpoint
aggregator-reject-forwarding-redirect Whether redirects of extension servers are refused
allocate-node-cidrs Whether nodes are given ranges of pod addresses, out of --cluster-cidr
allow-metric-labels Values that labels of metrics may have, by metric and label
allow-metric-labels-manifest File with the values that labels of metrics may have
allow-privileged Whether containers may be privileged
allowed-unsafe-sysctls Sysctls, or groups ending in *, that pods may set though they are not safe
anonymous-auth Whether requests without credentials are served, as user system:anonymous
api-audiences Audiences that service account tokens may be meant for; the issuers by default
attach-detach-reconcile-sync-period How often attached volumes are compared with what the nodes say
audit-log-batch-buffer-size Audit events that may wait to be written to the log
audit-log-batch-max-size Audit events that are written to the log together, at most
audit-log-batch-max-wait How long audit events wait for others before they are written to the log
audit-log-batch-throttle-burst Batches that may be written at once to the audit log
audit-log-batch-throttle-enable Whether writing to the audit log is throttled
audit-log-batch-throttle-qps Batches a second that are written to the audit log, at most
audit-log-compress Whether rotated audit logs are compressed
audit-log-format Form of the audit log: json, or one legacy line an event
audit-log-maxage Days that rotated audit logs are kept
audit-log-maxbackup Rotated audit logs that are kept
audit-log-maxsize Megabytes at which the audit log is rotated
audit-log-mode Whether a request waits for its audit event: batch, blocking or blocking-strict
audit-log-path File of the audit log; - is standard output
audit-log-truncate-enabled Whether large audit events are cut for the log
audit-log-truncate-max-batch-size Bytes of one batch of the audit log, at most
audit-log-truncate-max-event-size Bytes of one event of the audit log, at most
audit-log-version API group and version of the events in the audit log
audit-policy-file File with the policy that says which requests are audited, and how much of them
audit-webhook-batch-buffer-size Audit events that may wait to be sent to the webhook
audit-webhook-batch-max-size Audit events that are sent to the webhook together, at most
audit-webhook-batch-max-wait How long audit events wait for others before they are sent
audit-webhook-batch-throttle-burst Batches that may be sent at once to the audit webhook
audit-webhook-batch-throttle-enable Whether sending to the audit webhook is throttled
audit-webhook-batch-throttle-qps Batches a second that are sent to the audit webhook, at most
audit-webhook-config-file Kubeconfig of the webhook that audit events are sent to
audit-webhook-initial-backoff How long to wait before audit events are sent a second time
audit-webhook-mode Whether a request waits for the audit webhook: batch, blocking or blocking-strict
audit-webhook-truncate-enabled Whether large audit events are cut for the webhook
audit-webhook-truncate-max-batch-size Bytes of one batch for the audit webhook, at most
audit-webhook-truncate-max-event-size Bytes of one event for the audit webhook, at most
audit-webhook-version API group and version of the events for the audit webhook
authentication-config File that configures authenticators (AuthenticationConfiguration)
authentication-kubeconfig Kubeconfig to ask the API server with who sends a request
authentication-skip-lookup Whether the API server is not asked for its authorities of client
  certificates
authentication-token-webhook Whether the API server is asked whose a bearer token is
authentication-token-webhook-cache-ttl How long answers about bearer tokens are remembered
authentication-token-webhook-config-file Kubeconfig of the webhook that says whose a bearer token is
authentication-token-webhook-version API version of the reviews of the token webhook
authentication-tolerate-lookup-failure Whether it starts though the API server's authorities cannot
  be read
authorization-always-allow-paths Paths that everybody may read
authorization-config File that configures authorizers (AuthorizationConfiguration)
authorization-kubeconfig Kubeconfig to ask the API server with who may send a request
authorization-mode Authorizers, in the order they are asked: Node, RBAC, ABAC, Webhook, AlwaysAllow,
  AlwaysDeny
kubelet/authorization-mode Who may send requests to the kubelet: AlwaysAllow, or Webhook, which asks
  the API server
authorization-policy-file File with the rules of --authorization-mode=ABAC, a line each
authorization-webhook-cache-authorized-ttl How long permissions of the webhook are remembered
authorization-webhook-cache-unauthorized-ttl How long refusals of the webhook are remembered
authorization-webhook-config-file Kubeconfig of the webhook of --authorization-mode=Webhook
authorization-webhook-version API version of the reviews of the authorization webhook
basic-auth-file File of users with passwords: password,user,uid and groups, a line each
bind-address Address to listen on with TLS; all of this machine by default
kube-proxy/bind-address Address whose family says which one is served first
bind-address-hard-fail Whether it ends where a port cannot be listened on
bootstrap-kubeconfig Kubeconfig to ask for a client certificate with, where --kubeconfig is not
  there yet
cert-dir Directory for certificates that are made where --tls-cert-file names none
kubelet/cert-dir Directory of the kubelet's certificates
cgroup-driver Who makes the cgroups of pods: cgroupfs or systemd; as the runtime has it
cgroup-root Cgroup under which those of pods are made
cgroups-per-qos Whether there is a cgroup for each class of service
cidr-allocator-type How nodes are given ranges of addresses: RangeAllocator or CloudAllocator
cleanup Whether to take away all rules that were written, and end
client-ca-file PEM of the authorities whose client certificates are users
cloud-config File that configures the cloud provider
cloud-provider Cloud provider: empty, or external
cluster-cidr Ranges of pod addresses, one or one of each family
kube-proxy/cluster-cidr Range of pod addresses: what comes from elsewhere is masqueraded
cluster-dns Addresses of name servers that pods are given
cluster-domain Domain of the cluster, which pods search
cluster-name Name of the cluster, as a prefix of instances
cluster-signing-cert-file Authority's certificate for CertificateSigningRequests of all signers
cluster-signing-duration How long signed certificates are valid, at most
cluster-signing-key-file Authority's key for CertificateSigningRequests of all signers
cluster-signing-kube-apiserver-client-cert-file Authority's certificate for
  kubernetes.io/kube-apiserver-client
cluster-signing-kube-apiserver-client-key-file Authority's key for
  kubernetes.io/kube-apiserver-client
cluster-signing-kubelet-client-cert-file Authority's certificate for
  kubernetes.io/kube-apiserver-client-kubelet
cluster-signing-kubelet-client-key-file Authority's key for
  kubernetes.io/kube-apiserver-client-kubelet
cluster-signing-kubelet-serving-cert-file Authority's certificate for kubernetes.io/kubelet-serving
cluster-signing-kubelet-serving-key-file Authority's key for kubernetes.io/kubelet-serving
cluster-signing-legacy-unknown-cert-file Authority's certificate for kubernetes.io/legacy-unknown
cluster-signing-legacy-unknown-key-file Authority's key for kubernetes.io/legacy-unknown
cni-bin-dir Directory of CNI plugins; the runtime's settings have it now
cni-conf-dir Directory of CNI configurations; the runtime's settings have it now
concurrent-cron-job-syncs CronJobs that are worked on at the same time
concurrent-daemonset-syncs DaemonSets that are worked on at the same time
concurrent-deployment-syncs Deployments that are worked on at the same time
concurrent-device-taint-eviction-syncs Pods that are evicted from tainted devices at the same time
concurrent-disruption-syncs PodDisruptionBudgets that are worked on at the same time
concurrent-endpoint-syncs Endpoints that are worked on at the same time
concurrent-ephemeralvolume-syncs Pods whose ephemeral volumes are worked on at the same time
concurrent-gc-syncs Objects that are garbage collected at the same time
concurrent-horizontal-pod-autoscaler-syncs HorizontalPodAutoscalers that are worked on at the same
  time
concurrent-job-syncs Jobs that are worked on at the same time
concurrent-namespace-syncs Namespaces that are emptied at the same time
concurrent-rc-syncs ReplicationControllers that are worked on at the same time
concurrent-replicaset-syncs ReplicaSets that are worked on at the same time
concurrent-resource-quota-syncs ResourceQuotas that are worked on at the same time
concurrent-resourceclaim-syncs ResourceClaims that are worked on at the same time
concurrent-service-endpoint-syncs Services whose EndpointSlices are worked on at the same time
concurrent-serviceaccount-token-syncs Service accounts whose token secrets are worked on at the same
  time
concurrent-statefulset-syncs StatefulSets that are worked on at the same time
concurrent-ttl-after-finished-syncs Finished Jobs that are worked on at the same time
concurrent-validating-admission-policy-status-syncs ValidatingAdmissionPolicies that are worked on
  at the same time
config File of settings; flags beside it have little or no effect
kubelet/config File of settings (KubeletConfiguration); flags win over what is in it
config-dir Directory with further files of settings, taken in the order of their names
config-sync-period How often everything is read again from the API server
configure-cloud-routes Whether the cloud provider is given routes to the ranges of nodes
conntrack-max-per-core Connections that are tracked for each core; 0 leaves the kernel's number
conntrack-min Connections that are tracked at least, whatever --conntrack-max-per-core says
conntrack-tcp-be-liberal Whether packets outside of a TCP window are taken too
conntrack-tcp-timeout-close-wait How long connections in CLOSE_WAIT are tracked
conntrack-tcp-timeout-established How long idle TCP connections are tracked; 0 leaves the kernel's
  time
conntrack-udp-timeout How long UDP packets without a reply are tracked; 0 leaves the kernel's time
conntrack-udp-timeout-stream How long UDP streams are tracked; 0 leaves the kernel's time
container-log-max-files Files of a container's log that are kept
container-log-max-size Size at which a container's log is rotated
container-runtime-endpoint Socket of the container runtime (CRI)
contention-profiling Whether waiting for locks is profiled, where --profiling is on
controller-shutdown-timeout How long controllers may take to end
controller-start-interval How long to wait between the starts of two controllers
controllers Controllers to run: * is all that run by default, name and -name switch one on and off
coordinated-leadership-lease-duration How long a leader that was chosen among candidates keeps its
  lease
coordinated-leadership-renew-deadline Within what time such a leader must renew its lease
coordinated-leadership-retry-period How long such a leader waits between attempts
cors-allowed-origins Patterns of origins that browsers may send requests from
cpu-cfs-quota Whether limits of CPU are enforced by the kernel's quota
cpu-cfs-quota-period Period of the kernel's quota of CPU
cpu-manager-policy How CPUs are given to containers: none or static
cpu-manager-policy-options Options of the policy of --cpu-manager-policy
cpu-manager-reconcile-period How often the CPUs of containers are compared with what they should be
data-dir Directory of the embedded store, of keys and certificates; /var/lib/steersman by default
debug-socket-path Unix socket for profiles, without authentication
default-not-ready-toleration-seconds How long pods stay on a node that is not ready, unless they say
default-unreachable-toleration-seconds How long pods stay on a node that is unreachable, unless they
  say
delete-collection-workers Objects of one deletion of a collection that are deleted at the same time
detect-local-mode How traffic of this node's pods is known: ClusterCIDR, NodeCIDR, BridgeInterface,
  InterfaceNamePrefix
disable-admission-plugins Admission plugins to switch off, of those that run by default
disable-attach-detach-reconcile-sync Whether attached volumes are not compared with what the nodes
  say
disable-force-detach-on-timeout Whether volumes of a node that is gone are never detached by force
disable-http2-serving Whether HTTP/1.1 alone is served
disabled-metrics Metrics that are not counted
egress-selector-config-file File that says through which proxies nodes and webhooks are reached
emulated-version Version whose features and APIs are served, instead of this one's
emulation-forward-compatible Whether newer APIs are served beside those of --emulated-version
enable-admission-plugins Admission plugins to run beside those that run by default
enable-aggregator-routing Whether extension servers are reached by endpoints instead of their
  Service's address
enable-bootstrap-token-auth Whether secrets of type bootstrap.kubernetes.io/token are credentials
enable-controller-attach-detach Whether volumes are attached by the controller manager, not by the
  kubelet
enable-debugging-handlers Whether logs, exec, attach and port-forward are served
enable-dynamic-provisioning Whether volumes are made for claims
enable-garbage-collector Whether dependents of deleted objects are deleted; both programs must agree
enable-hostpath-provisioner Whether volumes are made in directories of this machine, for tests
enable-leader-migration Whether leadership of controllers may move to another program
enable-logs-handler Whether /logs serves the files of /var/log
enable-priority-and-fairness Whether requests are queued by FlowSchemas and levels of priority
enable-server Whether the kubelet listens at all
encryption-provider-config File that says how values are encrypted in storage
encryption-provider-config-automatic-reload Whether that file is read again when it changes
endpoint-reconciler-type How the endpoints of the Service kubernetes are kept: lease, master-count
  or none
endpoint-updates-batch-period How long changes of pods are gathered before Endpoints are written
endpointslice-updates-batch-period How long changes of pods are gathered before EndpointSlices are
  written
enforce-node-allocatable What is held to what pods may have: pods, system-reserved, kube-reserved,
  none
etcd-cafile PEM of the authorities of etcd's certificate; this machine's own by default
etcd-certfile PEM of the certificate that etcd knows this server by
etcd-compaction-interval How often old revisions are given up; 0 is never
etcd-count-metric-poll-period How often objects are counted for metrics
etcd-db-metric-poll-interval How often etcd is asked how large its file is, for metrics; 0 is never
etcd-healthcheck-timeout Within what time storage must respond for /healthz and /livez
etcd-keyfile PEM of the key of --etcd-certfile
etcd-prefix What all keys in etcd begin with
etcd-readycheck-timeout Within what time storage must respond for /readyz
etcd-servers Members of the etcd that keeps objects, as https://host:2379; none: the embedded store
etcd-servers-overrides Other etcds for some resources
event-burst Events that may be written at once, beyond --event-qps
event-qps Events that are written a second; 0 is without a limit
event-ttl How long Events are kept
eviction-hard Signals and amounts at which pods are evicted at once
eviction-max-pod-grace-period Seconds that a pod is given at most where a soft limit evicts it
eviction-minimum-reclaim How much is to be won back at least, by signal
eviction-pressure-transition-period How long a pressure must be over before the node says so
eviction-soft Signals and amounts at which pods are evicted after a while
eviction-soft-grace-period How long a soft limit must be passed, by signal
exit-on-lock-contention Whether the kubelet ends where another one wants --lock-file
experimental-allocatable-ignore-eviction Whether what pods may have leaves out the limits of
  eviction
experimental-mounter-path Program that mounts volumes, instead of mount
external-cloud-volume-plugin Plugin for volumes where the cloud provider is external
external-hostname Name of this server in what it tells others
fail-cgroupv1 Whether the kubelet does not start on a machine with cgroup v1
fail-swap-on Whether the kubelet does not start on a machine that swaps
feature-gates Features to switch on or off, as Name=true; docs/features.md has those that do
  something
file-check-frequency How often the directory of static pods is read
flex-volume-plugin-dir Directory of Flexvolume plugins
goaway-chance Chance that a request ends its HTTP/2 connection, to spread clients; 0 to 0.02
grpc-port Port of gRPC with TLS, which upstream has not; 0: none
hairpin-mode How a pod reaches itself through its Service: promiscuous-bridge, hairpin-veth or none
healthz-bind-address Address of /healthz
kubelet/healthz-bind-address Address of the kubelet's /healthz
healthz-port Port of the kubelet's /healthz; 0: none
help Shows this text
horizontal-pod-autoscaler-cpu-initialization-period How long CPU of a pod that starts is left out
horizontal-pod-autoscaler-downscale-stabilization How long the highest recommendation is kept
horizontal-pod-autoscaler-initial-readiness-delay How long a pod may become ready and unready as one
  that starts
horizontal-pod-autoscaler-sync-period How often the numbers of pods are looked at
horizontal-pod-autoscaler-tolerance How far a measure may be off before the number of pods changes
hostname-override Name of the node, instead of this machine's
housekeeping-interval How often the figures of containers are taken
http-check-frequency How often --manifest-url is read
http2-max-streams-per-connection Requests that one HTTP/2 connection may have at once; 0: the
  default
image-credential-provider-bin-dir Directory of plugins that give credentials for images
image-credential-provider-config File, or directory of files, that says which plugin gives which
  credentials
image-gc-high-threshold Percent of the disk in use at which images are removed
image-gc-low-threshold Percent of the disk in use down to which images are removed
image-service-endpoint Socket of the image service (CRI); the runtime's by default
init-only Whether to do what needs privileges, and end
insecure-bind-address Address of the ports without TLS, which upstream has no more
insecure-grpc-port Port of gRPC without TLS, for the same users; 0: none
insecure-port Port of REST without TLS, for root and the server's user on this machine;
  0: neither it nor --insecure-grpc-port. Where the default is taken, the server goes on without
insecure-port-allow-any-user Whether the ports without TLS serve every user of this machine, with
  all permissions
iptables-localhost-nodeports Whether node ports are served on loopback too
iptables-masquerade-bit Bit of the packet's mark that says that it is masqueraded
iptables-min-sync-period How long to wait at least between two writes of rules
iptables-sync-period How often all rules are written again
ipvs-exclude-cidrs Ranges whose IPVS services are left alone
ipvs-min-sync-period How long to wait at least between two writes of IPVS rules
ipvs-scheduler How IPVS chooses a server: rr, lc, wrr, sh and so on
ipvs-strict-arp Whether ARP is answered for addresses of the interface that has them alone
ipvs-sync-period How often all IPVS rules are written again
ipvs-tcp-timeout How long IPVS keeps idle TCP connections; 0 leaves the kernel's time
ipvs-tcpfin-timeout How long IPVS keeps TCP connections after a FIN; 0 leaves the kernel's time
ipvs-udp-timeout How long IPVS keeps idle UDP streams; 0 leaves the kernel's time
kernel-memcg-notification Whether the kernel tells of memory running out, beside the looks at it
kube-api-burst Requests to the API server that may be sent at once, beyond --kube-api-qps
kube-api-content-type Media type of requests to the API server
kube-api-qps Requests a second to the API server, at most
kube-reserved What is kept for Kubernetes' own daemons, as cpu=200m,memory=500Mi
kube-reserved-cgroup Cgroup of Kubernetes' own daemons
kubeconfig Kubeconfig with the API server and this component's credentials
kubelet-certificate-authority PEM of the authorities of kubelets' certificates
kubelet-cgroups Cgroup that the kubelet moves itself into
kubelet-client-certificate PEM of the certificate that kubelets know this server by
kubelet-client-key PEM of the key of --kubelet-client-certificate
kubelet-https Whether kubelets are called with TLS; always so
kubelet-preferred-address-types Kinds of addresses that nodes are called at, the first that there is
kubelet-timeout How long a kubelet may take to respond
kubernetes-service-node-port Node port of the Service kubernetes; 0: none
large-cluster-size-threshold Nodes of a zone from which on it counts as large for evictions
leader-elect Whether several of these elect one that works
leader-elect-lease-duration How long others wait before they take over from a leader that is silent
leader-elect-renew-deadline Within what time a leader must renew its lease, or ends
leader-elect-resource-lock Kind of the object that the election is about: leases
leader-elect-resource-name Name of the object that the election is about
leader-elect-resource-namespace Namespace of the object that the election is about
leader-elect-retry-period How long to wait between attempts to lead
leader-migration-config File that says which program leads which controller
lease-reuse-duration-seconds How long Events share one lease
legacy-service-account-token-clean-up-period How long a token secret may be unused before it is
  deleted
livez-grace-period How long /livez says that all is well though the start has not ended
local-storage-capacity-isolation Whether local storage is counted and limited
lock-file File that one kubelet of this machine holds
log-flush-frequency How often the log is flushed
log-text-info-buffer-size How much of the log is kept back before it is written
log-text-split-stream Whether errors go to standard error and all else to standard output
logging-format Form of the log: text or json
logtostderr Whether the log goes to standard error; always so
make-iptables-util-chains Whether the kubelet makes the chains that tell others of iptables
manifest-url Address of a list of static pods
manifest-url-header Headers of requests to --manifest-url
masquerade-all Whether all traffic to Services is masqueraded
master Address of the API server; wins over that of the kubeconfig
max-connection-bytes-per-sec Bytes a second of connections to pods; 0 is without a limit
max-endpoints-per-slice Endpoints of one EndpointSlice, at most
max-mutating-requests-inflight Writes that are served at the same time; with --max-requests-inflight
  all seats
max-open-files Files that the process may have open
max-pods Pods that the node takes
max-requests-inflight Reads that are served at the same time; with --max-mutating-requests-inflight
  all seats
maximum-dead-containers Ended containers that are kept in all; -1 is without a limit
maximum-dead-containers-per-container Ended instances of a container that are kept
memory-manager-policy How memory is given to containers: None or Static
metrics-bind-address Address of /metrics
min-compatibility-version Oldest version whose servers may run beside this one
min-request-timeout Seconds after which a watch may be ended, at least
min-resync-period How often all objects are looked at again, at least; up to twice as long
minimum-container-ttl-duration How long an ended container is kept at least
minimum-image-ttl-duration How long an unused image is kept at least
mirroring-concurrent-service-endpoint-syncs Endpoints that are mirrored at the same time
mirroring-endpointslice-updates-batch-period How long changes are gathered before mirrored
  EndpointSlices are written
mirroring-max-endpoints-per-subset Endpoints of a subset that are mirrored, at most
namespace-sync-period How often namespaces are looked at again
network-plugin Network plugin; the runtime's settings have it now
node-cidr-mask-size Length of the prefix of a node's range of addresses
node-cidr-mask-size-ipv4 Length of the prefix of a node's IPv4 range, with two families
node-cidr-mask-size-ipv6 Length of the prefix of a node's IPv6 range, with two families
node-eviction-rate Nodes a second whose pods are evicted, in a zone that is well
node-ip Addresses of the node, one or one of each family
node-labels Labels that the node registers with
node-monitor-grace-period How long a node may be silent before it counts as unreachable
node-monitor-period How often the nodes are looked at
node-startup-grace-period How long a node that starts may be silent
node-status-max-images Images that the node's status tells of; -1 is all
node-status-update-frequency How often the node's status is looked at
nodeport-addresses Ranges of this node's addresses that node ports are served at, or primary
oidc-ca-file PEM of the authorities of the OpenID server's certificate
oidc-client-id Client that OpenID tokens must be meant for
oidc-groups-claim Claim of OpenID tokens that has the user's groups
oidc-groups-prefix What groups of OpenID tokens are prefixed with
oidc-issuer-url OpenID server whose tokens are credentials
oidc-required-claim Claims that OpenID tokens must have, as name=value
oidc-signing-algs Algorithms that OpenID tokens may be signed with
oidc-username-claim Claim of OpenID tokens that has the user's name
oidc-username-prefix What users of OpenID tokens are prefixed with; - is nothing
oom-score-adj How gladly the kernel ends this process where memory runs out: -1000 to 1000
peer-advertise-ip Address that other API servers forward requests to
peer-advertise-port Port that other API servers forward requests to
peer-ca-file PEM of the authorities of other API servers' certificates
permit-address-sharing Whether an address may be listened on by several sockets (SO_REUSEADDR)
permit-port-sharing Whether a port may be listened on by several processes (SO_REUSEPORT)
pod-bridge-interface Bridge whose traffic is of this node's pods
  (--detect-local-mode=BridgeInterface)
pod-cidr Range of pod addresses of a kubelet without an API server
pod-infra-container-image Image that removing unused images spares
pod-interface-name-prefix What interfaces of this node's pods begin with
  (--detect-local-mode=InterfaceNamePrefix)
pod-manifest-path Directory, or file, of static pods
pod-max-in-unschedulable-pods-duration How long a pod that fits nowhere waits before it is tried
  again
pod-max-pids Processes that a pod may have; -1 is without a limit
pods-per-core Pods that the node takes for each core; 0 is without a limit
port Port without TLS; served no more
kube-apiserver/port Older name of --insecure-port
kubelet/port Port of the kubelet's server
profiling Whether /debug/pprof is served
protect-kernel-defaults Whether the kubelet does not start where kernel settings are not as it wants
  them
provider-id What the cloud provider calls this machine
proxy-client-cert-file PEM of the certificate that extension servers know this server by
proxy-client-key-file PEM of the key of --proxy-client-cert-file
proxy-mode How Services are served: iptables, ipvs or nftables
pv-recycler-increment-timeout-nfs Seconds more to scrub an NFS volume, for each GiB
pv-recycler-minimum-timeout-hostpath Seconds to scrub a directory of this machine, at least
pv-recycler-minimum-timeout-nfs Seconds to scrub an NFS volume, at least
pv-recycler-pod-template-filepath-hostpath File with the pod that scrubs directories of this machine
pv-recycler-pod-template-filepath-nfs File with the pod that scrubs NFS volumes
pv-recycler-timeout-increment-hostpath Seconds more to scrub a directory of this machine, for each
  GiB
pvclaimbinder-sync-period How often volumes and claims are looked at again
qos-reserved Percent of a resource that lower classes of service leave to higher ones
read-only-port Port of the kubelet without TLS or authentication; 0: none
register-node Whether the kubelet makes its Node
register-with-taints Taints that the node registers with
registry-burst Images that may be pulled at once, beyond --registry-qps
registry-qps Images that are pulled a second; 0 is without a limit
request-timeout How long a request may take that is no watch
requestheader-allowed-names Common names of front proxies; empty: any that
  --requestheader-client-ca-file signed
requestheader-client-ca-file PEM of the authorities of front proxies, who speak for their users
requestheader-extra-headers-prefix What headers begin with in which a front proxy tells further
  things of a user
requestheader-group-headers Headers in which a front proxy tells a user's groups
requestheader-uid-headers Headers in which a front proxy tells a user's uid
requestheader-username-headers Headers in which a front proxy tells a user's name
reserved-cpus CPUs that are kept for the system, as 0-1,3
reserved-memory Memory that is kept for the system, by NUMA node
resolv-conf File of the machine's name servers, which pods are given
resource-quota-sync-period How often the use of quotas is counted anew
root-ca-file PEM of the authorities that pods are given with their tokens
root-dir Directory of the kubelet's own state and of volumes
rotate-certificates Whether the kubelet renews its client certificate
rotate-server-certificates Whether the kubelet asks the API server for its serving certificate, and
  renews it
route-reconciliation-period How often routes of the cloud provider are looked at
runonce Whether the kubelet runs the static pods once, and ends
runtime-cgroups Cgroup of the container runtime
runtime-config APIs to switch on or off, as group/version=true, api/all=false
runtime-config-emulation-forward-compatible Whether --runtime-config may name APIs newer than
  --emulated-version
runtime-request-timeout How long the runtime may take to respond
seccomp-default Whether containers without a seccomp profile have the runtime's
secondary-node-eviction-rate Nodes a second whose pods are evicted, in a large zone that is not well
secure-port Port with TLS; 0: none
kube-apiserver/secure-port Port of REST with TLS; it cannot be turned off
serialize-image-pulls Whether images are pulled one after the other
service-account-extend-token-expiration Whether tokens that pods hold are valid for a year, and
  their use beyond an hour is told
service-account-issuer Issuer of service account tokens; further ones are accepted too
service-account-jwks-uri Address at which the keys of the issuer are said to be
service-account-key-file PEM of keys that service account tokens are checked with
service-account-lookup Whether a token is refused once its account or secret is gone
service-account-max-token-expiration How long a token may be valid that somebody asks for
service-account-private-key-file PEM of the key that signs tokens for secrets
service-account-signing-endpoint Socket of a program that signs service account tokens
service-account-signing-key-file PEM of the key that signs service account tokens; made and kept
  where none is given
service-cluster-ip-range Ranges of Services' addresses, one or one of each family
service-node-port-range Range of node ports, as 30000-32767
show-hidden-metrics-for-version Version whose metrics are shown though they are hidden since then
shutdown-delay-duration How long requests are served on after the signal to end
shutdown-send-retry-after Whether requests are told to come again while the server ends
shutdown-watch-termination-grace-period How long watches may run on while the server ends
storage What keeps objects: embedded, or etcd; etcd where --etcd-servers is given
storage-backend How objects are kept in etcd: etcd3
storage-initialization-timeout How long storage is waited for at the start
storage-media-type Form of stored objects: application/vnd.kubernetes.protobuf or application/json
streaming-connection-idle-timeout How long exec, attach and port-forward may be silent; 0 is without
  a limit
strict-transport-security-directives What the header Strict-Transport-Security says
sync-frequency How often running pods are compared with what they should be
system-cgroups Cgroup of processes that are in none
system-reserved What is kept for the system's own daemons, as cpu=200m,memory=500Mi
system-reserved-cgroup Cgroup of the system's own daemons
terminated-pod-gc-threshold Ended pods that are kept before they are deleted; 0 is all
tls-cert-file PEM of the serving certificate, with the authorities between; made where none is given
tls-cipher-suites Cipher suites of TLS 1.2; those that are safe by default
tls-curve-preferences Key exchanges of TLS, by number
tls-min-version Oldest version of TLS: VersionTLS12 or VersionTLS13
tls-private-key-file PEM of the key of --tls-cert-file
tls-sni-cert-key Further certificates by name, as cert.pem,key.pem:name.example
token-auth-file File of tokens: token,user,uid and groups, a line each
topology-manager-policy How resources are aligned to NUMA nodes: none, best-effort, restricted,
  single-numa-node
topology-manager-policy-options Options of the policy of --topology-manager-policy
topology-manager-scope What is aligned together: container or pod
tracing-config-file File that says where traces are sent
unhealthy-zone-threshold Part of a zone's nodes that must be not ready for the zone not to be well
use-service-account-credentials Whether each controller has a service account of its own
v How much is logged: 0 to 10
version Shows the version
vmodule How much is logged by file, as pattern=N
volume-plugin-dir Directory of Flexvolume plugins
volume-stats-agg-period How often the use of volumes is counted; 0 is never
watch-cache Whether lists and watches come from memory
watch-cache-sizes Sizes of watch caches by resource
workers Processes that serve requests; 0: one
write-config-to File that the settings in effect are written to, and end
`;

const byFlag: ReadonlyMap<string, string> = new Map(
  texts
    .trim()
    .replaceAll(/\n +/g, " ")
    .split("\n")
    .map((line) => {
      const space = line.indexOf(" ");
      return [line.slice(0, space), line.slice(space + 1)] as const;
    }),
);

/** What --help of a component says of a flag; undefined where nobody has written it. */
export function flagText(component: string, flag: string): string | undefined {
  return byFlag.get(`${component}/${flag}`) ?? byFlag.get(flag);
}

/** What has a text: a flag, or `component/flag`. */
export const flagsWithTexts: readonly string[] = [...byFlag.keys()];
