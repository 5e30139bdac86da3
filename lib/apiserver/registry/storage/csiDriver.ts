import type { CSIDriver } from "../../../api/gen/types/storageV1.js";
import { splitStatus, type TypedStrategy } from "../typedStrategy.js";

function defaultDriver({ spec }: CSIDriver): void {
  if (spec === undefined) return;
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= "ReadWriteOnceWithFSType";
  if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ["Persistent"];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
  spec.preventPodSchedulingIfMissing ??= false;
}

export const csiDriverStrategy: TypedStrategy<CSIDriver> = {
  group: "storage.k8s.io",
  kind: "CSIDriver",
  defaults: defaultDriver,
  prepareForUpdate: splitStatus,
};
