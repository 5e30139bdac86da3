import { semanticEqual } from "../../../api/equality.js";
import type {
  FlowSchema,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from "../../../api/gen/types/flowcontrolV1.js";
import { flowSchemas, mandatoryNames } from "../../bootstrap/data/flowControl.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { dns1123Label, dns1123Subdomain } from "../nameRules.js";
import { keepGeneration, startGeneration, type TypedStrategy } from "../typedStrategy.js";
import { validateConditions } from "./conditions.js";

const defaultPrecedence = 1000;
const highestPrecedence = 10_000;
const verbs = [
  ...["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"],
];
const subjectKinds = ["Group", "ServiceAccount", "User"] as const;
const spec = FieldPath.root("spec");

export const flowSchemaStrategy: TypedStrategy<FlowSchema> = {
  group: "flowcontrol.apiserver.k8s.io",
  kind: "FlowSchema",
  defaults(schema) {
    schema.spec ??= { priorityLevelConfiguration: { name: "" } };
    schema.spec.matchingPrecedence ||= defaultPrecedence;
  },
  prepareForCreate: startGeneration,
  prepareForUpdate: keepGeneration,
  validate: (schema, errors) => validateSchema(schema, errors),
  validateUpdate(schema, _old, errors, { subresource }) {
    if (subresource === "status") validateConditions(schema.status?.conditions, errors);
    else validateSchema(schema, errors);
  },
};

function validateSchema(schema: FlowSchema, errors: ErrorList): void {
  const name = schema.metadata.name ?? "";
  validatePrecedence(name, schema.spec.matchingPrecedence ?? 0, errors);
  const method = schema.spec.distinguisherMethod;
  if (method !== undefined && method.type !== "ByNamespace" && method.type !== "ByUser") {
    const path = spec.child("distinguisherMethod").child("type");
    // As Go shows its own type of it.
    errors.notSupported(path, { Type: method.type }, ["ByNamespace", "ByUser"]);
  }
  const level = schema.spec.priorityLevelConfiguration?.name ?? "";
  const levelPath = spec.child("priorityLevelConfiguration").child("name");
  if (level === "") errors.required(levelPath, "must reference a priority level");
  else errors.invalidAll(levelPath, level, dns1123Subdomain(level));
  for (const [i, rule] of (schema.spec.rules ?? []).entries()) {
    validateRule(rule, spec.child("rules").index(i), errors);
  }
  if (mandatoryNames.includes(name) && !semanticEqual(schema.spec, flowSchemas[name])) {
    errors.invalid(spec, schema.spec, `spec of '${name}' must equal the fixed value`);
  }
  validateConditions(schema.status?.conditions, errors);
}

function validatePrecedence(name: string, value: number, errors: ErrorList): void {
  const path = spec.child("matchingPrecedence");
  if (value <= 0) errors.invalid(path, value, "must be a positive value");
  if (value > highestPrecedence) {
    errors.invalid(path, value, `must not be greater than ${highestPrecedence}`);
  }
  if (value === 1 && name !== "exempt") {
    const detail = "only the schema named 'exempt' may have matchingPrecedence 1";
    errors.invalid(path, value, detail);
  }
}

function validateRule(rule: PolicyRulesWithSubjects, path: FieldPath, errors: ErrorList): void {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule;
  if (subjects.length === 0) {
    errors.required(path.child("subjects"), "subjects must contain at least one value");
  }
  for (const [i, subject] of subjects.entries()) {
    validateSubject(subject, path.child("subjects").index(i), errors);
  }
  if (resourceRules.length === 0 && nonResourceRules.length === 0) {
    const detail = "at least one of resourceRules and nonResourceRules has to be non-empty";
    errors.required(path, detail);
  }
  for (const [i, resources] of resourceRules.entries()) {
    validateResourceRule(resources, path.child("resourceRules").index(i), errors);
  }
  for (const [i, paths] of nonResourceRules.entries()) {
    validateNonResourceRule(paths, path.child("nonResourceRules").index(i), errors);
  }
}

function validateSubject(subject: Subject, path: FieldPath, errors: ErrorList): void {
  switch (subject.kind) {
    case "ServiceAccount":
      validateServiceAccount(subject.serviceAccount, path.child("serviceAccount"), errors);
      break;
    case "User":
      validateNamed(subject.user, path.child("user"), "User", errors);
      break;
    case "Group":
      validateNamed(subject.group, path.child("group"), "Group", errors);
      break;
    default:
      errors.notSupported(path.child("kind"), subject.kind, subjectKinds);
      return;
  }
  const fields = { ServiceAccount: "serviceAccount", User: "user", Group: "group" } as const;
  for (const kind of ["ServiceAccount", "User", "Group"] as const) {
    const field = fields[kind];
    if (kind === subject.kind || subject[field] === undefined) continue;
    const detail = `${field} is forbidden when subject kind is not '${kind}'`;
    errors.forbidden(path.child(field), detail);
  }
}

function validateNamed(
  subject: { readonly name?: string } | undefined,
  path: FieldPath,
  kind: "User" | "Group",
  errors: ErrorList,
): void {
  if (subject === undefined) {
    errors.required(path, `${kind.toLowerCase()} is required when subject kind is '${kind}'`);
  } else if (!subject.name) errors.required(path.child("name"));
}

function validateServiceAccount(
  account: Subject["serviceAccount"],
  path: FieldPath,
  errors: ErrorList,
): void {
  if (account === undefined) {
    errors.required(path, "serviceAccount is required when subject kind is 'ServiceAccount'");
    return;
  }
  const { name, namespace } = account;
  if (!name) errors.required(path.child("name"));
  else if (name !== "*") errors.invalidAll(path.child("name"), name, dns1123Subdomain(name));
  if (!namespace) {
    errors.required(path.child("namespace"), "must specify namespace for service account");
  } else errors.invalidAll(path.child("namespace"), namespace, dns1123Label(namespace));
}

function validateVerbs(given: readonly string[], path: FieldPath, errors: ErrorList): void {
  if (given.length === 0) errors.required(path, "verbs must contain at least one value");
  else if (given.includes("*")) {
    if (given.length > 1) {
      errors.invalid(path, given, "if '*' is present, must not specify other verbs");
    }
  } else if (!given.every((verb) => verbs.includes(verb))) {
    errors.notSupported(path, given, verbs);
  }
}

/** At least one, and `*` only alone. */
function validateNames(
  given: readonly string[],
  path: FieldPath,
  what: readonly [one: string, others: string],
  errors: ErrorList,
): void {
  if (given.length === 0) {
    errors.required(path, `resource rules must supply at least one ${what[0]}`);
  } else if (given.length > 1 && given.includes("*")) {
    errors.invalid(path, given, `if '*' is present, must not specify other ${what[1]}`);
  }
}

function validateResourceRule(rule: ResourcePolicyRule, path: FieldPath, errors: ErrorList): void {
  validateVerbs(rule.verbs ?? [], path.child("verbs"), errors);
  validateNames(rule.apiGroups ?? [], path.child("apiGroups"), ["api group", "api groups"], errors);
  validateNames(rule.resources ?? [], path.child("resources"), ["resource", "resources"], errors);
  const { namespaces = [], clusterScope = false } = rule;
  const inner = path.child("namespaces");
  if (namespaces.length === 0 && !clusterScope) {
    const detail = "resource rules that are not cluster scoped must supply at least one namespace";
    errors.required(inner, detail);
  } else if (namespaces.includes("*")) {
    if (namespaces.length > 1) {
      errors.invalid(inner, namespaces, "if '*' is present, must not specify other namespaces");
    }
  } else {
    for (const [i, namespace] of namespaces.entries()) {
      for (const wrong of dns1123Label(namespace)) {
        const detail = `each member of this list must be '*' or a DNS-1123 label; ${wrong}`;
        errors.invalid(inner.index(i), namespace, detail);
      }
    }
  }
}

function validateNonResourceRule(
  rule: NonResourcePolicyRule,
  path: FieldPath,
  errors: ErrorList,
): void {
  validateVerbs(rule.verbs ?? [], path.child("verbs"), errors);
  const urls = rule.nonResourceURLs ?? [];
  const inner = path.child("nonResourceURLs");
  if (urls.length === 0) {
    errors.required(inner, "nonResourceURLs must contain at least one value");
  } else if (urls.includes("*")) {
    if (urls.length > 1) {
      const detail = "if '*' is present, must not specify other non-resource URLs";
      errors.invalid(inner, urls, detail);
    }
  } else {
    for (const [i, url] of urls.entries()) {
      const wrong = wrongWithUrl(url);
      if (wrong !== undefined) errors.invalid(inner.index(i), url, wrong);
    }
  }
}

function wrongWithUrl(url: string): string | undefined {
  if (url === "") return "must not be empty";
  if (url === "/") return undefined;
  if (!url.startsWith("/")) return "must start with slash";
  if (url.includes(" ")) return "must not contain white-space";
  if (url.includes("//")) return "must not contain double slash";
  const wildcards = url.split("*").length - 1;
  if (wildcards > 1 || (wildcards === 1 && !url.endsWith("/*"))) {
    return "wildcard can only do suffix matching";
  }
  return undefined;
}
