import type { Pod } from "../../api/gen/types/coreV1.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { controllerOf } from "../../client/ownership/controllerReference.js";
import { ControllerIndex } from "./controllerIndex.js";

const controllerIndex = "controllerUid";
const nodeIndex = "nodeName";

/** The pod cache, indexed by what controls a pod (or that nothing does) and by its node. */
export class PodIndex extends ControllerIndex<Pod> {
  constructor(indexer: Indexer<Pod>) {
    super(indexer);
    indexer.addIndex(controllerIndex, (pod) => [controllerOf(pod)?.uid ?? ""]);
    indexer.addIndex(nodeIndex, (pod) => [pod.spec.nodeName ?? ""]);
  }

  /** Of every namespace: `controlledBy` is what an owner may count as its own. */
  ofController(uid: string): Pod[] {
    return this.indexer.byIndex(controllerIndex, uid);
  }

  onNode(nodeName: string): Pod[] {
    return this.indexer.byIndex(nodeIndex, nodeName);
  }
}
