import type { RoleData } from "../roleData.js";

/** Roles within kube-system and kube-public. */
export const roles: readonly RoleData[] = [
  {
    name: "system:controller:bootstrap-signer",
    namespace: "kube-public",
    rules: [
      "get,list,watch core configmaps",
      "update core configmaps cluster-info",
      "create,patch,update core,events.k8s.io events",
    ],
  },
  {
    name: "extension-apiserver-authentication-reader",
    namespace: "kube-system",
    rules: ["get,list,watch core configmaps extension-apiserver-authentication"],
  },
  {
    name: "system::leader-locking-kube-controller-manager",
    namespace: "kube-system",
    rules: [
      "create,get,list,update,watch coordination.k8s.io leases",
      "create,get,list,update,watch coordination.k8s.io leasecandidates",
    ],
  },
  {
    name: "system::leader-locking-kube-scheduler",
    namespace: "kube-system",
    rules: [
      "create,get,list,update,watch coordination.k8s.io leases",
      "create,get,list,update,watch coordination.k8s.io leasecandidates",
    ],
  },
  {
    // Keeps its own Service and the slices behind it.
    name: "system:cluster-dns",
    namespace: "kube-system",
    rules: [
      "create core services",
      "get,update core services kube-dns",
      "create,delete,get,update discovery.k8s.io endpointslices",
    ],
  },
  {
    name: "system:controller:bootstrap-signer",
    namespace: "kube-system",
    rules: ["get,list,watch core secrets"],
  },
  {
    name: "system:controller:cloud-provider",
    namespace: "kube-system",
    rules: ["create,get,list,watch core configmaps"],
  },
  {
    name: "system:controller:token-cleaner",
    namespace: "kube-system",
    rules: ["delete,get,list,watch core secrets", "create,patch,update core,events.k8s.io events"],
  },
];
