import { semanticEqual } from "../../../api/equality.js";
import type { PersistentVolumeClaim } from "../../../api/gen/types/coreV1.js";
import { FieldPath } from "../fieldPath.js";
import { compareQuantities } from "../quantityValue.js";
import { splitStatus, type TypedStrategy } from "../typedStrategy.js";
import { validateClaimSpec } from "./persistentVolumeClaimRules.js";

const spec = FieldPath.root("spec");

export function defaultClaim(claim: PersistentVolumeClaim): void {
  claim.spec ??= {};
  claim.spec.volumeMode ??= "Filesystem";
}

/**
 * What a claim is filled from has two forms. The older one only knows claims and snapshots: what
 * else it names is dropped; both are kept equal.
 */
function keepSources({ spec: wanted }: PersistentVolumeClaim): void {
  const source = wanted?.dataSource;
  if (!wanted || !source) return;
  const { apiGroup = "", kind } = source;
  const known =
    (kind === "PersistentVolumeClaim" && !apiGroup) ||
    (kind === "VolumeSnapshot" && apiGroup === "snapshot.storage.k8s.io");
  if (!known) delete wanted.dataSource;
  else wanted.dataSourceRef ??= { ...source };
}

export const persistentVolumeClaimStrategy: TypedStrategy<PersistentVolumeClaim> = {
  group: "",
  kind: "PersistentVolumeClaim",
  defaults: defaultClaim,
  prepareForCreate(claim) {
    claim.status = { phase: "Pending" };
    keepSources(claim);
  },
  prepareForUpdate: splitStatus,
  validate: (claim, errors) => validateClaimSpec(claim.spec, errors, spec),
  validateUpdate(claim, old, errors, context) {
    if (context.subresource === "status") return;
    validateClaimSpec(claim.spec, errors, spec);
    const bound = old.status?.phase === "Bound";
    const fixed = (object: PersistentVolumeClaim) => {
      const {
        volumeName: _name,
        resources,
        volumeAttributesClassName: _class,
        ...rest
      } = object.spec ?? {};
      return { ...rest, limits: resources?.limits, ...(bound ? {} : { resources }) };
    };
    const unnamed = !old.spec?.volumeName;
    const sameVolume = unnamed || claim.spec?.volumeName === old.spec?.volumeName;
    if (!sameVolume || !semanticEqual(fixed(claim), fixed(old))) {
      const detail =
        "spec is immutable after creation except resources.requests and " +
        "volumeAttributesClassName for bound claims";
      errors.forbidden(spec, detail);
    }
    const size = claim.spec?.resources?.requests?.storage ?? "0";
    const before = old.spec?.resources?.requests?.storage ?? "0";
    if (compareQuantities(size, before) < 0) {
      const path = spec.child("resources").child("requests").child("storage");
      errors.forbidden(path, "field can not be less than status.capacity");
    }
  },
};
