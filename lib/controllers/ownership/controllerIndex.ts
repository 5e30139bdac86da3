import type { Indexer } from "../../client/informer/indexer.js";
import { controllerOf } from "../../client/ownership/controllerReference.js";
import type { KubernetesObject } from "../../client/resourceClient.js";

const indexName = "controller";

/**
 * A cache's objects by what controls them. Only an object of the owner's own namespace is the
 * owner's: a uid may be written into a reference anywhere.
 */
export class ControllerIndex<T extends KubernetesObject> {
  constructor(readonly indexer: Indexer<T>) {
    indexer.addIndex(indexName, ({ metadata }) => {
      const uid = controllerOf({ metadata: metadata ?? {} })?.uid ?? "";
      return [indexValue(metadata?.namespace, uid)];
    });
  }

  controlledBy(owner: KubernetesObject): T[] {
    const { namespace, uid = "" } = owner.metadata ?? {};
    return uid === "" ? [] : this.indexer.byIndex(indexName, indexValue(namespace, uid));
  }

  /** Those of the namespace that nothing controls. */
  orphans(namespace: string): T[] {
    return this.indexer.byIndex(indexName, indexValue(namespace, ""));
  }
}

function indexValue(namespace = "", uid: string): string {
  return `${namespace}/${uid}`;
}
