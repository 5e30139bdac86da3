import { equalJson } from "../../api/equality.js";
import { coreV1 } from "../../api/gen/resources.js";
import type { PersistentVolumeClaim, Pod, Volume } from "../../api/gen/types/coreV1.js";
import { hasReason } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import { type Indexer, objectKey } from "../../client/informer/indexer.js";
import { isControlledBy } from "../../client/ownership/controllerReference.js";
import { findCondition, withCondition } from "../conditions.js";
import type { ControllerContext } from "../controllerContext.js";
import { isPodFinished } from "../pod/podState.js";
import { ProtectionController } from "./protectionController.js";

const claimIndex = "claim";

/**
 * A claim stays while there is a pod that uses it, also one that has ended: its volume may be
 * mounted still. Of a bound claim the status says since when no pod needs it.
 */
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
    const changed = (pod: Pod): void => {
      for (const key of claimKeys(pod)) this.queue.add(key);
    };
    pods.addEventHandler({
      onAdd: changed,
      onDelete: changed,
      onUpdate: (old, pod) => {
        if (!equalJson(useInputs(old), useInputs(pod))) changed(pod);
      },
    });
  }

  protected override async tellUse(
    claim: PersistentVolumeClaim,
    signal: AbortSignal,
  ): Promise<void> {
    const isBound = claim.status?.phase === "Bound";
    if (!isBound || claim.metadata.deletionTimestamp !== undefined) return;
    const old = findCondition(claim.status?.conditions, "Unused")?.status;
    const known = this.#pods.byIndex(claimIndex, objectKey(claim));
    const isUnused = !known.some((pod) => needs(pod, claim));
    if (old === (isUnused ? "True" : "False")) return;
    const [reason, message] = isUnused
      ? ["NoPodsUsingPVC", "No pods are currently referencing this PVC"]
      : ["PodUsingPVC", "A pod is currently referencing this PVC"];
    const conditions = withCondition(claim.status?.conditions, {
      type: "Unused",
      status: isUnused ? "True" : "False",
      reason: reason ?? "",
      message: message ?? "",
      lastTransitionTime: formatTime(this.now()),
    });
    const claims = this.context.client.resource(coreV1.persistentvolumeclaims);
    try {
      await claims.updateStatus({ ...claim, status: { ...claim.status, conditions } }, { signal });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
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

/** Volumes of the pod that are of this claim. */
function volumesOf(pod: Pod, claim: PersistentVolumeClaim): Volume[] {
  return (pod.spec.volumes ?? []).filter((volume) => {
    if (claimNameOf(pod, volume) !== claim.metadata.name) return false;
    // A claim of that name which was not made for the pod is not what its volume is of.
    return volume.ephemeral === undefined || isControlledBy(claim, pod);
  });
}

/** One that is not placed yet does not count: no kubelet starts it with a claim that is going. */
function uses(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if ((pod.spec.nodeName ?? "") === "") return false;
  // A pod that only its finalizers keep may wait for its own claim to go.
  return volumesOf(pod, claim).some(({ ephemeral }) => !ephemeral || !isShutDown(pod));
}

/** The pod has not ended, and will have the claim's volume if it has not got it yet. */
function needs(pod: Pod, claim: PersistentVolumeClaim): boolean {
  return !isPodFinished(pod) && volumesOf(pod, claim).length > 0;
}

function isShutDown({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
}

/** What of a pod its claims' use follows from; its volumes never change. */
function useInputs(pod: Pod): unknown[] {
  return [pod.metadata.uid, pod.spec.nodeName, isPodFinished(pod), isShutDown(pod)];
}
