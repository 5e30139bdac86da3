import { appsV1, coreV1, policyV1 } from "../api/gen/resources.js";
import type { Namespace, Node, Pod } from "../api/gen/types/coreV1.js";
import type { PodDisruptionBudget } from "../api/gen/types/policyV1.js";
import type { Informer } from "../client/informer/informer.js";
import type { SharedInformerFactory } from "../client/informer/sharedInformerFactory.js";
import { DefaultSelectors } from "./defaultSelectors.js";

/** Name of the index of pods by UID. */
export const podsByUid = "uid";

/** Everything the scheduler follows. */
export interface SchedulerInformers {
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly namespaces: Informer<Namespace>;
  readonly budgets: Informer<PodDisruptionBudget>;
  readonly defaultSelectors: DefaultSelectors;
  /** Those above and those that the selectors are made from. */
  readonly all: readonly Pick<Informer<unknown>, "waitForSync">[];
}

/**
 * Asks a factory for them. Informers of a shared factory follow all pods; an own one leaves those
 * out that have ended, as they take no room.
 */
export function schedulerInformers(
  factory: SharedInformerFactory,
  isShared: boolean,
): SchedulerInformers {
  const running = "status.phase!=Succeeded,status.phase!=Failed";
  const pods = factory.informer(coreV1.pods, isShared ? {} : { fieldSelector: running });
  pods.indexer.addIndex(podsByUid, ({ metadata }) => [metadata?.uid ?? ""]);
  const nodes = factory.informer(coreV1.nodes);
  const namespaces = factory.informer(coreV1.namespaces);
  const budgets = factory.informer(policyV1.poddisruptionbudgets);
  const selecting = {
    services: factory.informer(coreV1.services),
    replicationControllers: factory.informer(coreV1.replicationcontrollers),
    replicaSets: factory.informer(appsV1.replicasets),
    statefulSets: factory.informer(appsV1.statefulsets),
  };
  return {
    pods,
    nodes,
    namespaces,
    budgets,
    defaultSelectors: new DefaultSelectors(selecting),
    all: [pods, nodes, namespaces, budgets, ...Object.values(selecting)],
  };
}
