import type { Tree } from "./twoWays.js";

/** A pod as people and controllers make them. */
export interface EverydayPod {
  readonly name: string;
  /** Whether it is created without a JSON tree. */
  readonly native: boolean;
  readonly pod: Tree;
}

const owner = (kind: string, apiVersion = "apps/v1"): Tree => ({
  ...{ apiVersion, kind, name: "owner", uid: "0a1b" },
  ...{ controller: true, blockOwnerDeletion: true },
});
const labels = { "app.kubernetes.io/name": "web", "pod-template-hash": "5d59d67564" };
const http = (path: string, more: Tree = {}): Tree => ({
  httpGet: { path, port: "http", ...more },
  ...{ initialDelaySeconds: 3, periodSeconds: 10 },
});
const resources = {
  requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "1Gi" },
  limits: { memory: "256Mi" },
};
const nodeLifecycleKeys = ["not-ready", "unreachable", "disk-pressure", "memory-pressure"];

const deployment: Tree = {
  metadata: { labels, ownerReferences: [owner("ReplicaSet")] },
  spec: {
    containers: [
      {
        name: "nginx",
        image: "nginx:1.29",
        ports: [{ name: "http", containerPort: 8080 }],
        resources,
        livenessProbe: http("/healthz", { httpHeaders: [{ name: "X-Probe", value: "1" }] }),
        readinessProbe: { ...http("/readyz"), successThreshold: 2, timeoutSeconds: 2 },
        startupProbe: { ...http("/healthz"), failureThreshold: 30 },
        lifecycle: { preStop: { exec: { command: ["sh", "-c", "sleep 5"] } } },
        env: [
          { name: "MODE", value: "prod" },
          { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          { name: "APP", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
          { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } },
          {
            name: "LEVEL",
            valueFrom: { configMapKeyRef: { name: "web", key: "level", optional: true } },
          },
          {
            name: "MEMORY",
            valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } },
          },
        ],
        envFrom: [{ configMapRef: { name: "web" } }, { prefix: "S_", secretRef: { name: "db" } }],
        volumeMounts: [
          { name: "config", mountPath: "/etc/nginx/conf.d", readOnly: true },
          { name: "cache", mountPath: "/var/cache/nginx", subPath: "nginx" },
        ],
      },
    ],
    volumes: [
      { name: "config", configMap: { name: "web", items: [{ key: "a", path: "a.conf" }] } },
      { name: "cache", emptyDir: {} },
    ],
    topologySpreadConstraints: [
      {
        ...{ maxSkew: 1, topologyKey: "topology.kubernetes.io/zone" },
        ...{ whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: { app: "web" } } },
      },
    ],
    imagePullSecrets: [{ name: "registry" }],
    nodeSelector: { "kubernetes.io/os": "linux" },
  },
};

const statefulSet = (volumes: readonly Tree[]): Tree => ({
  metadata: {
    labels: { app: "db", "statefulset.kubernetes.io/pod-name": "db-0" },
    ownerReferences: [owner("StatefulSet")],
  },
  spec: {
    ...{ hostname: "db-0", subdomain: "db", terminationGracePeriodSeconds: 60 },
    containers: [
      {
        name: "postgres",
        image: "postgres:18",
        args: ["-c", "config_file=/etc/pg/postgresql.conf"],
        ports: [{ name: "pg", containerPort: 5432 }],
        livenessProbe: { tcpSocket: { port: 5432 }, terminationGracePeriodSeconds: 10 },
        readinessProbe: { exec: { command: ["pg_isready"] } },
        volumeMounts: [{ name: "data", mountPath: "/data" }],
        securityContext: { runAsUser: 999, allowPrivilegeEscalation: false },
      },
    ],
    volumes,
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            labelSelector: { matchExpressions: [{ key: "app", operator: "In", values: ["db"] }] },
            topologyKey: "kubernetes.io/hostname",
          },
        ],
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 50,
            podAffinityTerm: {
              ...{ labelSelector: { matchLabels: { app: "db" } }, namespaces: ["default"] },
              ...{ topologyKey: "topology.kubernetes.io/zone", namespaceSelector: {} },
            },
          },
        ],
      },
    },
    securityContext: { fsGroup: 999, supplementalGroups: [1000, 1001], runAsNonRoot: true },
    dnsConfig: { options: [{ name: "ndots", value: "2" }], searches: ["db.local"] },
  },
});

const job: Tree = {
  metadata: {
    labels: { "batch.kubernetes.io/job-name": "backup" },
    annotations: { "example.com/run": "1" },
    finalizers: ["batch.kubernetes.io/job-tracking"],
    ownerReferences: [owner("Job", "batch/v1")],
  },
  spec: {
    ...{ restartPolicy: "OnFailure", activeDeadlineSeconds: 600 },
    ...{ serviceAccountName: "builder", automountServiceAccountToken: false },
    initContainers: [{ name: "wait", image: "busybox:1", command: ["true"] }],
    containers: [
      {
        name: "run",
        image: "busybox@sha256:0123456789012345678901234567890123456789012345678901234567890123",
        command: ["sh", "-c", "echo done"],
        resources: { limits: { cpu: "1", memory: "64Mi" } },
        volumeMounts: [{ name: "scratch", mountPath: "/scratch", subPathExpr: "$(RUN)" }],
      },
    ],
    volumes: [{ name: "scratch", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } }],
  },
};

const daemonSet: Tree = {
  metadata: { labels: { k8s: "agent" }, ownerReferences: [owner("DaemonSet")] },
  spec: {
    ...{ hostNetwork: true, hostPID: true, dnsPolicy: "ClusterFirstWithHostNet" },
    priorityClassName: "system-node-critical",
    tolerations: [
      { operator: "Exists", effect: "NoSchedule" },
      { key: "dedicated", value: "infra" },
      ...nodeLifecycleKeys.map((key) => ({
        ...{ key: `node.kubernetes.io/${key}`, operator: "Exists", effect: "NoExecute" },
      })),
    ],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchFields: [{ key: "metadata.name", operator: "In", values: ["node-1"] }] },
          ],
        },
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 1,
            preference: { matchExpressions: [{ key: "cores", operator: "Gt", values: ["4"] }] },
          },
        ],
      },
    },
    containers: [
      {
        name: "agent",
        image: "agent:2",
        securityContext: { privileged: true, capabilities: { add: ["NET_ADMIN"] } },
        ports: [{ containerPort: 9100, hostPort: 9100, protocol: "TCP" }],
        lifecycle: { postStart: { httpGet: { port: 9100 } } },
        volumeMounts: [
          { name: "run", mountPath: "/run", mountPropagation: "Bidirectional" },
          { name: "modules", mountPath: "/lib/modules", mountPropagation: "HostToContainer" },
        ],
      },
    ],
    volumes: [
      { name: "run", hostPath: { path: "/run", type: "Directory" } },
      { name: "modules", hostPath: { path: "/lib/modules" } },
    ],
  },
};

const hardened: Tree = {
  metadata: { labels: { tier: "api" } },
  spec: {
    securityContext: {
      ...{ runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 },
      ...{ fsGroupChangePolicy: "Always", seccompProfile: { type: "RuntimeDefault" } },
    },
    initContainers: [
      {
        ...{ name: "proxy", image: "proxy:1", restartPolicy: "Always" },
        startupProbe: { grpc: { port: 9000, service: "health" } },
        readinessProbe: { httpGet: { path: "/ready", port: 15021, scheme: "HTTPS" } },
      },
    ],
    containers: [
      {
        ...{ name: "api", image: "example.com/api:3.1", workingDir: "/srv", stdin: false },
        ports: [{ name: "grpc", containerPort: 9001 }],
        readinessProbe: { grpc: { port: 9001 } },
        securityContext: {
          ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, privileged: false },
          ...{ capabilities: { drop: ["ALL"] }, seccompProfile: { type: "RuntimeDefault" } },
          appArmorProfile: { type: "RuntimeDefault" },
          seLinuxOptions: { level: "s0:c1,c2" },
        },
        volumeMounts: [
          { name: "tokens", mountPath: "/var/run/secrets/tokens", readOnly: true },
          { name: "about", mountPath: "/etc/podinfo" },
          { name: "tls", mountPath: "/tls" },
        ],
      },
    ],
    volumes: [
      {
        name: "tokens",
        projected: {
          sources: [
            { serviceAccountToken: { audience: "vault", expirationSeconds: 7200, path: "vault" } },
            { configMap: { name: "roots", items: [{ key: "ca", path: "ca.crt", mode: 256 }] } },
            { secret: { name: "tls", optional: true } },
            {
              downwardAPI: {
                items: [{ path: "ns", fieldRef: { fieldPath: "metadata.namespace" } }],
              },
            },
          ],
        },
      },
      {
        name: "about",
        downwardAPI: {
          items: [
            { path: "labels", fieldRef: { fieldPath: "metadata.labels" } },
            {
              path: "cpu",
              resourceFieldRef: { containerName: "api", resource: "limits.cpu", divisor: "1m" },
            },
          ],
        },
      },
      { name: "tls", secret: { secretName: "tls", defaultMode: 256, optional: false } },
    ],
    hostAliases: [{ ip: "10.0.0.7", hostnames: ["db.local"] }],
    readinessGates: [{ conditionType: "example.com/registered" }],
    ...{ os: { name: "linux" }, shareProcessNamespace: true, setHostnameAsFQDN: false },
    ...{ enableServiceLinks: false, dnsPolicy: "None", dnsConfig: { nameservers: ["10.0.0.10"] } },
  },
};

const claimed = [{ name: "data", persistentVolumeClaim: { claimName: "data-db-0" } }];
const token = [
  {
    name: "kube-api-access-abcde",
    projected: { sources: [{ serviceAccountToken: { path: "token" } }] },
  },
];
const bare = { containers: [{ name: "c", image: "web:1" }] };

/**
 * What of it is not native has a reason: a claim's volume is warned of, the token's volume is the
 * admission's own matter, and so is a pod's node.
 */
export const everydayPods: readonly EverydayPod[] = [
  { name: "of a Deployment, with probes", native: true, pod: deployment },
  {
    name: "of a StatefulSet",
    native: true,
    pod: statefulSet([{ name: "data", emptyDir: {} }]),
  },
  { name: "of a StatefulSet with claims", native: false, pod: statefulSet(claimed) },
  { name: "of a Job", native: true, pod: job },
  { name: "of a DaemonSet, privileged and in the host's network", native: true, pod: daemonSet },
  { name: "hardened, with a sidecar and projected volumes", native: true, pod: hardened },
  {
    name: "sent back with its token's volume",
    native: false,
    pod: { spec: { ...bare, volumes: token } },
  },
  { name: "bound by whoever makes it", native: false, pod: { spec: { ...bare, nodeName: "n" } } },
];
