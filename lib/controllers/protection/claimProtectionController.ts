import { coreV1 } from "../../api/gen/resources.js";
import type { PersistentVolumeClaim, Pod, Volume } from "../../api/gen/types/coreV1.js";
import { type Indexer, objectKey } from "../../client/informer/indexer.js";
import { isControlledBy } from "../../client/ownership/controllerReference.js";
import type { ControllerContext } from "../controllerContext.js";
import { isPodFinished } from "../pod/podState.js";
import { ProtectionController } from "./protectionController.js";

const claimIndex = "claim";

/** A claim stays while a pod that has not ended uses it. */
export class ClaimProtectionController extends ProtectionController<PersistentVolumeClaim> {
  readonly #pods: Indexer<Pod>;

  constructor(context: ControllerContext) {
    super(
      "persistentvolumeclaim-protection-controller",
      context,
      coreV1.persistentvolumeclaims,
      "kubernetes.io/pvc-protection",
    );
    const pods = this.informer(coreV1.pods);
    this.#pods = pods.indexer;
    pods.indexer.addIndex(claimIndex, claimKeys);
    const freed = (pod: Pod): void => {
      for (const key of claimKeys(pod)) this.queue.add(key);
    };
    pods.addEventHandler({
      onDelete: freed,
      onUpdate: (_, pod) => {
        if (isPodFinished(pod)) freed(pod);
      },
    });
  }

  protected override async isUsed(
    claim: PersistentVolumeClaim,
    signal: AbortSignal,
  ): Promise<boolean> {
    const known = this.#pods.byIndex(claimIndex, objectKey(claim));
    if (known.some((pod) => uses(pod, claim))) return true;
    const namespace = claim.metadata.namespace ?? "";
    const pods = this.context.client.resource(coreV1.pods);
    for await (const { items } of pods.listPages({ namespace, signal })) {
      if (items.some((pod) => uses(pod, claim))) return true;
    }
    return false;
  }
}

/** The claim that a volume is of, also the one that is made for the pod (`ephemeral`). */
function claimNameOf(pod: Pod, volume: Volume): string | undefined {
  if (volume.ephemeral !== undefined) return `${pod.metadata.name}-${volume.name}`;
  return volume.persistentVolumeClaim?.claimName;
}

function claimKeys(pod: Pod): string[] {
  return (pod.spec.volumes ?? [])
    .map((volume) => claimNameOf(pod, volume))
    .filter((name) => name !== undefined)
    .map((name) => `${pod.metadata.namespace}/${name}`);
}

/** One that is not placed yet does not count: no kubelet starts it with a claim that is going. */
function uses(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if ((pod.spec.nodeName ?? "") === "" || isPodFinished(pod)) return false;
  return (pod.spec.volumes ?? []).some((volume) => {
    if (claimNameOf(pod, volume) !== claim.metadata.name) return false;
    // A claim of that name which was not made for the pod is not what its volume is of.
    return volume.ephemeral === undefined || isControlledBy(claim, pod);
  });
}
