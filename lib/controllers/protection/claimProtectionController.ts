import { coreV1 } from "../../api/gen/resources.js";
import type { PersistentVolumeClaim, Pod } from "../../api/gen/types/coreV1.js";
import { objectKey } from "../../client/informer/indexer.js";
import type { ControllerContext } from "../controllerContext.js";
import { isPodFinished } from "../pod/podState.js";
import { ProtectionController } from "./protectionController.js";

/** A claim stays while a pod that has not ended uses it. */
export class ClaimProtectionController extends ProtectionController<PersistentVolumeClaim> {
  readonly #isClaimUsed: (key: string) => boolean;

  constructor(context: ControllerContext) {
    super(
      "persistentvolumeclaim-protection-controller",
      context,
      coreV1.persistentvolumeclaims,
      "kubernetes.io/pvc-protection",
    );
    const pods = this.informer(coreV1.pods);
    pods.indexer.addIndex("claim", (pod) =>
      (pod.spec.volumes ?? [])
        .map((volume) => volume.persistentVolumeClaim?.claimName)
        .filter((name) => name !== undefined)
        .map((name) => `${pod.metadata.namespace}/${name}`),
    );
    this.#isClaimUsed = (key) =>
      pods.indexer.byIndex("claim", key).some((pod) => {
        const isScheduled = (pod.spec.nodeName ?? "") !== "";
        return isScheduled && !isPodFinished(pod);
      });
    const freed = (pod: Pod): void => {
      for (const volume of pod.spec.volumes ?? []) {
        const name = volume.persistentVolumeClaim?.claimName;
        if (name !== undefined) this.queue.add(`${pod.metadata.namespace}/${name}`);
      }
    };
    pods.addEventHandler({
      onDelete: freed,
      onUpdate: (_, pod) => {
        if (isPodFinished(pod)) freed(pod);
      },
    });
  }

  protected override isUsed(claim: PersistentVolumeClaim): boolean {
    return this.#isClaimUsed(objectKey(claim));
  }
}
