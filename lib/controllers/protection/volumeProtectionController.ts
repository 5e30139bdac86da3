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

  protected override isUsed(volume: PersistentVolume): boolean {
    return volume.status?.phase === "Bound";
  }
}
