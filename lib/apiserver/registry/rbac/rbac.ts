import { semanticEqual } from "../../../api/equality.js";
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from "../../../api/gen/types/rbacV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { validateLabelSelector } from "../labelSelectorRules.js";
import { nameIsDns1123Subdomain, nameIsPathSegment } from "../nameRules.js";
import type { TypedStrategy } from "../typedStrategy.js";

const group = "rbac.authorization.k8s.io";

function validateRules(
  rules: readonly PolicyRule[] | undefined | null,
  namespaced: boolean,
  errors: ErrorList,
): void {
  for (const [position, rule] of (rules ?? []).entries()) {
    const path = FieldPath.root("rules").index(position);
    if ((rule.verbs ?? []).length === 0) {
      errors.required(path.child("verbs"));
    }
    if ((rule.nonResourceURLs ?? []).length > 0) {
      validateUrls(rule, namespaced, errors, path);
      continue;
    }
    if ((rule.apiGroups ?? []).length === 0) {
      const detail = "resource rules must supply at least one api group";
      errors.required(path.child("apiGroups"), detail);
    }
    if ((rule.resources ?? []).length === 0) {
      const detail = "resource rules must supply at least one resource";
      errors.required(path.child("resources"), detail);
    }
  }
}

function validateUrls(
  rule: PolicyRule,
  namespaced: boolean,
  errors: ErrorList,
  path: FieldPath,
): void {
  const urls = rule.nonResourceURLs ?? [];
  if (namespaced) {
    const detail = "namespaced rules cannot apply to non-resource URLs";
    errors.invalid(path.child("nonResourceURLs"), urls, detail);
  }
  const others = [rule.apiGroups, rule.resources, rule.resourceNames];
  if (others.some((list) => (list ?? []).length > 0)) {
    const detail = "rules cannot apply to both regular resources and non-resource URLs";
    errors.invalid(path.child("nonResourceURLs"), urls, detail);
  }
}

export const roleStrategy: TypedStrategy<Role> = {
  group,
  kind: "Role",
  allowCreateOnUpdate: true,
  validateName: nameIsPathSegment,
  validate: (role, errors) => validateRules(role.rules, true, errors),
  validateUpdate: (role, _old, errors) => validateRules(role.rules, true, errors),
};

function validateClusterRole(role: ClusterRole, errors: ErrorList): void {
  validateRules(role.rules, false, errors);
  if (!role.aggregationRule) return;
  const path = FieldPath.root("aggregationRule").child("clusterRoleSelectors");
  const selectors = role.aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    errors.required(
      path,
      "at least one clusterRoleSelector required if aggregationRule is non-nil",
    );
  }
  for (const [position, selector] of selectors.entries()) {
    const before = errors.list.length;
    validateLabelSelector(selector, errors, path.index(position));
    if (errors.list.length > before) {
      errors.invalid(path.index(position), null, "invalid label selector.");
    }
  }
}

export const clusterRoleStrategy: TypedStrategy<ClusterRole> = {
  group,
  kind: "ClusterRole",
  allowCreateOnUpdate: true,
  validateName: nameIsPathSegment,
  validate: validateClusterRole,
  validateUpdate: (role, _old, errors) => validateClusterRole(role, errors),
};

interface Binding {
  subjects?: Subject[];
  roleRef: { apiGroup?: string; kind: string; name: string };
}

function defaultBinding(binding: Binding): void {
  if (binding.roleRef) binding.roleRef.apiGroup ||= group;
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ||= group;
  }
}

function validateBinding(
  binding: Binding,
  kinds: readonly string[],
  namespaced: boolean,
  errors: ErrorList,
): void {
  const path = FieldPath.root("roleRef");
  const { apiGroup = "", kind = "", name = "" } = binding.roleRef ?? {};
  errors.oneOf(path.child("apiGroup"), apiGroup, [group]);
  errors.oneOf(path.child("kind"), kind, kinds);
  if (name === "") errors.required(path.child("name"));
  else errors.invalidAll(path.child("name"), name, nameIsPathSegment(name, false));
  for (const [position, subject] of (binding.subjects ?? []).entries()) {
    validateSubject(subject, namespaced, errors, FieldPath.root("subjects").index(position));
  }
}

function validateSubject(
  subject: Subject,
  namespaced: boolean,
  errors: ErrorList,
  path: FieldPath,
): void {
  const kinds = ["ServiceAccount", "User", "Group"];
  errors.oneOf(path.child("kind"), subject.kind, kinds);
  if (!subject.name) errors.required(path.child("name"));
  if (subject.kind === "ServiceAccount") {
    if (subject.name) {
      const wrong = nameIsDns1123Subdomain(subject.name, false);
      errors.invalidAll(path.child("name"), subject.name, wrong);
    }
    if (subject.apiGroup) errors.notSupported(path.child("apiGroup"), subject.apiGroup, [""]);
    if (!namespaced && !subject.namespace) errors.required(path.child("namespace"));
  } else if (subject.kind === "User" || subject.kind === "Group") {
    errors.oneOf(path.child("apiGroup"), subject.apiGroup, [group]);
  }
}

function validateSameRole(binding: Binding, old: Binding, errors: ErrorList): void {
  if (semanticEqual(binding.roleRef, old.roleRef)) return;
  const { apiGroup = "", kind = "", name = "" } = binding.roleRef ?? {};
  const shown = { APIGroup: apiGroup, Kind: kind, Name: name };
  errors.immutable(FieldPath.root("roleRef"), shown, false);
}

export const roleBindingStrategy: TypedStrategy<RoleBinding> = {
  group,
  kind: "RoleBinding",
  allowCreateOnUpdate: true,
  validateName: nameIsPathSegment,
  defaults: defaultBinding,
  validate: (binding, errors) => validateBinding(binding, ["Role", "ClusterRole"], true, errors),
  validateUpdate(binding, old, errors) {
    validateBinding(binding, ["Role", "ClusterRole"], true, errors);
    validateSameRole(binding, old, errors);
  },
};

export const clusterRoleBindingStrategy: TypedStrategy<ClusterRoleBinding> = {
  group,
  kind: "ClusterRoleBinding",
  allowCreateOnUpdate: true,
  validateName: nameIsPathSegment,
  defaults: defaultBinding,
  validate: (binding, errors) => validateBinding(binding, ["ClusterRole"], false, errors),
  validateUpdate(binding, old, errors) {
    validateBinding(binding, ["ClusterRole"], false, errors);
    validateSameRole(binding, old, errors);
  },
};
