import type { Lease } from "../../../api/gen/types/coordinationV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import type { TypedStrategy } from "../typedStrategy.js";

const spec = FieldPath.root("spec");
const strategies = ["OldestEmulationVersion"];

export const leaseStrategy: TypedStrategy<Lease> = {
  group: "coordination.k8s.io",
  kind: "Lease",
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  validate: validateSpec,
  validateUpdate: (lease, _old, errors) => validateSpec(lease, errors),
};

function validateSpec(lease: Lease, errors: ErrorList): void {
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = lease.spec ?? {};
  if (typeof leaseDurationSeconds === "number" && leaseDurationSeconds <= 0) {
    errors.invalid(
      spec.child("leaseDurationSeconds"),
      leaseDurationSeconds,
      "must be greater than 0",
    );
  }
  if (typeof leaseTransitions === "number" && leaseTransitions < 0) {
    const detail = "must be greater than or equal to 0";
    errors.invalid(spec.child("leaseTransitions"), leaseTransitions, detail);
  }
  if (strategy && !strategy.includes("/"))
    errors.oneOf(spec.child("strategy"), strategy, strategies);
  if (preferredHolder && !strategy) {
    const detail = "may only be specified if `strategy` is defined";
    errors.forbidden(spec.child("preferredHolder"), detail);
  }
}
