import type { PodDisruptionBudget } from "../../../api/gen/types/policyV1.js";
import { validateAtMostAll, validateCountOrPercent } from "../apps/workloadRules.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { validateLabelSelector } from "../labelSelectorRules.js";
import { keepGeneration, startGeneration, type TypedStrategy } from "../typedStrategy.js";

const spec = FieldPath.root("spec");

export const podDisruptionBudgetStrategy: TypedStrategy<PodDisruptionBudget> = {
  group: "policy",
  kind: "PodDisruptionBudget",
  allowUnconditionalUpdate: false,
  prepareForCreate: startGeneration,
  prepareForUpdate: keepGeneration,
  validate: validateSpec,
  validateUpdate(budget, _old, errors, context) {
    if (context.subresource !== "status") validateSpec(budget, errors);
  },
};

function validateSpec(budget: PodDisruptionBudget, errors: ErrorList): void {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = budget.spec ?? {};
  const given = (value: unknown): boolean => value !== undefined && value !== null;
  if (given(minAvailable) && given(maxUnavailable)) {
    errors.invalid(spec, budget.spec, "minAvailable and maxUnavailable cannot be both set");
  }
  for (const [field, value] of [
    ["minAvailable", minAvailable],
    ["maxUnavailable", maxUnavailable],
  ] as const) {
    validateCountOrPercent(value, errors, spec.child(field));
    validateAtMostAll(value, errors, spec.child(field));
  }
  validateLabelSelector(selector, errors, spec.child("selector"));
  if (unhealthyPodEvictionPolicy !== undefined) {
    const path = spec.child("unhealthyPodEvictionPolicy");
    errors.oneOf(path, unhealthyPodEvictionPolicy, ["AlwaysAllow", "IfHealthyBudget"]);
  }
}
