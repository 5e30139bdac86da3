import type { Pod } from "../../api/gen/types/coreV1.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { ControllerIndex } from "./controllerIndex.js";

const nodeIndex = "nodeName";

/** The pod cache, indexed by what controls a pod (or that nothing does) and by its node. */
export class PodIndex extends ControllerIndex<Pod> {
  constructor(indexer: Indexer<Pod>) {
    super(indexer);
    indexer.addIndex(nodeIndex, (pod) => [pod.spec.nodeName ?? ""]);
  }

  onNode(nodeName: string): Pod[] {
    return this.indexer.byIndex(nodeIndex, nodeName);
  }
}
