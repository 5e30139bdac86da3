import * as cluster from "./printers/printCluster.js";
import * as extensions from "./printers/printExtensions.js";
import * as network from "./printers/printNetwork.js";
import { printPod } from "./printers/printPod.js";
import * as policy from "./printers/printPolicy.js";
import * as storage from "./printers/printStorage.js";
import * as workloads from "./printers/printWorkloads.js";
import type { CellPrinter } from "./tableRow.js";

/** Printers know their kind's fields: here, and only here, they become printers of any object. */
type AnyPrinter = (object: never, context: { readonly now: number }) => ReturnType<CellPrinter>;

const table: Readonly<Record<string, AnyPrinter>> = {
  "/ComponentStatus": cluster.printComponentStatus,
  "/ConfigMap": cluster.printConfigMap,
  "/Endpoints": network.printEndpoints,
  "/Event": cluster.printEvent,
  "/LimitRange": cluster.printNameAndCreation,
  "/Namespace": cluster.printNamespace,
  "/Node": cluster.printNode,
  "/PersistentVolume": storage.printPersistentVolume,
  "/PersistentVolumeClaim": storage.printPersistentVolumeClaim,
  "/Pod": printPod,
  "/PodTemplate": workloads.printPodTemplate,
  "/ReplicationController": workloads.printReplicationController,
  "/ResourceQuota": cluster.printResourceQuota,
  "/Secret": cluster.printSecret,
  "/Service": network.printService,
  "/ServiceAccount": cluster.printNameAndAge,
  "admissionregistration.k8s.io/MutatingAdmissionPolicy": policy.printAdmissionPolicy,
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": policy.printAdmissionPolicyBinding,
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": policy.printWebhookConfiguration,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": policy.printAdmissionPolicy,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding":
    policy.printAdmissionPolicyBinding,
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": policy.printWebhookConfiguration,
  "apiextensions.k8s.io/CustomResourceDefinition": extensions.printCustomResourceDefinition,
  "apiregistration.k8s.io/APIService": extensions.printApiService,
  "apps/ControllerRevision": workloads.printControllerRevision,
  "apps/DaemonSet": workloads.printDaemonSet,
  "apps/Deployment": workloads.printDeployment,
  "apps/ReplicaSet": workloads.printReplicaSet,
  "apps/StatefulSet": workloads.printStatefulSet,
  "autoscaling/Scale": workloads.printScale,
  "autoscaling/HorizontalPodAutoscaler": policy.printHorizontalPodAutoscaler,
  "batch/CronJob": workloads.printCronJob,
  "batch/Job": workloads.printJob,
  "certificates.k8s.io/CertificateSigningRequest": policy.printCertificateSigningRequest,
  "certificates.k8s.io/ClusterTrustBundle": extensions.printClusterTrustBundle,
  "certificates.k8s.io/PodCertificateRequest": extensions.printPodCertificateRequest,
  "coordination.k8s.io/Lease": cluster.printLease,
  "discovery.k8s.io/EndpointSlice": network.printEndpointSlice,
  "events.k8s.io/Event": cluster.printEvent,
  "flowcontrol.apiserver.k8s.io/FlowSchema": extensions.printFlowSchema,
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": extensions.printPriorityLevel,
  "networking.k8s.io/IPAddress": network.printIpAddress,
  "networking.k8s.io/Ingress": network.printIngress,
  "networking.k8s.io/IngressClass": network.printIngressClass,
  "networking.k8s.io/NetworkPolicy": network.printNetworkPolicy,
  "networking.k8s.io/ServiceCIDR": network.printServiceCidr,
  "node.k8s.io/RuntimeClass": cluster.printRuntimeClass,
  "policy/PodDisruptionBudget": policy.printPodDisruptionBudget,
  "rbac.authorization.k8s.io/ClusterRole": cluster.printNameAndCreation,
  "rbac.authorization.k8s.io/ClusterRoleBinding": policy.printRoleBinding,
  "rbac.authorization.k8s.io/Role": cluster.printNameAndCreation,
  "rbac.authorization.k8s.io/RoleBinding": policy.printRoleBinding,
  "resource.k8s.io/DeviceClass": cluster.printNameAndAge,
  "resource.k8s.io/DeviceTaintRule": extensions.printDeviceTaintRule,
  "resource.k8s.io/ResourceClaim": extensions.printResourceClaim,
  "resource.k8s.io/ResourceClaimTemplate": cluster.printNameAndAge,
  "resource.k8s.io/ResourceSlice": extensions.printResourceSlice,
  "scheduling.k8s.io/PriorityClass": cluster.printPriorityClass,
  "storage.k8s.io/CSIDriver": storage.printCsiDriver,
  "storage.k8s.io/CSINode": storage.printCsiNode,
  "storage.k8s.io/CSIStorageCapacity": cluster.printNameAndCreation,
  "storage.k8s.io/StorageClass": storage.printStorageClass,
  "storage.k8s.io/VolumeAttachment": storage.printVolumeAttachment,
  "storage.k8s.io/VolumeAttributesClass": storage.printVolumeAttributesClass,
  "storagemigration.k8s.io/StorageVersionMigration": extensions.printStorageVersionMigration,
};

/** The printer of a kind; undefined where the columns' own names say it all. */
export function printerOf(group: string, kind: string): CellPrinter | undefined {
  return table[`${group}/${kind}`] as CellPrinter | undefined;
}
