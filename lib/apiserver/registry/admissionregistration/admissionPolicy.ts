import type {
  MatchResources,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "../../../api/gen/types/admissionregistrationV1.js";
import { keepGeneration, startGeneration, type TypedStrategy } from "../typedStrategy.js";

const group = "admissionregistration.k8s.io";

function defaultMatch(match: MatchResources | undefined): void {
  if (match === undefined) return;
  match.matchPolicy ??= "Equivalent";
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rules of [match.resourceRules, match.excludeResourceRules]) {
    for (const rule of rules ?? []) rule.scope ??= "*";
  }
}

/** What a policy of either kind leaves out. */
function defaultPolicy({ spec }: ValidatingAdmissionPolicy | MutatingAdmissionPolicy): void {
  if (spec === undefined) return;
  spec.failurePolicy ??= "Fail";
  defaultMatch(spec.matchConstraints);
}

/** What a binding of either kind leaves out. */
function defaultBinding({
  spec,
}: ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding): void {
  defaultMatch(spec?.matchResources);
}

export const validatingPolicyStrategy: TypedStrategy<ValidatingAdmissionPolicy> = {
  ...{ group, kind: "ValidatingAdmissionPolicy", defaults: defaultPolicy },
  ...{ prepareForCreate: startGeneration, prepareForUpdate: keepGeneration },
};

export const validatingBindingStrategy: TypedStrategy<ValidatingAdmissionPolicyBinding> = {
  ...{ group, kind: "ValidatingAdmissionPolicyBinding", defaults: defaultBinding },
  ...{ prepareForCreate: startGeneration, prepareForUpdate: keepGeneration },
};

export const mutatingPolicyStrategy: TypedStrategy<MutatingAdmissionPolicy> = {
  ...{ group, kind: "MutatingAdmissionPolicy", defaults: defaultPolicy },
  ...{ prepareForCreate: startGeneration, prepareForUpdate: keepGeneration },
};

export const mutatingBindingStrategy: TypedStrategy<MutatingAdmissionPolicyBinding> = {
  ...{ group, kind: "MutatingAdmissionPolicyBinding", defaults: defaultBinding },
  ...{ prepareForCreate: startGeneration, prepareForUpdate: keepGeneration },
};
