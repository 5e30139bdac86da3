import type { PolicyRule } from "../../api/gen/types/rbacV1.js";
import type { AuthorizationAttributes } from "./authorizer.js";

/**
 * Whether one rule of RBAC allows what is asked
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/).
 */
export function ruleAllows(rule: PolicyRule, asked: AuthorizationAttributes): boolean {
  if (!holds(rule.verbs, asked.verb)) return false;
  if (!asked.isResourceRequest) return pathMatches(rule.nonResourceURLs, asked.path);
  return (
    holds(rule.apiGroups, asked.group) &&
    resourceMatches(rule.resources, asked.resource, asked.subresource) &&
    nameMatches(rule.resourceNames, asked.name)
  );
}

function holds(list: readonly string[] | undefined | null, wanted: string): boolean {
  return list?.some((item) => item === "*" || item === wanted) ?? false;
}

function resourceMatches(
  list: readonly string[] | undefined | null,
  resource: string,
  subresource: string,
): boolean {
  const whole = subresource === "" ? resource : `${resource}/${subresource}`;
  for (const item of list ?? []) {
    if (item === "*" || item === whole) return true;
    if (subresource !== "" && item === `*/${subresource}`) return true;
  }
  return false;
}

function nameMatches(list: readonly string[] | undefined | null, name: string): boolean {
  return !list || list.length === 0 || list.includes(name);
}

function pathMatches(list: readonly string[] | undefined | null, path: string): boolean {
  for (const item of list ?? []) {
    if (item === "*" || item === path) return true;
    if (item.endsWith("*") && path.startsWith(item.replace(/\*+$/, ""))) return true;
  }
  return false;
}

/** One verb on one resource or path: the parts of which rules are compared. */
function breakDown(rule: PolicyRule): PolicyRule[] {
  const parts: PolicyRule[] = [];
  for (const verb of rule.verbs ?? []) {
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        const part = { verbs: [verb], apiGroups: [group], resources: [resource] };
        const names = rule.resourceNames ?? [];
        if (names.length === 0) parts.push(part);
        else for (const name of names) parts.push({ ...part, resourceNames: [name] });
      }
    }
    for (const path of rule.nonResourceURLs ?? []) {
      parts.push({ verbs: [verb], nonResourceURLs: [path] });
    }
  }
  return parts;
}

function covers(owner: PolicyRule, part: PolicyRule): boolean {
  const verb = part.verbs[0] ?? "";
  if (!holds(owner.verbs, verb)) return false;
  const url = part.nonResourceURLs?.[0];
  if (url !== undefined) {
    return (owner.nonResourceURLs ?? []).some(
      (item) => item === url || (item.endsWith("*") && url.startsWith(item.replace(/\*+$/, ""))),
    );
  }
  const [resource = "", subresource = ""] = (part.resources?.[0] ?? "").split("/");
  const names = owner.resourceNames ?? [];
  const nameCovered =
    names.length === 0 || (part.resourceNames ?? []).some((name) => names.includes(name));
  return (
    holds(owner.apiGroups, part.apiGroups?.[0] ?? "") &&
    resourceMatches(owner.resources, resource, subresource) &&
    nameCovered
  );
}

/** What of the wanted rules the owned rules do not grant; empty when everything is covered. */
export function uncoveredRules(
  owned: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): PolicyRule[] {
  return wanted.flatMap((rule) =>
    breakDown(rule).filter((part) => !owned.some((owner) => covers(owner, part))),
  );
}

const shownFields = [
  ["apiGroups", "APIGroups"],
  ["resources", "Resources"],
  ["resourceNames", "ResourceNames"],
  ["nonResourceURLs", "NonResourceURLs"],
  ["verbs", "Verbs"],
] as const;

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`, as escalation errors show a rule. */
export function describeRule(rule: PolicyRule): string {
  const parts: string[] = [];
  for (const [field, label] of shownFields) {
    const values = rule[field] ?? [];
    if (values.length === 0) continue;
    parts.push(`${label}:[${values.map((value) => JSON.stringify(value)).join(" ")}]`);
  }
  return `{${parts.join(", ")}}`;
}

/** Rules that differ in their verbs alone are shown as one. */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const compact = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const { verbs, ...rest } = rule;
    const key = JSON.stringify(rest);
    const known = compact.get(key);
    if (known === undefined) compact.set(key, { ...rest, verbs: [...verbs] });
    else known.verbs.push(...verbs.filter((verb) => !known.verbs.includes(verb)));
  }
  return [...compact.values()];
}
