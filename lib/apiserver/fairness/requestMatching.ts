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
  const { resource, subresource, namespace } = info;
  if (!includes(rule.verbs, info.verb)) return false;
  if (!includes(rule.resources, subresource === "" ? resource : `${resource}/${subresource}`)) {
    return false;
  }
  if (!includes(rule.apiGroups, info.group)) return false;
  if (namespace === "") return rule.clusterScope ?? false;
  return includes(rule.namespaces ?? [], namespace);
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

/** `*` means everything only where it stands alone. */
function includes(list: readonly string[], value: string): boolean {
  return (list.length === 1 && list[0] === "*") || list.includes(value);
}
