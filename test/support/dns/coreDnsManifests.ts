import { coreDnsImage } from "./dnsImages.js";

const namespace = "kube-system";
const labels = { "k8s-app": "kube-dns" };
/** Other than this program's, so that an answer says whose it is. */
export const coreDnsTtlSeconds = 7;

const corefile = `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl ${coreDnsTtlSeconds}
    }
    loadbalance
}
`;

function access(): object[] {
  const group = "rbac.authorization.k8s.io";
  const rules = [
    { apiGroups: [""], resources: ["namespaces", "services"], verbs: ["list", "watch"] },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
  ];
  const subjects = [{ kind: "ServiceAccount", name: "coredns", namespace }];
  const roleRef = { apiGroup: group, kind: "ClusterRole", name: "coredns" };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "coredns", namespace } },
    { apiVersion: `${group}/v1`, kind: "ClusterRole", metadata: { name: "coredns" }, rules },
    {
      apiVersion: `${group}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name: "coredns" },
      ...{ roleRef, subjects },
    },
  ];
}

function deployment(): object {
  const container = {
    name: "coredns",
    image: coreDnsImage,
    args: ["-conf", "/etc/coredns/Corefile"],
    volumeMounts: [{ name: "config", mountPath: "/etc/coredns" }],
    readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 1 },
  };
  const template = {
    metadata: { labels },
    spec: {
      ...{ serviceAccountName: "coredns", dnsPolicy: "Default", containers: [container] },
      volumes: [{ name: "config", configMap: { name: "coredns" } }],
      terminationGracePeriodSeconds: 0,
    },
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "coredns", namespace },
    spec: { replicas: 2, selector: { matchLabels: labels }, template },
  };
}

/** CoreDNS in two pods behind the Service kube-system/kube-dns, as its users deploy it. */
export function coreDnsManifests(clusterIp: string): object[] {
  const port = (name: string, protocol: string) => ({ name, protocol, port: 53, targetPort: 53 });
  const ports = [port("dns", "UDP"), port("dns-tcp", "TCP")];
  return [
    ...access(),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "coredns", namespace },
      data: { Corefile: corefile },
    },
    deployment(),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "kube-dns", namespace, labels },
      spec: { clusterIP: clusterIp, selector: labels, ports },
    },
  ];
}
