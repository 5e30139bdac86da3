import type { APIService } from "../../../api/gen/types/apiregistrationV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { splitStatus, type TypedStrategy } from "../typedStrategy.js";

const spec = FieldPath.root("spec");

export const apiServiceStrategy: TypedStrategy<APIService> = {
  group: "apiregistration.k8s.io",
  kind: "APIService",
  allowUnconditionalUpdate: false,
  validateName: () => [],
  defaults(service) {
    if (service.spec?.service) service.spec.service.port ??= 443;
  },
  prepareForUpdate: splitStatus,
  prepareForCreate(service) {
    delete service.status;
  },
  validate: validateSpec,
  validateUpdate(service, _old, errors, context) {
    if (context.subresource !== "status") validateSpec(service, errors);
  },
};

function validateSpec(service: APIService, errors: ErrorList): void {
  const { group = "", version = "", groupPriorityMinimum, versionPriority } = service.spec ?? {};
  const wanted = `${version}.${group}`;
  if (service.metadata.name !== wanted) {
    const path = FieldPath.root("metadata").child("name");
    const rule = 'must be `spec.version+"."+spec.group`';
    const detail = `${rule}: ${JSON.stringify(wanted)}`;
    errors.invalid(path, service.metadata.name, detail);
  }
  if (!((groupPriorityMinimum ?? 0) > 0 && (groupPriorityMinimum ?? 0) <= 20000)) {
    const detail = "must be positive and less than 20000";
    errors.invalid(spec.child("groupPriorityMinimum"), groupPriorityMinimum ?? 0, detail);
  }
  if (!((versionPriority ?? 0) > 0 && (versionPriority ?? 0) <= 1000)) {
    const detail = "must be positive and less than 1000";
    errors.invalid(spec.child("versionPriority"), versionPriority ?? 0, detail);
  }
  const target = service.spec?.service;
  if (!target) return;
  for (const field of ["namespace", "name"] as const) {
    if (!target[field]) errors.required(spec.child("service").child(field));
  }
  if (service.spec?.insecureSkipTLSVerify && service.spec.caBundle) {
    const path = spec.child("insecureSkipTLSVerify");
    errors.invalid(path, true, "may not be true if caBundle is present");
  }
}
