import { semanticEqual } from "../../../api/equality.js";
import type { PersistentVolume } from "../../../api/gen/types/coreV1.js";
import { formatTime } from "../../../api/time.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { nameIsDns1123Subdomain } from "../nameRules.js";
import { quantityNanos } from "../quantityValue.js";
import { splitStatus, type TypedStrategy } from "../typedStrategy.js";
import { validateAccessModes } from "./persistentVolumeClaimRules.js";
import { validateNodeSelector } from "./schedulingRules.js";

const spec = FieldPath.root("spec");
/** Fields of the spec that are no source of storage. */
const plainFields = new Set([
  "capacity",
  "accessModes",
  "claimRef",
  "persistentVolumeReclaimPolicy",
  "storageClassName",
  "mountOptions",
  "volumeMode",
  "nodeAffinity",
  "volumeAttributesClassName",
]);

function sourcesOf(volume: PersistentVolume): [string, unknown][] {
  return Object.entries(volume.spec ?? {}).filter(
    ([field, value]) => !plainFields.has(field) && value !== undefined && value !== null,
  );
}

export const persistentVolumeStrategy: TypedStrategy<PersistentVolume> = {
  group: "",
  kind: "PersistentVolume",
  defaults(volume) {
    volume.spec ??= {};
    volume.spec.persistentVolumeReclaimPolicy ||= "Retain";
    volume.spec.volumeMode ??= "Filesystem";
    if (volume.spec.hostPath) volume.spec.hostPath.type ??= "";
  },
  prepareForCreate(volume, context) {
    const now = formatTime(context.now);
    volume.status = { phase: "Pending", lastPhaseTransitionTime: now };
  },
  prepareForUpdate: splitStatus,
  validate: validateSpec,
  validateUpdate(volume, old, errors, context) {
    if (context.subresource === "status") return;
    validateSpec(volume, errors);
    if (!semanticEqual(sourcesOf(volume), sourcesOf(old))) {
      const detail = "spec.persistentvolumesource is immutable after creation";
      errors.forbidden(spec.child("persistentvolumesource"), detail);
    }
    const same = volume.spec?.volumeMode === old.spec?.volumeMode;
    errors.immutable(spec.child("volumeMode"), volume.spec?.volumeMode, same);
  },
};

function validateSpec(volume: PersistentVolume, errors: ErrorList): void {
  validateAccessModes(volume.spec?.accessModes, errors, spec.child("accessModes"), "");
  const capacity = volume.spec?.capacity ?? {};
  if (Object.keys(capacity).length === 0) errors.required(spec.child("capacity"));
  if (capacity.storage === undefined || Object.keys(capacity).length > 1) {
    errors.notSupported(spec.child("capacity"), volume.spec?.capacity ?? null, ["storage"]);
  } else if ((quantityNanos(capacity.storage) ?? 0n) <= 0n) {
    const path = spec.child("capacity").key("storage");
    errors.invalid(path, capacity.storage, "must be greater than zero");
  }
  const policy = volume.spec?.persistentVolumeReclaimPolicy;
  const policies = ["Delete", "Recycle", "Retain"];
  if (policy) errors.oneOf(spec.child("persistentVolumeReclaimPolicy"), policy, policies);
  const sources = sourcesOf(volume);
  if (sources.length === 0) errors.required(spec, "must specify a volume type");
  for (const [source] of sources.slice(1)) {
    errors.forbidden(spec.child(source), "may not specify more than 1 volume type");
  }
  const name = volume.spec?.storageClassName;
  if (name) {
    const wrong = nameIsDns1123Subdomain(name, false);
    errors.invalidAll(spec.child("storageClassName"), name, wrong);
  }
  const mode = volume.spec?.volumeMode;
  if (mode !== undefined) errors.oneOf(spec.child("volumeMode"), mode, ["Block", "Filesystem"]);
  if (volume.spec?.hostPath && !volume.spec.hostPath.path) {
    errors.required(spec.child("hostPath").child("path"));
  }
  const affinity = volume.spec?.nodeAffinity;
  const required = affinity?.required;
  if (affinity && !required) {
    const detail = "must specify required node constraints";
    errors.required(spec.child("nodeAffinity").child("required"), detail);
  }
  if (required) {
    validateNodeSelector(required, errors, spec.child("nodeAffinity").child("required"));
  }
}
