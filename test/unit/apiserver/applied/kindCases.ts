import { type ApplyCase, a, b, container, force, get, template } from "./applySteps.js";

export const kindCases: readonly ApplyCase[] = [
  {
    name: "an account for pods",
    kind: "ServiceAccount",
    steps: [
      a('{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"NAME"}}'),
      {
        verb: "create",
        manager: "u",
        bare: true,
        body: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } },
      },
    ],
  },
  {
    name: "a pod's ephemeral containers",
    kind: "Pod",
    steps: [
      a({
        spec: {
          automountServiceAccountToken: false,
          containers: [container({ resources: { requests: { cpu: "1" } } })],
        },
      }),
      b(
        {
          metadata: { labels: { x: "y" } },
          spec: { ephemeralContainers: [{ name: "e", image: "i", targetContainerName: "c" }] },
        },
        { subresource: "ephemeralcontainers" },
      ),
      get,
    ],
  },
  {
    name: "a service's ports",
    kind: "Service",
    steps: [
      a({ spec: { selector: { app: "x" }, ports: [{ port: 80, name: "h" }], clusterIP: "None" } }),
      b({ spec: { ports: [{ port: 81, name: "i" }] } }),
      b({ spec: { selector: { app: "y" } } }),
    ],
  },
  {
    name: "stringData",
    kind: "Secret",
    steps: [a({ stringData: { k: "v" }, data: { l: "dg==" } }), a({ data: { l: "dg==" } })],
  },
  {
    name: "a role's rules are one value",
    kind: "Role",
    steps: [
      a({ rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }),
      b({ rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }] }),
      b({ rules: [] }, force),
    ],
  },
  {
    name: "an ingress",
    kind: "Ingress",
    steps: [
      a({
        spec: {
          defaultBackend: { service: { name: "s", port: { number: 80 } } },
          tls: [{ hosts: ["x"] }],
        },
      }),
      b({ spec: { defaultBackend: { service: { name: "t" } } } }),
    ],
  },
  {
    name: "a network policy",
    kind: "NetworkPolicy",
    steps: [
      a({ spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{}] } }),
      b({ spec: { podSelector: { matchLabels: { a: "b" } } } }),
    ],
  },
  {
    name: "a lease, with times",
    kind: "Lease",
    steps: [
      a({ spec: { holderIdentity: "h", acquireTime: "2026-01-01T00:00:00.000001Z" } }),
      b({ spec: { acquireTime: "2026-01-01T00:00:00.000001Z" } }),
      b({ spec: { renewTime: "2026-01-01T00:00:00.000001Z" } }),
    ],
  },
  {
    name: "taints and addresses of a node",
    kind: "Node",
    steps: [
      a({ spec: { taints: [{ key: "k", effect: "NoSchedule" }] } }),
      b({ status: { addresses: [{ type: "Hostname", address: "h" }] } }, { subresource: "status" }),
      b({ spec: { taints: [{ key: "l", effect: "NoSchedule" }] } }),
      b({ spec: { unschedulable: true } }),
    ],
  },
  {
    name: "a namespace",
    kind: "Namespace",
    steps: [a({ metadata: { labels: { x: "y" } } }), b({ spec: { finalizers: ["e.x/f"] } })],
  },
  {
    name: "an autoscaler of another version",
    kind: "HorizontalPodAutoscaler",
    steps: [
      a({
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
          maxReplicas: 3,
          metrics: [
            {
              type: "Resource",
              resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
            },
          ],
        },
      }),
      a(
        {
          apiVersion: "autoscaling/v1",
          spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
            maxReplicas: 4,
          },
        },
        { contentType: "v1" },
      ),
      b(
        { apiVersion: "autoscaling/v1", spec: { targetCPUUtilizationPercentage: 60 } },
        { contentType: "v1" },
      ),
      get,
    ],
  },
  {
    name: "a job",
    kind: "Job",
    steps: [
      a({
        spec: { template: { spec: { restartPolicy: "Never", containers: [container()] } } },
      }),
      a({
        spec: {
          parallelism: 2,
          template: { spec: { restartPolicy: "Never", containers: [container()] } },
        },
      }),
    ],
  },
  {
    name: "an account's secrets",
    kind: "ServiceAccount",
    steps: [
      a({ secrets: [{ name: "a" }], imagePullSecrets: [{ name: "p" }] }),
      b({ secrets: [{ name: "b" }], automountServiceAccountToken: false }),
      a({}),
    ],
  },
  {
    name: "a set's templates",
    kind: "StatefulSet",
    steps: [
      a({
        spec: {
          serviceName: "s",
          selector: { matchLabels: { app: "x" } },
          template: template([container()]),
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" },
        },
      }),
      b({ spec: { replicas: 2, template: { spec: { nodeSelector: { a: "b" } } } } }),
    ],
  },
];
