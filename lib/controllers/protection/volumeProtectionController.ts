import { coreV1 } from "../../api/gen/resources.js";
import type { PersistentVolume } from "../../api/gen/types/coreV1.js";
import type { ControllerContext } from "../controllerContext.js";
import { ProtectionController } from "./protectionController.js";

/** A volume stays while it is bound to a claim. */
export class VolumeProtectionController extends ProtectionController<PersistentVolume> {
  constructor(context: ControllerContext) {
    super(
      "persistentvolume-protection-controller",
      context,
      coreV1.persistentvolumes,
      "kubernetes.io/pv-protection",
    );
  }

  /** The finalizer is taken from this very version: a cache that is behind is refused. */
  protected override isUsed(volume: PersistentVolume): Promise<boolean> {
    return Promise.resolve(volume.status?.phase === "Bound");
  }
}
