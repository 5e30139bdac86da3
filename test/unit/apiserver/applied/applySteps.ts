/** One request of a case. */
export interface ApplyStep {
  /** `apply` is a PATCH with `application/apply-patch+yaml`. */
  readonly verb: "apply" | "create" | "update" | "merge" | "get" | "scale";
  /** Below the case's own collection: empty, or `status`, `scale`. */
  readonly subresource?: string;
  /** Query parameters beside fieldManager. */
  readonly query?: string;
  readonly manager?: string;
  /** An object, or a text as it is sent. An object has the kind and name of the case. */
  readonly body?: object | string;
  /** Of an object: instead of the kind and name of the case. */
  readonly bare?: boolean;
  readonly contentType?: string;
}

export interface ApplyCase {
  readonly name: string;
  readonly kind: keyof typeof kinds;
  readonly steps: readonly ApplyStep[];
}

export const kinds = {
  ConfigMap: { apiVersion: "v1", path: "/api/v1/namespaces/default/configmaps" },
  Secret: { apiVersion: "v1", path: "/api/v1/namespaces/default/secrets" },
  Pod: { apiVersion: "v1", path: "/api/v1/namespaces/default/pods" },
  Service: { apiVersion: "v1", path: "/api/v1/namespaces/default/services" },
  ServiceAccount: { apiVersion: "v1", path: "/api/v1/namespaces/default/serviceaccounts" },
  Node: { apiVersion: "v1", path: "/api/v1/nodes" },
  Namespace: { apiVersion: "v1", path: "/api/v1/namespaces" },
  Event: { apiVersion: "v1", path: "/api/v1/namespaces/default/events" },
  Deployment: { apiVersion: "apps/v1", path: "/apis/apps/v1/namespaces/default/deployments" },
  StatefulSet: { apiVersion: "apps/v1", path: "/apis/apps/v1/namespaces/default/statefulsets" },
  Job: { apiVersion: "batch/v1", path: "/apis/batch/v1/namespaces/default/jobs" },
  HorizontalPodAutoscaler: {
    apiVersion: "autoscaling/v2",
    path: "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
  },
  Ingress: {
    apiVersion: "networking.k8s.io/v1",
    path: "/apis/networking.k8s.io/v1/namespaces/default/ingresses",
  },
  NetworkPolicy: {
    apiVersion: "networking.k8s.io/v1",
    path: "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
  },
  Role: {
    apiVersion: "rbac.authorization.k8s.io/v1",
    path: "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
  },
  Lease: {
    apiVersion: "coordination.k8s.io/v1",
    path: "/apis/coordination.k8s.io/v1/namespaces/default/leases",
  },
} as const;

export const a = (body: object | string, more: Partial<ApplyStep> = {}): ApplyStep => ({
  verb: "apply",
  manager: "a",
  body,
  ...more,
});
export const b = (body: object | string, more: Partial<ApplyStep> = {}): ApplyStep =>
  a(body, { manager: "b", ...more });
export const force = { query: "force=true" } as const;
export const get: ApplyStep = { verb: "get" };

export const container = (more: object = {}) => ({ name: "c", image: "i:1", ...more });
export const template = (containers: readonly object[], more: object = {}) => ({
  metadata: { labels: { app: "x" } },
  spec: { containers, ...more },
});
export const deployment = (more: object = {}, containers: readonly object[] = [container()]) => ({
  spec: {
    selector: { matchLabels: { app: "x" } },
    template: template(containers),
    ...more,
  },
});

export const lastApplied = (body: object): object => ({
  metadata: {
    annotations: {
      "kubectl.kubernetes.io/last-applied-configuration": `${JSON.stringify(body)}\n`,
    },
  },
});
