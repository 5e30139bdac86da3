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
import type { CreateHandler } from "../registry/createHandler.js";
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
      validate(object, wanted, true);
      return reviewed(authorizer, object, wanted, userOf(wanted));
    }),
    review("localsubjectaccessreviews", (object, context) => {
      const { spec: wanted } = object as unknown as LocalSubjectAccessReview;
      validate(object, wanted, true, context.namespace);
      return reviewed(authorizer, object, wanted, userOf(wanted));
    }),
    review("selfsubjectaccessreviews", (object, { user }) => {
      const { spec: wanted } = object as unknown as SelfSubjectAccessReview;
      validate(object, wanted, false);
      return reviewed(authorizer, object, wanted, user);
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

function validate(
  object: ObjectTree,
  wanted: SubjectAccessReviewSpec,
  needsSubject: boolean,
  localTo?: string,
): void {
  const errors = new ErrorList();
  const { resourceAttributes, nonResourceAttributes } = wanted;
  if (Boolean(resourceAttributes) === Boolean(nonResourceAttributes)) {
    const detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    const { path = "", verb = "" } = nonResourceAttributes ?? {};
    errors.invalid(spec, nonResourceAttributes ? { Path: path, Verb: verb } : null, detail);
  }
  if (needsSubject && !wanted.user && (wanted.groups ?? []).length === 0) {
    errors.invalid(spec.child("user"), "", "at least one of user or group must be specified");
  }
  validateSelectors(resourceAttributes, errors);
  validateMetadata(object, localTo !== undefined, errors);
  if (localTo !== undefined) validateLocal(wanted, localTo, errors);
  // Upstream names no kind here.
  if (errors.list.length > 0) throw apiErrors.invalid({ group, kind: "" }, "", errors.list);
}

/** A review is no object of a name: what its metadata says would be lost. */
function validateMetadata(object: ObjectTree, hasNamespace: boolean, errors: ErrorList): void {
  const { managedFields: _, ...metadata } = object.metadata as Record<string, unknown>;
  if (hasNamespace) delete metadata.namespace;
  const set = Object.values(metadata).some((value) => !isEmpty(value));
  const detail = hasNamespace ? "must be empty except for namespace" : "must be empty";
  if (set) errors.invalid(FieldPath.root("metadata"), object.metadata, detail);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function validateSelectors(
  attributes: SubjectAccessReviewSpec["resourceAttributes"],
  errors: ErrorList,
): void {
  for (const field of ["fieldSelector", "labelSelector"] as const) {
    const selector = attributes?.[field];
    if (!selector) continue;
    const path = spec.child("resourceAttributes").child(field);
    const requirements = selector.requirements ?? [];
    const raw = selector.rawSelector ?? "";
    if (raw !== "" && requirements.length > 0) {
      const detail = "may not specified at the same time as requirements";
      errors.invalid(path.child("rawSelector"), raw, detail);
    }
    if (raw === "" && requirements.length === 0) {
      const detail = `when ${path} is specified, requirements or rawSelector is required`;
      errors.required(path.child("requirements"), detail);
    }
  }
}

function validateLocal(
  { resourceAttributes, nonResourceAttributes }: SubjectAccessReviewSpec,
  namespace: string,
  errors: ErrorList,
): void {
  const asked = resourceAttributes?.namespace ?? "";
  if (resourceAttributes && asked !== namespace) {
    const path = spec.child("resourceAttributes").child("namespace");
    errors.invalid(path, asked, "must match metadata.namespace");
  }
  if (nonResourceAttributes) {
    const { path = "", verb = "" } = nonResourceAttributes;
    const shown = { Path: path, Verb: verb };
    errors.invalid(
      spec.child("nonResourceAttributes"),
      shown,
      "disallowed on this kind of request",
    );
  }
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

async function reviewed(
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
