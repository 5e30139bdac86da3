import type { FeatureArea } from "./featureRow.js";

/** What docs/features.md says of whole features, by area and row. */
export const features: readonly FeatureArea[] = [
  {
    area: "In a program",
    rows: [
      {
        feature: "`Cluster.start()`: a whole cluster in this process, no port, nothing on disk",
        state: "works",
        beside: "envtest needs two binaries and gives no pods",
        tests: ["test/scenario/cluster/cluster.test.ts"],
      },
      {
        feature:
          "Typed and dynamic clients, `connect(kubeconfig)`, informers, listers, work queues, " +
          "leader election, event recorder, patches, raw requests",
        state: "works",
        beside: "client-go's contracts",
        tests: ["test/unit/client", "test/newcomer"],
      },
      {
        feature:
          "`import`, `require`, Jest, Vitest and mocha; types for strict projects from " +
          "TypeScript 5.4 on",
        state: "works",
        tests: ["test/newcomer"],
      },
      {
        feature: "`dns: true`: names of Services, over UDP and TCP, or inline by `resolve`",
        state: "works",
        tests: ["test/scenario/dns/clusterDns.test.ts"],
      },
      {
        feature: "Simulated nodes: a real kubelet over a runtime without containers",
        state: "works",
        beside:
          "KWOK fakes statuses; here the kubelet itself runs, and probes, hooks and init containers end well",
        tests: ["test/scenario/cluster/cluster.test.ts"],
      },
      {
        feature: "200 worker threads that load the addon and are terminated amid traffic",
        state: "works",
        tests: ["test/unit/native"],
      },
    ],
  },
  {
    area: "API server",
    rows: [
      {
        feature:
          "Every resource that is served by default: get, list, watch, create, update, patch, delete, deletecollection, status, scale",
        state: "works",
        tests: ["test/contract", "test/unit/apiserver/core"],
      },
      {
        feature:
          "JSON, YAML, protobuf; Table and PartialObjectMetadata; discovery; OpenAPI 2 and 3",
        state: "works",
        beside: "many fields have no description in `kubectl explain`",
        tests: ["test/unit/api", "test/contract"],
      },
      {
        feature: "Byte for byte the wire and JSON forms of `k8s.io/api`'s published test data",
        state: "works",
        tests: ["test/interop/codec"],
      },
      {
        feature: "JSON, merge and strategic merge patch; managedFields from the first write",
        state: "works",
        tests: ["test/unit/codec"],
      },
      {
        feature:
          "Server-side apply: conflicts, force, status and Scale, over from client-side apply; docs/apply.md",
        state: "works",
        tests: ["test/unit/apiserver/applied", "test/contract", "test/interop/codec"],
      },
      {
        feature:
          "Authentication: client certificates, tokens, basic, service accounts, bootstrap tokens, request header, anonymous",
        state: "works",
        beside: "OIDC and webhooks come later",
        tests: ["test/unit/apiserver/policy"],
      },
      {
        feature:
          "The insecure ports (REST 8080, gRPC 6445 on 127.0.0.1) serve root and the server's own user, outside of pods; who it is the kernel says before a byte is read. Browsers' pages of elsewhere are refused",
        state: "works",
        beside: "upstream has none; kept for `curl` and older units",
        tests: [
          "test/unit/apiserver/rest/insecurePort.test.ts",
          "test/unit/platform/localPeers.test.ts",
        ],
      },
      {
        feature: "Client certificates of strangers cost a hundred signature checks at most",
        state: "works",
        beside: "Go's limit; name constraints are refused where they would have to be looked at",
        tests: ["test/hostile/certificates.test.ts"],
      },
      {
        feature:
          "Serving certificates, client and request-header authorities are used anew within a minute of a change: kube-apiserver, kubelet, managers",
        state: "works",
        beside:
          "connections that the old client authority vouched for are out at once, as upstream",
        tests: [
          "test/unit/cmd/certificateReload.test.ts",
          "test/unit/apiserver/rest/reload.test.ts",
        ],
      },
      {
        feature: "Authorization: RBAC, Node, AlwaysAllow; reviews",
        state: "works",
        beside: "ABAC and webhook come later",
        tests: ["test/unit/apiserver/policy"],
      },
      {
        feature:
          "NodeRestriction beside the authorization mode Node, in `kube-apiserver`, `steersman up` and `Cluster.start()`",
        state: "works",
        beside:
          "on by default, which upstream leaves to distributions; `--disable-admission-plugins=NodeRestriction` turns it off",
        tests: ["test/hostile/nodeCredential.test.ts"],
      },
      {
        feature:
          "Kinds, fields and subresources that nothing acts on are named by warnings or refused; guards that would not guard end the start",
        state: "works",
        beside: "upstream has no such gaps to tell of",
        tests: [
          "test/contract/warnings.test.ts",
          "test/unit/capabilities",
          "test/unit/docs/unreadFields.test.ts",
        ],
      },
      {
        feature: "Pod Security Standards in every version, by the labels of namespaces",
        state: "works",
        beside:
          "pods with `hostUsers: false` are let off nothing, as long as nodes give them no users of their own",
        tests: ["test/unit/apiserver/policy/podSecurityVersions.test.ts"],
      },
      {
        feature: "Default admission chain without webhooks and CEL policies",
        state: "partly",
        beside: "webhooks, CEL policies come later",
        tests: ["test/unit/apiserver/policy"],
      },
      {
        feature: "Defaulting and validation",
        state: "partly",
        beside:
          "whole for the kinds of docs/policy.md, compared with recorded responses of kube-apiserver; metadata only for rarer kinds",
        tests: ["test/unit/apiserver/policy", "test/unit/apiserver/recorded"],
      },
      {
        feature:
          "Bad input: strict fields in bodies and patches, YAML 1.1, wrong versions, media types, methods, in upstream's words",
        state: "works",
        tests: ["test/unit/apiserver/rest"],
      },
      {
        feature:
          "Watches (initial events, bookmarks, old paths), lists, continue tokens, Tables, Scale and Eviction at their edges, compared with kube-apiserver",
        state: "works",
        beside: "a bookmark comes at a watch's end, not two seconds before",
        tests: [
          "test/unit/apiserver/rest/watchEdges.test.ts",
          "test/unit/apiserver/rest/responseForms.test.ts",
          "test/unit/apiserver/rest/futureRevisions.test.ts",
        ],
      },
      {
        feature:
          "deletecollection deletes exactly the list in its response: pages, exact revisions, nothing that came later",
        state: "works",
        beside: "upstream also deletes a newer object of a listed name",
        tests: [
          "test/unit/apiserver/rest/deleteCollection.test.ts",
          "test/hostile/writes/deleteCollectionAmidWriters.test.ts",
        ],
      },
      {
        feature:
          "Quotas under many writers at once: no lost races, exact to the last unit, counted again without giving away what is on its way",
        state: "works",
        beside: "upstream's controller may count too little for a moment",
        tests: ["test/hostile/writes/quotaRaces.test.ts", "test/hostile/writes/quotaChurn.test.ts"],
      },
      {
        feature:
          "API Priority and Fairness: FlowSchemas, levels that lend seats, fair queues, widths of lists and of what many watch, upstream's headers, tables and metrics; clients of every transport retry when told",
        state: "works",
        beside:
          "with --enable-priority-and-fairness=false fixed limits that queue, where upstream's refuse",
        tests: [
          "test/unit/apiserver/fairness/priorityAndFairness.test.ts",
          "test/unit/apiserver/fairness/fairServer.test.ts",
          "test/unit/apiserver/core/flowControl.test.ts",
          "test/unit/client/retryDelay.test.ts",
          "test/hostile/writes/bursts.test.ts",
        ],
      },
      {
        feature: "Eviction: budgets exact under races, DisruptionTarget, preconditions",
        state: "works",
        tests: ["test/unit/apiserver/rest/eviction.test.ts"],
      },
      {
        feature:
          "`/livez`, `/readyz`, `/metrics/slis`, `/statusz`, `/flagz`, paths and methods; ComponentStatus of store and managers",
        state: "works",
        beside: "no `/debug/pprof`, no `/configz` beside the kubelet's",
        tests: ["test/unit/apiserver/rest/documentEdges.test.ts", "test/unit/api/zpages.test.ts"],
      },
      {
        feature: "A line in the log for each request from `--v=3` on, in upstream's shape",
        state: "works",
        beside:
          "written when the request is over; parameters of queries that may hide something are left out",
        tests: ["test/unit/apiserver/rest/requestLog.test.ts"],
      },
      {
        feature: "Metrics by upstream's names, types, labels and buckets",
        state: "partly",
        beside: "what is counted is upstream's; no watch cache, Go runtime or CEL to count",
        tests: ["test/unit/apiserver/rest/metricNames.test.ts"],
      },
      {
        feature: "gRPC: typed services, a dynamic one, reflection, health, Status in details",
        state: "works",
        beside: "upstream has none",
        tests: ["test/contract"],
      },
      {
        feature:
          "kubectl of 1.37 and the one on PATH: every command that needs no container, over TLS",
        state: "works",
        beside: "`top` needs metrics",
        tests: ["test/interop/kubectl"],
      },
      {
        feature:
          "Upstream's conformance tests of 1.37, unmodified, on two real nodes; a choice of them on every landing",
        state: "partly",
        beside: "each test with its result and reason in `test/conformance/results.json`",
        tests: ["test/conformance", "test/unit/conformance"],
      },
      {
        feature:
          "client-go 0.37: informers, protobuf, watch-list, leader election, Tables, pages; a controller of controller-runtime 0.25",
        state: "works",
        tests: ["test/interop/goclient"],
      },
      {
        feature: "Python: gRPC with stubs of `proto/`, and the `kubernetes` package",
        state: "works",
        tests: ["test/interop/python"],
      },
      {
        feature:
          "Logs, exec, attach, port-forward, proxy over WebSocket and SPDY; watches over WebSocket",
        state: "works",
        tests: [
          ...["test/unit/streaming", "test/interop/streaming"],
          "test/scenario/cluster/simulation.test.ts",
        ],
      },
      {
        feature: "Custom resources, aggregation, webhooks, audit",
        state: "not yet",
        beside: "roadmap",
      },
    ],
  },
  {
    area: "Store",
    rows: [
      {
        feature:
          "Revisions, transactions, ranges, watch, compaction, leases, log with checksums and group commit, snapshots, recovery",
        state: "works",
        beside: "etcd's interface inside the process",
        tests: ["crates/store/tests", "test/unit/storage"],
      },
      {
        feature: "etcd as storage (`--etcd-servers`), shared by several API servers",
        state: "partly",
        beside:
          "lists and watches come from memory; what several servers cannot do yet stands in docs/etcd.md",
        tests: ["test/interop/etcd"],
      },
      {
        feature:
          "etcd under a whole cluster (`steersman up --etcd-servers`), as a unit, and its certificates (`steersman init`)",
        state: "works",
        beside: "kubeadm and systemd",
        tests: ["test/interop/etcd/upOnEtcd.test.ts", "test/interop/units/etcdUnit.test.ts"],
      },
      {
        feature:
          "`steersman etcd`: etcd's API, flags, pages and metrics over the embedded store, one member",
        state: "partly",
        beside:
          "compared with etcd 3.7, users and snapshots too; no JSON gateway: docs/etcd-server.md",
        tests: [
          "test/interop/etcd/etcdServer.test.ts",
          "test/interop/etcd/etcdServerCases.test.ts",
          "test/interop/etcd/etcdServerAlone.test.ts",
          "test/interop/etcd/etcdServerUsers.test.ts",
          "test/interop/etcd/etcdServerPasswords.test.ts",
          "test/interop/etcd/etcdServerSnapshot.test.ts",
          "test/interop/etcd/etcdServerHostile.test.ts",
        ],
      },
      {
        feature:
          "The own store as etcd's API (`steersman up --serve-etcd`, `Cluster.start({ serveEtcd })`)",
        state: "works",
        beside: "with client certificates only: docs/etcd-server.md",
        tests: ["test/interop/etcd/servedStore.test.ts"],
      },
      {
        feature:
          "`steersman assets`: programs for controller-runtime's envtest, which starts a control plane on them",
        state: "partly",
        beside: "envtest's own two binaries; custom resources are not served yet",
        tests: ["test/interop/envtest/envtest.test.ts"],
      },
      {
        feature:
          "`steersman store migrate`: all objects from a data directory into etcd and back, compared",
        state: "works",
        tests: ["test/interop/etcd/migrateStore.test.ts"],
      },
      {
        feature:
          "Service addresses and node ports are claimed with the Service's write, as upstream stores them, and repaired",
        state: "works",
        beside: "several servers on one etcd, upstream's too, give none twice",
        tests: [
          "test/unit/apiserver/policy/serviceClaims.test.ts",
          "test/interop/etcd/serviceClaims.test.ts",
        ],
      },
    ],
  },
  {
    area: "Controllers and scheduler",
    rows: [
      {
        feature:
          "Deployment, ReplicaSet, ReplicationController, DaemonSet, namespace, service account, root CA, endpoints, endpoint slices, garbage collector, node lifecycle, taint eviction, node IPAM, pod GC, StatefulSet, resource quota, certificates, the API server's trust bundle, disruption budgets, protection of claims and volumes",
        state: "works",
        tests: ["test/unit/controllers", "test/scenario/controllers"],
      },
      {
        feature:
          "StatefulSet: maxUnavailable, claim retention, ordinals, partition; DaemonSet: surge, backoff of failing pods; budgets over any kind with a scale",
        state: "works",
        beside:
          "a StatefulSet scales down although a pod cannot be made; updates never take for free what is ready; minReadySeconds do not wait for a node's clock",
        tests: [
          "test/unit/controllers/statefulSetRules.test.ts",
          "test/unit/controllers/daemonSetRules.test.ts",
          "test/unit/controllers/disruptionController.test.ts",
          "test/hostile/workloadRestarts.test.ts",
        ],
      },
      {
        feature:
          "Job: suspension, podFailurePolicy, successPolicy, backoffLimitPerIndex, podReplacementPolicy, elastic indexes, managedBy, counts that are exact through crashes, adoption and release of pods",
        state: "works",
        beside: "case by case in docs/controllers.md; no gang scheduling (alpha)",
        tests: [
          "test/unit/controllers/jobDecision.test.ts",
          "test/unit/apiserver/policy/jobRules.test.ts",
          "test/hostile/jobRestarts.test.ts",
          "test/scenario/controllers/jobs.test.ts",
        ],
      },
      {
        feature:
          "CronJob: schedules, time zones and changes of the clock as robfig/cron, policies, deadlines, missed starts, history, upstream's names and events",
        state: "works",
        beside: "case by case in docs/controllers.md",
        tests: [
          "test/unit/api/cron/cronSchedule.test.ts",
          "test/unit/controllers/cronJobController.test.ts",
          "test/scenario/controllers/cronJobYear.test.ts",
          "test/hostile/cronJobRestarts.test.ts",
        ],
      },
      {
        feature: "Autoscaling, binding and attaching of volumes",
        state: "not yet",
        beside: "roadmap",
      },
      {
        feature:
          "Secure ports of kube-controller-manager and kube-scheduler ask the API server who may read metrics, `/statusz`, `/flagz`",
        state: "works",
        beside: "the plain ports on loopback, which upstream has no more, are open",
        tests: ["test/scenario/commands/managers.test.ts"],
      },
      {
        feature:
          "Scheduling: default plugins without volumes and devices, preemption, batches in Rust",
        state: "works",
        beside: "scheduled in batches; figures in docs/scheduler.md",
        tests: ["crates/scheduling/tests", "test/unit/scheduler", "test/scenario/scheduler"],
      },
    ],
  },
  {
    area: "Nodes",
    rows: [
      {
        feature:
          "Real pods through CRI (containerd) and CNI, five processes by the systemd units, all on gRPC",
        state: "works",
        tests: ["test/interop/units/units.test.ts"],
      },
      {
        feature:
          "Two nodes in namespaces: Services across nodes, masquerade, restarts, kill -9 of everything, a lost kubelet",
        state: "works",
        tests: ["test/interop/nodes/realNodes.test.ts"],
      },
      {
        feature:
          "A pod's status is shared: the kubelet writes its own conditions and fields only, compares them with the API's and mends what was written over",
        state: "works",
        beside:
          "a write is for exactly the version that was read, where upstream's may take back a final phase",
        tests: ["test/scenario/kubelet/podStatus.test.ts", "test/hostile/kubelet"],
      },
      {
        feature:
          "Init containers, sidecars, probes' verdicts, restarts with backoff, graceful termination, static pods",
        state: "works",
        tests: ["test/unit/kubelet", "test/scenario/kubelet"],
      },
      {
        feature:
          "Pods in the host's network; host ports, node selectors, affinity and taints that do not fit are refused by the kubelet, in upstream's words; subPaths are opened part by part and bound by descriptor",
        state: "works",
        beside: "no pod is ended to make room for a static one",
        tests: [
          "test/unit/kubelet/pods/podAdmission.test.ts",
          "test/unit/kubelet/volumes/subPath.test.ts",
          "test/interop/kubelet",
        ],
      },
      {
        feature:
          "postStart and preStop hooks; probes by HTTP, TCP, gRPC and command; cgroups of pods and their classes",
        state: "works",
        beside: "without systemd's cgroup driver making slices: the runtime does",
        tests: ["test/unit/kubelet", "test/interop/kubelet"],
      },
      {
        feature:
          "`/stats/summary`, `/metrics/cadvisor`, `/metrics/resource`, compared with the cgroups' own numbers",
        state: "works",
        beside: "measured without cAdvisor; v2 with virtual files only",
        tests: ["test/interop/kubelet"],
      },
      {
        feature: "A node from a bootstrap token; client and serving certificates renewed",
        state: "works",
        beside: "serves with a certificate of its own until one is issued",
        tests: ["test/unit/kubelet/certificates", "test/interop/kubelet/bootstrap.test.ts"],
      },
      {
        feature:
          "Garbage: images by threshold and age, ended containers with their logs, log rotation",
        state: "works",
        beside: "thresholds and counts by upstream's flags",
        tests: ["test/unit/kubelet/garbage", "test/interop/kubelet"],
      },
      {
        feature: "Events of nodes and pods in upstream's words",
        state: "works",
        tests: ["test/unit/kubelet/node", "test/scenario/kubelet"],
      },
      {
        feature: "Eviction under pressure, in-place resize, resource managers, swap",
        state: "not yet",
        beside: "roadmap",
      },
      {
        feature:
          "Projected trust bundles (by name, by signer and labels) and pod certificates, renewed in time",
        state: "works",
        beside: "keys and secrets are in memory (tmpfs) only; no signer is built in, as upstream",
        tests: [
          "test/unit/kubelet/trustBundles.test.ts",
          "test/scenario/kubelet/podCertificates.test.ts",
          "test/unit/kubelet/volumes/memoryVolumes.test.ts",
        ],
      },
      {
        feature: "Volumes: emptyDir, configMap, secret, projected, downwardAPI, hostPath",
        state: "works",
        beside: "CSI comes later",
        tests: ["test/unit/kubelet"],
      },
      {
        feature:
          "Service rules by iptables: ClusterIP, NodePort, affinity, traffic policies, masquerade, health check ports",
        state: "works",
        beside: "one changed endpoint costs its own chain only",
        tests: ["crates/netrules/tests", "test/unit/proxy", "test/interop/proxy"],
      },
      {
        feature: "IPVS and nftables modes",
        state: "not yet",
        beside: "fall back or are refused with one line",
      },
    ],
  },
  {
    area: "Cluster DNS",
    rows: [
      {
        feature:
          "Kubernetes' DNS specification 1.1 from Services and EndpointSlices: A, AAAA, SRV, PTR, headless, ExternalName, pod records, negative answers, dual stack; UDP, TCP, EDNS, truncation",
        state: "works",
        beside:
          "answers as CoreDNS's kubernetes plugin in a comparison of thousands of questions; responses over UDP have at most 1232 bytes",
        tests: ["crates/dns/tests/zone.rs", "test/interop/dns/dns.test.ts"],
      },
      {
        feature:
          "`steersman dns`, `startDnsServer`: native threads answer, never JavaScript; known names are answered while the API server is away",
        state: "works",
        tests: ["test/unit/dns/dnsServer.test.ts", "test/scenario/commands/dns.test.ts"],
      },
      {
        feature:
          "Other zones: forwarded to the machine's resolvers or given ones, with a cache, bounds, and an end to circles",
        state: "works",
        tests: ["test/unit/dns/forward.test.ts"],
      },
      {
        feature:
          "Strangers: malformed messages, silent and slow connections, floods, amplification",
        state: "works",
        tests: ["crates/dns/tests/hostile.rs", "test/hostile/dns/dns.test.ts"],
      },
    ],
  },
  {
    area: "Commands",
    rows: [
      {
        feature:
          "Five commands with all of upstream's flags; those without effect are in docs/flags.md",
        state: "works",
        beside: "fields of `--config` files without effect are said in the log, too",
        tests: ["test/unit/cmd"],
      },
      {
        feature: "`steersman up` with simulated nodes, by choice or where real ones cannot be had",
        state: "works",
        tests: [
          "test/interop/kubectl",
          "test/scenario/cluster/up.test.ts",
          "test/scenario/cluster/simulation.test.ts",
        ],
      },
      {
        feature:
          "`steersman up` with real nodes: this machine, and namespaces beside it; nothing left behind on SIGTERM; adopted or removed after kill -9",
        state: "works",
        beside: "kind and minikube need a machine or a container for a node",
        tests: ["test/interop/up/up.test.ts"],
      },
      {
        feature: "The system's containerd for the machine itself",
        state: "works",
        beside: "not where it has another pod network, or leaves cgroups to systemd",
        tests: ["test/interop/up/systemContainerd.test.ts"],
      },
      {
        feature:
          "Cluster DNS in `steersman up` with real nodes: a process of its own behind the Service `kube-dns`, kept, with a user of its own; `--cluster-dns none|IP`",
        state: "works",
        beside: "elsewhere CoreDNS' pods, which work in its place; simulated nodes have none",
        tests: ["test/interop/clusterDns", "test/scenario/dns"],
      },
      {
        feature:
          "Registries of nodes with a containerd of their own: mirrors, TLS and the like by `hosts.toml` below `<data-dir>/certs.d`",
        state: "works",
        beside: "the system's containerd goes by its own configuration",
        tests: ["test/interop/up/registries.test.ts"],
      },
      {
        feature: "`steersman load-image`: archives of images to every real node",
        state: "works",
        tests: ["test/interop/up/up.test.ts"],
      },
      {
        feature:
          "Data, logs, snapshots, keys and kubeconfigs are their owner's alone (0700 and 0600), whatever the umask, also after an earlier version left them open",
        state: "works",
        beside: "etcd does so for its data",
        tests: ["test/scenario/commands/privateFiles.test.ts"],
      },
      {
        feature: "`steersman init`: certificates, kubeconfigs, settings for the units, DNS too",
        state: "works",
        tests: ["test/interop/units/units.test.ts"],
      },
    ],
  },
];
