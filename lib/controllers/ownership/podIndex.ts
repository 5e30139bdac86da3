import type { Pod } from "../../api/gen/types/coreV1.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { controllerOf } from "../../client/ownership/controllerReference.js";

const controllerIndex = "controllerUid";
const nodeIndex = "nodeName";

function orphansOf(namespace: string): string {
  return `/${namespace}`;
}

/** The pod cache, indexed by what controls a pod (or that nothing does) and by its node. */
export class PodIndex {
  constructor(readonly indexer: Indexer<Pod>) {
    indexer.addIndex(controllerIndex, (pod) => [
      controllerOf(pod)?.uid ?? orphansOf(pod.metadata.namespace ?? ""),
    ]);
    indexer.addIndex(nodeIndex, (pod) => [pod.spec.nodeName ?? ""]);
  }

  ofController(uid: string): Pod[] {
    return this.indexer.byIndex(controllerIndex, uid);
  }

  /** Those of the namespace that nothing controls. */
  orphans(namespace: string): Pod[] {
    return this.indexer.byIndex(controllerIndex, orphansOf(namespace));
  }

  onNode(nodeName: string): Pod[] {
    return this.indexer.byIndex(nodeIndex, nodeName);
  }
}
