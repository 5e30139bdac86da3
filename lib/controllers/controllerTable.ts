import { CertificateApprover } from "./certificates/certificateApprover.js";
import { CertificateCleaner } from "./certificates/certificateCleaner.js";
import { CertificateSigner } from "./certificates/certificateSigner.js";
import { PodCertificateCleaner } from "./certificates/podCertificateCleaner.js";
import { hasCertificates, TrustBundlePublisher } from "./certificates/trustBundlePublisher.js";
import { ClusterRoleAggregator } from "./clusterrole/clusterRoleAggregator.js";
import type { Controller, ControllerContext } from "./controllerContext.js";
import type { ControllerOptions } from "./controllerOptions.js";
import { controllersToCome } from "./controllersToCome.js";
import { CronJobController } from "./cronjob/cronJobController.js";
import { DaemonSetController } from "./daemonset/daemonSetController.js";
import { DeploymentController } from "./deployment/deploymentController.js";
import { DisruptionController } from "./disruption/disruptionController.js";
import { EndpointsController } from "./endpoints/endpointsController.js";
import { EndpointSliceController } from "./endpointslice/endpointSliceController.js";
import { EndpointSliceMirroringController } from "./endpointslicemirroring/endpointSliceMirroringController.js";
import { GarbageCollector } from "./garbagecollector/garbageCollector.js";
import { JobController } from "./job/jobController.js";
import { NamespaceController } from "./namespace/namespaceController.js";
import { NodeIpamController } from "./nodeipam/nodeIpamController.js";
import { NodeLifecycleController } from "./nodelifecycle/nodeLifecycleController.js";
import { PodGarbageCollector } from "./podgc/podGarbageCollector.js";
import { ClaimProtectionController } from "./protection/claimProtectionController.js";
import { VolumeProtectionController } from "./protection/volumeProtectionController.js";
import { replicaSetKind, replicationControllerKind } from "./replicaset/replicaKind.js";
import { ReplicaSetController } from "./replicaset/replicaSetController.js";
import { ResourceQuotaController } from "./resourcequota/resourceQuotaController.js";
import { RootCaPublisher } from "./rootca/rootCaPublisher.js";
import { ServiceAccountController } from "./serviceaccount/serviceAccountController.js";
import { ServiceAccountTokenController } from "./serviceaccount/serviceAccountTokenController.js";
import { StatefulSetController } from "./statefulset/statefulSetController.js";
import { TaintEvictionController } from "./tainteviction/taintEvictionController.js";
import { TtlAfterFinishedController } from "./ttlafterfinished/ttlAfterFinishedController.js";

export interface ControllerEntry {
  /** As in `--controllers`. */
  readonly name: string;
  /** The component that its events name, where it is another than the controller. */
  readonly eventSource?: string;
  /** Names that older versions knew it by. */
  readonly aliases: readonly string[];
  /**
   * Its service account in kube-system; without one it acts as the manager itself, as upstream's
   * token controller does.
   */
  readonly serviceAccount?: string;
  /** Runs only where the options give it what it needs. */
  readonly isUseful?: (options: ControllerOptions) => boolean;
  readonly disabledByDefault?: boolean;
  readonly make: (context: ControllerContext) => Controller;
}

/** Every controller there is, in the order they are started in. */
export const controllerTable: readonly ControllerEntry[] = [
  {
    name: "namespace-controller",
    aliases: ["namespace"],
    serviceAccount: "namespace-controller",
    make: (context) => new NamespaceController(context),
  },
  {
    name: "serviceaccount-controller",
    aliases: ["serviceaccount"],
    serviceAccount: "service-account-controller",
    make: (context) => new ServiceAccountController(context),
  },
  {
    name: "root-ca-certificate-publisher-controller",
    aliases: ["root-ca-cert-publisher"],
    serviceAccount: "root-ca-cert-publisher",
    isUseful: (options) => options.rootCertificateAuthorities !== "",
    make: (context) => new RootCaPublisher(context),
  },
  {
    name: "replicaset-controller",
    aliases: ["replicaset"],
    serviceAccount: "replicaset-controller",
    make: (context) => new ReplicaSetController(context, replicaSetKind),
  },
  {
    name: "replicationcontroller-controller",
    eventSource: "replication-controller",
    aliases: ["replicationcontroller"],
    serviceAccount: "replication-controller",
    make: (context) => new ReplicaSetController(context, replicationControllerKind),
  },
  {
    name: "deployment-controller",
    aliases: ["deployment"],
    serviceAccount: "deployment-controller",
    make: (context) => new DeploymentController(context),
  },
  {
    name: "endpointslice-controller",
    eventSource: "endpoint-slice-controller",
    aliases: ["endpointslice"],
    serviceAccount: "endpointslice-controller",
    make: (context) => new EndpointSliceController(context),
  },
  {
    name: "endpoints-controller",
    eventSource: "endpoint-controller",
    aliases: ["endpoint"],
    serviceAccount: "endpoint-controller",
    make: (context) => new EndpointsController(context),
  },
  {
    name: "garbage-collector-controller",
    aliases: ["garbagecollector"],
    serviceAccount: "generic-garbage-collector",
    make: (context) => new GarbageCollector(context),
  },
  {
    name: "node-ipam-controller",
    eventSource: "cidrAllocator",
    aliases: ["nodeipam"],
    serviceAccount: "node-controller",
    isUseful: (options) => options.allocateNodeCidrs && options.clusterCidrs.length > 0,
    make: (context) => new NodeIpamController(context),
  },
  {
    name: "node-lifecycle-controller",
    eventSource: "node-controller",
    aliases: ["nodelifecycle"],
    serviceAccount: "node-controller",
    make: (context) => new NodeLifecycleController(context),
  },
  {
    name: "taint-eviction-controller",
    aliases: [],
    serviceAccount: "node-controller",
    make: (context) => new TaintEvictionController(context),
  },
  {
    name: "daemonset-controller",
    aliases: ["daemonset"],
    serviceAccount: "daemon-set-controller",
    make: (context) => new DaemonSetController(context),
  },
  {
    name: "job-controller",
    aliases: ["job"],
    serviceAccount: "job-controller",
    make: (context) => new JobController(context),
  },
  {
    name: "cronjob-controller",
    aliases: ["cronjob"],
    serviceAccount: "cronjob-controller",
    make: (context) => new CronJobController(context),
  },
  {
    name: "ttl-after-finished-controller",
    aliases: ["ttl-after-finished"],
    serviceAccount: "ttl-after-finished-controller",
    make: (context) => new TtlAfterFinishedController(context),
  },
  {
    name: "pod-garbage-collector-controller",
    aliases: ["podgc"],
    serviceAccount: "pod-garbage-collector",
    make: (context) => new PodGarbageCollector(context),
  },
  {
    name: "serviceaccount-token-controller",
    aliases: ["serviceaccount-token"],
    isUseful: (options) => options.serviceAccountPrivateKey !== "",
    make: (context) => new ServiceAccountTokenController(context),
  },
  {
    name: "resourcequota-controller",
    aliases: ["resourcequota"],
    serviceAccount: "resourcequota-controller",
    make: (context) => new ResourceQuotaController(context),
  },
  {
    name: "clusterrole-aggregation-controller",
    aliases: ["clusterrole-aggregation"],
    serviceAccount: "clusterrole-aggregation-controller",
    make: (context) => new ClusterRoleAggregator(context),
  },
  {
    name: "certificatesigningrequest-approving-controller",
    aliases: ["csrapproving"],
    serviceAccount: "certificate-controller",
    make: (context) => new CertificateApprover(context),
  },
  {
    name: "certificatesigningrequest-signing-controller",
    aliases: ["csrsigning"],
    serviceAccount: "certificate-controller",
    isUseful: (options) => options.clusterSigning !== undefined,
    make: (context) => new CertificateSigner(context),
  },
  {
    name: "certificatesigningrequest-cleaner-controller",
    aliases: ["csrcleaner"],
    serviceAccount: "certificate-controller",
    make: (context) => new CertificateCleaner(context),
  },
  {
    name: "podcertificaterequest-cleaner-controller",
    aliases: [],
    serviceAccount: "podcertificaterequestcleaner",
    make: (context) => new PodCertificateCleaner(context),
  },
  {
    name: "kube-apiserver-serving-clustertrustbundle-publisher-controller",
    aliases: [],
    serviceAccount: "kube-apiserver-serving-clustertrustbundle-publisher",
    isUseful: (options) => hasCertificates(options.rootCertificateAuthorities),
    make: (context) => new TrustBundlePublisher(context),
  },
  {
    name: "statefulset-controller",
    aliases: ["statefulset"],
    serviceAccount: "statefulset-controller",
    make: (context) => new StatefulSetController(context),
  },
  {
    name: "disruption-controller",
    eventSource: "controllermanager",
    aliases: ["disruption"],
    serviceAccount: "disruption-controller",
    make: (context) => new DisruptionController(context),
  },
  {
    name: "endpointslice-mirroring-controller",
    eventSource: "endpoint-slice-mirroring-controller",
    aliases: ["endpointslicemirroring"],
    serviceAccount: "endpointslicemirroring-controller",
    make: (context) => new EndpointSliceMirroringController(context),
  },
  {
    name: "persistentvolumeclaim-protection-controller",
    aliases: ["pvc-protection"],
    serviceAccount: "pvc-protection-controller",
    make: (context) => new ClaimProtectionController(context),
  },
  {
    name: "persistentvolume-protection-controller",
    aliases: ["pv-protection"],
    serviceAccount: "pv-protection-controller",
    make: (context) => new VolumeProtectionController(context),
  },
];

/** Whether `--controllers` asks for it: `foo` on, `-foo` off, `*` all that are on by default. */
export function isEnabled(entry: ControllerEntry, flags: readonly string[]): boolean {
  const names = [entry.name, ...entry.aliases];
  for (const flag of flags) {
    if (names.includes(flag)) return true;
    if (names.some((name) => flag === `-${name}`)) return false;
  }
  return flags.includes("*") && entry.disabledByDefault !== true;
}

/**
 * What `--controllers` names and this process cannot run: names that nothing has, and those of
 * controllers that are asked for and not there yet.
 */
export function controllersMissing(flags: readonly string[]): {
  readonly unknown: readonly string[];
  readonly toCome: readonly string[];
} {
  const known = new Set(controllerTable.flatMap((entry) => [entry.name, ...entry.aliases]));
  const named = flags.filter((flag) => flag !== "*");
  const unknown = named
    .map((flag) => flag.replace(/^-/, ""))
    .filter((name) => !known.has(name) && !controllersToCome.has(name));
  return { unknown, toCome: named.filter((name) => controllersToCome.has(name)) };
}
