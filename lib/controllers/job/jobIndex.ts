import type { Job } from "../../api/gen/types/batchV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { Selector } from "../../api/labels.js";
import type { Indexer } from "../../client/informer/indexer.js";

const selectorIndex = "selector";

/**
 * The cache of Jobs, indexed by one label that each Job's pods must have, so that the Jobs that
 * select a pod are found without looking at every Job of its namespace.
 */
export class JobIndex {
  constructor(readonly indexer: Indexer<Job>) {
    indexer.addIndex(selectorIndex, (job) => {
      const [first] = Object.entries(job.spec.selector?.matchLabels ?? {});
      return [indexValue(job.metadata.namespace ?? "", first)];
    });
  }

  /** The Jobs whose selector matches the pod's labels. */
  selecting(pod: Pod): Job[] {
    const { namespace = "", labels = {} } = pod.metadata;
    const values = [undefined, ...Object.entries(labels)].map((one) => indexValue(namespace, one));
    return values
      .flatMap((value) => this.indexer.byIndex(selectorIndex, value))
      .filter((job) => Selector.ofLabelSelector(job.spec.selector).matches(labels));
  }
}

/** Jobs without matchLabels stand under the namespace alone. */
function indexValue(namespace: string, label: readonly [string, string] | undefined): string {
  return label === undefined ? namespace : `${namespace} ${label[0]}=${label[1]}`;
}
