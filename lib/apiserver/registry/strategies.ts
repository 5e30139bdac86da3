import type { ObjectMeta } from "../../api/gen/types/metaV1.js";
import { isUnstructured, type ResourceType } from "../../api/resourceType.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import {
  mutatingBindingStrategy,
  mutatingPolicyStrategy,
  validatingBindingStrategy,
  validatingPolicyStrategy,
} from "./admissionregistration/admissionPolicy.js";
import {
  mutatingWebhookStrategy,
  validatingWebhookStrategy,
} from "./admissionregistration/webhookConfiguration.js";
import { customResourceDefinitionStrategy } from "./apiextensions/customResourceDefinition.js";
import { customStrategy } from "./apiextensions/customStrategy.js";
import { apiServiceStrategy } from "./apiregistration/apiService.js";
import { controllerRevisionStrategy } from "./apps/controllerRevision.js";
import { daemonSetStrategy } from "./apps/daemonSet.js";
import { deploymentStrategy } from "./apps/deployment.js";
import { replicaSetStrategy } from "./apps/replicaSet.js";
import { statefulSetStrategy } from "./apps/statefulSet.js";
import { horizontalPodAutoscalerStrategy } from "./autoscaling/horizontalPodAutoscaler.js";
import { cronJobStrategy } from "./batch/cronJob.js";
import { jobStrategy } from "./batch/job.js";
import { certificateSigningRequestStrategy } from "./certificates/certificateSigningRequest.js";
import { clusterTrustBundleStrategy } from "./certificates/clusterTrustBundle.js";
import { podCertificateRequestStrategy } from "./certificates/podCertificateRequest.js";
import { leaseStrategy } from "./coordination/lease.js";
import { configMapStrategy } from "./core/configMap.js";
import type { PodRuleOptions } from "./core/containerRules.js";
import { endpointsStrategy } from "./core/endpoints.js";
import { eventStrategy } from "./core/event.js";
import { limitRangeStrategy } from "./core/limitRange.js";
import { namespaceStrategy } from "./core/namespace.js";
import { nodeStrategy } from "./core/node.js";
import { persistentVolumeStrategy } from "./core/persistentVolume.js";
import { persistentVolumeClaimStrategy } from "./core/persistentVolumeClaim.js";
import { podStrategy } from "./core/pod.js";
import { podTemplateStrategy } from "./core/podTemplate.js";
import { replicationControllerStrategy } from "./core/replicationController.js";
import { resourceQuotaStrategy } from "./core/resourceQuota.js";
import { secretStrategy } from "./core/secret.js";
import { serviceStrategy } from "./core/service.js";
import { serviceAccountStrategy } from "./core/serviceAccount.js";
import { endpointSliceStrategy } from "./discovery/endpointSlice.js";
import { ErrorList } from "./errorList.js";
import { flowSchemaStrategy } from "./flowcontrol/flowSchema.js";
import { priorityLevelConfigurationStrategy } from "./flowcontrol/priorityLevelConfiguration.js";
import { nameIsDns1123Subdomain } from "./nameRules.js";
import { ingressStrategy } from "./networking/ingress.js";
import { ipAddressStrategy } from "./networking/ipAddress.js";
import { networkPolicyStrategy } from "./networking/networkPolicy.js";
import { serviceCidrStrategy } from "./networking/serviceCidr.js";
import { runtimeClassStrategy } from "./node/runtimeClass.js";
import {
  validateFinalizerNames,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from "./objectMetaRules.js";
import { podDisruptionBudgetStrategy } from "./policy/podDisruptionBudget.js";
import {
  clusterRoleBindingStrategy,
  clusterRoleStrategy,
  roleBindingStrategy,
  roleStrategy,
} from "./rbac/rbac.js";
import {
  deviceTaintRuleStrategy,
  resourceClaimStrategy,
  resourceClaimTemplateStrategy,
  resourceSliceStrategy,
} from "./resource/devices.js";
import { priorityClassStrategy } from "./scheduling/priorityClass.js";
import { csiDriverStrategy } from "./storage/csiDriver.js";
import { storageClassStrategy } from "./storage/storageClass.js";
import type { Strategy } from "./strategy.js";
import {
  type KindObject,
  keepGeneration,
  splitStatus,
  startGeneration,
  type TypedStrategy,
  typedStrategy,
} from "./typedStrategy.js";

/** What of the server's flags the rules of kinds depend on. */
export type StrategyOptions = PodRuleOptions;

export interface StrategyKey {
  /** Of the storage version. */
  readonly group: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/**
 * The table kind → what is peculiar to it. Kinds without rules of their own still get those of
 * metadata.
 */
export class StrategyTable {
  readonly #typed: ReadonlyMap<string, TypedStrategy<KindObject>>;
  /** Bounded by the number of built-in kinds. */
  readonly #built = new Map<string, Strategy>();

  constructor(options: StrategyOptions) {
    const all = everyStrategy(options);
    this.#typed = new Map(all.map((strategy) => [`${strategy.group}/${strategy.kind}`, strategy]));
  }

  /** The strategy of a resource. One that is not built in has its own, which goes with it. */
  lookup(type: ResourceType<unknown>): Strategy {
    const { storage, namespaced } = type;
    const { group, kind } = storage;
    if (!isUnstructured(type)) return this.strategyFor({ group, kind, namespaced });
    return withMetadataRules(customStrategy(type), namespaced, true);
  }

  strategyFor(key: StrategyKey): Strategy {
    const id = `${key.group}/${key.kind}`;
    const known = this.#built.get(id);
    if (known !== undefined) return known;
    const typed = this.#typed.get(id) ?? plainStrategy(key);
    const strategy = withMetadataRules(typed, key.namespaced);
    this.#built.set(id, strategy);
    return strategy;
  }
}

function everyStrategy(options: StrategyOptions): TypedStrategy<KindObject>[] {
  return [
    typedStrategy(namespaceStrategy),
    typedStrategy(podStrategy(options)),
    typedStrategy(replicationControllerStrategy(options)),
    typedStrategy(serviceStrategy),
    typedStrategy(endpointsStrategy),
    typedStrategy(endpointSliceStrategy),
    typedStrategy(nodeStrategy),
    typedStrategy(serviceAccountStrategy),
    typedStrategy(secretStrategy),
    typedStrategy(configMapStrategy),
    typedStrategy(eventStrategy),
    typedStrategy(leaseStrategy),
    typedStrategy(deploymentStrategy(options)),
    typedStrategy(replicaSetStrategy(options)),
    typedStrategy(daemonSetStrategy(options)),
    typedStrategy(statefulSetStrategy(options)),
    typedStrategy(controllerRevisionStrategy),
    typedStrategy(podTemplateStrategy(options)),
    typedStrategy(jobStrategy(options)),
    typedStrategy(cronJobStrategy(options)),
    typedStrategy(limitRangeStrategy),
    typedStrategy(resourceQuotaStrategy),
    typedStrategy(persistentVolumeStrategy),
    typedStrategy(persistentVolumeClaimStrategy),
    typedStrategy(roleStrategy),
    typedStrategy(clusterRoleStrategy),
    typedStrategy(roleBindingStrategy),
    typedStrategy(clusterRoleBindingStrategy),
    typedStrategy(podDisruptionBudgetStrategy),
    typedStrategy(horizontalPodAutoscalerStrategy),
    typedStrategy(priorityClassStrategy),
    typedStrategy(storageClassStrategy),
    typedStrategy(csiDriverStrategy),
    typedStrategy(runtimeClassStrategy),
    typedStrategy(ingressStrategy),
    typedStrategy(networkPolicyStrategy),
    typedStrategy(ipAddressStrategy),
    typedStrategy(serviceCidrStrategy),
    typedStrategy(certificateSigningRequestStrategy),
    typedStrategy(clusterTrustBundleStrategy),
    typedStrategy(podCertificateRequestStrategy),
    typedStrategy(apiServiceStrategy),
    typedStrategy(mutatingWebhookStrategy),
    typedStrategy(validatingWebhookStrategy),
    typedStrategy(validatingPolicyStrategy),
    typedStrategy(validatingBindingStrategy),
    typedStrategy(mutatingPolicyStrategy),
    typedStrategy(mutatingBindingStrategy),
    typedStrategy(resourceClaimStrategy),
    typedStrategy(resourceClaimTemplateStrategy),
    typedStrategy(resourceSliceStrategy),
    typedStrategy(deviceTaintRuleStrategy),
    typedStrategy(customResourceDefinitionStrategy),
    typedStrategy(flowSchemaStrategy),
    typedStrategy(priorityLevelConfigurationStrategy),
    ...countedKinds.map(([group, kind]) => countedStrategy(group, kind)),
  ];
}

/** Kinds whose only peculiarity so far is that changes of their spec are counted. */
const countedKinds: readonly (readonly [string, string])[] = [
  ["networking.k8s.io", "IngressClass"],
];

function countedStrategy(group: string, kind: string): TypedStrategy<KindObject> {
  return { group, kind, prepareForCreate: startGeneration, prepareForUpdate: keepGeneration };
}

/** Their kinds take a finalizer without a prefix, as upstream's do. */
const groupsWithFreeFinalizers = new Set([
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "coordination.k8s.io",
]);

/** For kinds without a file of their own: metadata, and status kept apart from the rest. */
function plainStrategy({ group, kind }: StrategyKey): TypedStrategy<KindObject> {
  return {
    group,
    kind,
    prepareForUpdate: (object, old, context) => splitStatus(object, old, context),
  };
}

/**
 * Adds what holds for metadata of every kind, before the kind's own rules as upstream orders
 * them.
 */
function withMetadataRules(
  typed: TypedStrategy<KindObject>,
  namespaced: boolean,
  hasFreeFinalizers = groupsWithFreeFinalizers.has(typed.group),
): Strategy {
  const nameRule = typed.validateName ?? nameIsDns1123Subdomain;
  const { examine } = typed;
  const of = (tree: ObjectTree): KindObject => tree as unknown as KindObject;
  const meta = (tree: ObjectTree): ObjectMeta => of(tree).metadata ?? {};
  const namedFinalizers = !hasFreeFinalizers;
  return {
    group: typed.group,
    kind: typed.kind,
    ...(typed.defaults === undefined
      ? {}
      : { defaults: (object: ObjectTree) => typed.defaults?.(of(object)) }),
    prepareForCreate: (object, context) => typed.prepareForCreate?.(of(object), context),
    prepareForUpdate: (object, old, context) =>
      typed.prepareForUpdate?.(of(object), of(old), context),
    validateCreate(object, context) {
      const errors = new ErrorList();
      const rule = typed.nameRuleOf?.(of(object)) ?? nameRule;
      validateObjectMeta(meta(object), namespaced, rule, errors);
      if (namedFinalizers) validateFinalizerNames(meta(object).finalizers, errors);
      typed.validate?.(of(object), errors, context);
      return errors.list;
    },
    validateUpdate(object, old, context) {
      const errors = new ErrorList();
      validateObjectMetaUpdate(meta(object), meta(old), errors);
      if (namedFinalizers) validateFinalizerNames(meta(object).finalizers, errors);
      typed.validateUpdate?.(of(object), of(old), errors, context);
      return errors.list;
    },
    ...(examine === undefined
      ? {}
      : {
          async examine(object, old, found, from) {
            const errors = new ErrorList(found);
            await examine(of(object), old && of(old), errors, from);
            return errors.list;
          },
        }),
    ...(typed.graceSeconds === undefined
      ? {}
      : {
          graceSeconds: (object, requested) => typed.graceSeconds?.(of(object), requested),
        }),
    ...(typed.allowsPlain === undefined ? {} : { allowsPlain: typed.allowsPlain }),
    allowCreateOnUpdate: typed.allowCreateOnUpdate ?? false,
    allowUnconditionalUpdate: typed.allowUnconditionalUpdate ?? true,
    validateName: nameRule,
    defaultGarbageCollection: typed.defaultGarbageCollection ?? "background",
    ...(typed.defaultPropagationWarning === undefined
      ? {}
      : { defaultPropagationWarning: typed.defaultPropagationWarning }),
  };
}
