import type {
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from "../../api/gen/types/flowcontrolV1.js";
import type { UserInfo } from "../identity.js";
import type { NonResourceRequestInfo, RequestInfo, ResourceRequestInfo } from "../requestInfo.js";

const serviceAccountPrefix = "system:serviceaccount:";

/** Whether one of a FlowSchema's rules is for this request of this user. */
export function matchesRules(
  rules: readonly PolicyRulesWithSubjects[] | undefined,
  info: RequestInfo,
  user: UserInfo,
): boolean {
  return (rules ?? []).some((rule) => matchesRule(rule, info, user));
}

function matchesRule(rule: PolicyRulesWithSubjects, info: RequestInfo, user: UserInfo): boolean {
  if (!rule.subjects.some((subject) => matchesSubject(subject, user))) return false;
  return info.isResourceRequest
    ? (rule.resourceRules ?? []).some((resources) => matchesResource(resources, info))
    : (rule.nonResourceRules ?? []).some((paths) => matchesPath(paths, info));
}

/** Whether a rule that would be for this request of this user looks at its namespace. */
export function looksAtNamespace(
  rules: readonly PolicyRulesWithSubjects[] | undefined,
  info: ResourceRequestInfo,
  user: UserInfo,
): boolean {
  return (rules ?? []).some(
    ({ subjects, resourceRules }) =>
      subjects.some((subject) => matchesSubject(subject, user)) &&
      (resourceRules ?? []).some(
        (rule) => matchesWhat(rule, info) && !isEverything(rule.namespaces ?? []),
      ),
  );
}

function matchesSubject(subject: Subject, user: UserInfo): boolean {
  switch (subject.kind) {
    case "User":
      return subject.user !== undefined && isNameOrAll(subject.user.name, user.name);
    case "Group": {
      const name = subject.group?.name;
      return name !== undefined && (name === "*" || user.groups.includes(name));
    }
    case "ServiceAccount": {
      if (subject.serviceAccount === undefined) return false;
      const { namespace, name } = subject.serviceAccount;
      const prefix = `${serviceAccountPrefix}${namespace}:`;
      return name === "*" ? user.name.startsWith(prefix) : user.name === `${prefix}${name}`;
    }
    default:
      return false;
  }
}

function isNameOrAll(wanted: string, name: string): boolean {
  return wanted === "*" || wanted === name;
}

function matchesResource(rule: ResourcePolicyRule, info: ResourceRequestInfo): boolean {
  if (!matchesWhat(rule, info)) return false;
  const { namespace } = info;
  if (namespace === "") return rule.clusterScope ?? false;
  return includes(rule.namespaces ?? [], namespace);
}

/** Apart from where it is. */
function matchesWhat(rule: ResourcePolicyRule, info: ResourceRequestInfo): boolean {
  const { verb, group, resource, subresource } = info;
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  return (
    includes(rule.verbs, verb) && includes(rule.resources, what) && includes(rule.apiGroups, group)
  );
}

function matchesPath(rule: NonResourcePolicyRule, info: NonResourceRequestInfo): boolean {
  return (
    includes(rule.verbs, info.verb) &&
    rule.nonResourceURLs.some((url) => url === "*" || url === info.path || isBelow(info.path, url))
  );
}

function isBelow(path: string, url: string): boolean {
  const folder = url.endsWith("*") ? url.slice(0, -1) : url;
  return path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

function includes(list: readonly string[], value: string): boolean {
  return isEverything(list) || list.includes(value);
}

/** `*` means everything only where it stands alone. */
function isEverything(list: readonly string[]): boolean {
  return list.length === 1 && list[0] === "*";
}
