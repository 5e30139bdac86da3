import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
  SubjectAccessReviewStatus,
} from "../../api/gen/types/authorizationV1.js";
import { apiErrors } from "../../api/status.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { UserInfo } from "../identity.js";
import type { CreateHandler, CreateHandlerContext } from "../registry/createHandler.js";
import { ErrorList } from "../registry/errorList.js";
import { FieldPath } from "../registry/fieldPath.js";
import type { AuthorizationAttributes, Authorizer } from "./authorizer.js";

const group = "authorization.k8s.io";
const spec = FieldPath.root("spec");

type Asked = Pick<SubjectAccessReviewSpec, "resourceAttributes" | "nonResourceAttributes">;

/** The access reviews: what a user may do, decided as for a request of theirs. */
export function reviewHandlers(authorizer: Authorizer): CreateHandler[] {
  const review = (resource: string, create: CreateHandler["create"]): CreateHandler => ({
    group,
    resource,
    subresource: "",
    create,
  });
  return [
    review("subjectaccessreviews", (object) => {
      const { spec: wanted } = object as unknown as SubjectAccessReview;
      validate("SubjectAccessReview", wanted, true);
      return answer(authorizer, object, wanted, userOf(wanted));
    }),
    review("localsubjectaccessreviews", (object, context) => {
      const { spec: wanted } = object as unknown as LocalSubjectAccessReview;
      validateLocal(wanted, context);
      return answer(authorizer, object, wanted, userOf(wanted));
    }),
    review("selfsubjectaccessreviews", (object, { user }) => {
      const { spec: wanted } = object as unknown as SelfSubjectAccessReview;
      validate("SelfSubjectAccessReview", wanted, false);
      return answer(authorizer, object, wanted, user);
    }),
    review("selfsubjectrulesreviews", (object, { user }) => rules(authorizer, object, user)),
  ];
}

function userOf(wanted: SubjectAccessReviewSpec): UserInfo {
  return {
    name: wanted.user ?? "",
    uid: wanted.uid ?? "",
    groups: wanted.groups ?? [],
    extra: (wanted.extra ?? {}) as Record<string, string[]>,
  };
}

function validate(kind: string, wanted: SubjectAccessReviewSpec, needsSubject: boolean): void {
  const errors = new ErrorList();
  const { resourceAttributes, nonResourceAttributes } = wanted;
  if (resourceAttributes && nonResourceAttributes) {
    const detail = "cannot be specified in combination with resourceAttributes";
    errors.invalid(spec.child("nonResourceAttributes"), nonResourceAttributes, detail);
  }
  if (!resourceAttributes && !nonResourceAttributes) {
    const detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    errors.invalid(spec.child("resourceAttributes"), null, detail);
  }
  if (needsSubject && !wanted.user && (wanted.groups ?? []).length === 0) {
    errors.invalid(spec.child("user"), "", "at least one of user or group must be specified");
  }
  if (errors.list.length > 0) throw apiErrors.invalid({ group, kind }, "", errors.list);
}

function validateLocal(wanted: SubjectAccessReviewSpec, context: CreateHandlerContext): void {
  validate("LocalSubjectAccessReview", wanted, true);
  const namespace = wanted.resourceAttributes?.namespace ?? "";
  if (namespace === context.namespace) return;
  const message = `spec.resourceAttributes.namespace must match namespace: ${context.namespace}`;
  throw apiErrors.badRequest(message);
}

function attributesOf({ resourceAttributes, nonResourceAttributes }: Asked, user: UserInfo) {
  const resource = resourceAttributes ?? {};
  const attributes: AuthorizationAttributes = {
    user,
    verb: (nonResourceAttributes?.verb ?? resource.verb) || "",
    isResourceRequest: nonResourceAttributes === undefined || nonResourceAttributes === null,
    group: resource.group ?? "",
    version: resource.version ?? "",
    resource: resource.resource ?? "",
    subresource: resource.subresource ?? "",
    namespace: resource.namespace ?? "",
    name: resource.name ?? "",
    path: nonResourceAttributes?.path ?? "",
  };
  const selector = fieldSelectorOf(resource.fieldSelector);
  return selector === undefined ? attributes : { ...attributes, fieldSelector: selector };
}

function fieldSelectorOf(
  selector: NonNullable<SubjectAccessReviewSpec["resourceAttributes"]>["fieldSelector"],
): string | undefined {
  if (!selector) return undefined;
  if (selector.rawSelector) return selector.rawSelector;
  const terms = (selector.requirements ?? []).map(({ key, operator, values }) => {
    const sign = operator === "NotIn" ? "!=" : "=";
    return `${key}${sign}${values?.[0] ?? ""}`;
  });
  return terms.join(",");
}

async function answer(
  authorizer: Authorizer,
  object: ObjectTree,
  wanted: Asked,
  user: UserInfo,
): Promise<ObjectTree> {
  const decision = await authorizer.authorize(attributesOf(wanted, user));
  const status: SubjectAccessReviewStatus = {
    allowed: decision.outcome === "allow",
    ...(decision.outcome === "deny" ? { denied: true } : {}),
    ...(decision.reason === "" ? {} : { reason: decision.reason }),
  };
  return { ...object, status };
}

async function rules(
  authorizer: Authorizer,
  object: ObjectTree,
  user: UserInfo,
): Promise<ObjectTree> {
  const { spec: wanted } = object as unknown as SelfSubjectRulesReview;
  const namespace = wanted.namespace ?? "";
  if (namespace === "") throw apiErrors.badRequest("no namespace on request");
  const resolved = await authorizer.rulesFor?.(user, namespace);
  const status = resolved ?? {
    resourceRules: [],
    nonResourceRules: [],
    incomplete: true,
    evaluationError: `${authorizer.name} authorizer does not support user rule resolution`,
  };
  return { ...object, status };
}
