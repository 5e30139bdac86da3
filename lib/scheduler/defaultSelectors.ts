import type { ReplicaSet, StatefulSet } from "../api/gen/types/appsV1.js";
import type { Pod, ReplicationController, Service } from "../api/gen/types/coreV1.js";
import type { LabelSelector } from "../api/gen/types/metaV1.js";
import type { Informer } from "../client/informer/informer.js";

/** Selectors kept between changes; past it they are worked out again. */
const keptSelectorsMax = 10_000;

interface Sources {
  readonly services: Informer<Service>;
  readonly replicationControllers: Informer<ReplicationController>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly statefulSets: Informer<StatefulSet>;
}

/**
 * What selects a pod: its Services and its owning workload together. The default topology spread
 * constraints count the pods that this selects.
 */
export class DefaultSelectors {
  readonly #sources: Sources;
  readonly #kept = new Map<string, LabelSelector | undefined>();

  constructor(sources: Sources) {
    this.#sources = sources;
    for (const informer of Object.values(sources) as Informer<Selecting>[]) {
      informer.addEventHandler({
        onAdd: () => this.#kept.clear(),
        onUpdate: (before, after) => {
          if (selectorText(before) !== selectorText(after)) this.#kept.clear();
        },
        onDelete: () => this.#kept.clear(),
      });
    }
  }

  /** Absent when nothing selects the pod. */
  of(pod: Pod): LabelSelector | undefined {
    const { namespace = "", labels = {}, ownerReferences = [] } = pod.metadata ?? {};
    const owner = ownerReferences.find((reference) => reference.controller === true);
    const key = JSON.stringify([namespace, owner?.kind, owner?.name, labels]);
    if (this.#kept.has(key)) return this.#kept.get(key);
    const selector = this.#compute(namespace, labels, owner);
    if (this.#kept.size >= keptSelectorsMax) this.#kept.clear();
    this.#kept.set(key, selector);
    return selector;
  }

  #compute(
    namespace: string,
    labels: Readonly<Record<string, string>>,
    owner: { kind: string; name: string } | undefined,
  ): LabelSelector | undefined {
    const matchLabels: Record<string, string> = {};
    for (const service of this.#sources.services.indexer.list(namespace)) {
      const entries = Object.entries(service.spec?.selector ?? {});
      if (entries.length === 0 || !entries.every(([name, value]) => labels[name] === value)) {
        continue;
      }
      for (const [name, value] of entries) matchLabels[name] = value;
    }
    const ownSelector = this.#ofOwner(namespace, owner);
    // The owner's labels are requirements beside the Services', also on the same key.
    const matchExpressions = [
      ...Object.entries(ownSelector?.matchLabels ?? {}).map(([key, value]) => ({
        key,
        operator: "In",
        values: [value],
      })),
      ...(ownSelector?.matchExpressions ?? []),
    ];
    if (Object.keys(matchLabels).length === 0 && matchExpressions.length === 0) return undefined;
    return { matchLabels, matchExpressions };
  }

  #ofOwner(
    namespace: string,
    owner: { kind: string; name: string } | undefined,
  ): LabelSelector | undefined {
    if (owner === undefined) return undefined;
    const { replicaSets, replicationControllers, statefulSets } = this.#sources;
    switch (owner.kind) {
      case "ReplicaSet":
        return replicaSets.indexer.getByName(namespace, owner.name)?.spec?.selector;
      case "StatefulSet":
        return statefulSets.indexer.getByName(namespace, owner.name)?.spec?.selector;
      case "ReplicationController": {
        const found = replicationControllers.indexer.getByName(namespace, owner.name);
        return found?.spec?.selector && { matchLabels: found.spec.selector };
      }
      default:
        return undefined;
    }
  }
}

interface Selecting {
  readonly spec?: { readonly selector?: unknown };
}

function selectorText(object: Selecting): string {
  return JSON.stringify(object.spec?.selector ?? null);
}
