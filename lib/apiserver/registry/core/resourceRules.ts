import type { ResourceRequirements } from "../../../api/gen/types/coreV1.js";
import { isExtendedResource, isHugePages } from "../../../api/pods/resourceNames.js";
import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";
import { qualifiedName } from "../nameRules.js";
import { compareQuantities, isWholeQuantity, quantityNanos } from "../quantityValue.js";

const containerResources = new Set(["cpu", "memory", "ephemeral-storage"]);

function allowsOvercommit(name: string): boolean {
  return !isHugePages(name) && !isExtendedResource(name);
}

function validateContainerResourceName(name: string, errors: ErrorList, path: FieldPath): void {
  const wrong = qualifiedName(name);
  errors.invalidAll(path, name, wrong);
  if (wrong.length > 0) return;
  if (!name.includes("/")) {
    if (!containerResources.has(name) && !isHugePages(name)) {
      errors.invalid(path, name, "must be a standard resource for containers");
    }
  } else if (!isExtendedResource(name) && !name.startsWith("kubernetes.io/")) {
    errors.invalid(path, name, "doesn't follow extended resource name standard");
  }
}

/** Resources that are numbers of objects. */
const counted: ReadonlySet<string> = new Set([
  ...["pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps"],
  ...["persistentvolumeclaims", "services.nodeports", "services.loadbalancers"],
]);

/** Zero or more, and whole where the resource cannot be split. */
export function validateResourceQuantity(
  name: string,
  value: string,
  errors: ErrorList,
  path: FieldPath,
): void {
  if ((quantityNanos(value) ?? 0n) < 0n) {
    errors.invalid(path, value, "must be greater than or equal to 0");
  }
  if ((counted.has(name) || isExtendedResource(name)) && !isWholeQuantity(value)) {
    errors.invalid(path, value, "must be an integer");
  }
}

export function validateContainerResources(
  resources: ResourceRequirements | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (!resources) return;
  const limits = resources.limits ?? {};
  const requests = resources.requests ?? {};
  for (const [name, limit] of Object.entries(limits)) {
    const at = path.child("limits").key(name);
    validateContainerResourceName(name, errors, at);
    validateResourceQuantity(name, limit, errors, at);
  }
  for (const [name, request] of Object.entries(requests)) {
    const at = path.child("requests").key(name);
    validateContainerResourceName(name, errors, at);
    validateResourceQuantity(name, request, errors, at);
    validateAgainstLimit(name, request, limits[name], errors, path);
  }
  const pages = [...Object.keys(limits), ...Object.keys(requests)].some(isHugePages);
  const others = ["cpu", "memory"].some((name) => name in limits || name in requests);
  if (pages && !others) {
    errors.forbidden(path, "HugePages require cpu or memory");
  }
}

function validateAgainstLimit(
  name: string,
  request: string,
  limit: string | undefined,
  errors: ErrorList,
  path: FieldPath,
): void {
  const at = path.child("requests");
  if (limit === undefined) {
    if (!allowsOvercommit(name)) {
      errors.required(path.child("limits"), "Limit must be set for non overcommitable resources");
    }
    return;
  }
  const order = compareQuantities(request, limit);
  if (order !== 0 && !allowsOvercommit(name)) {
    errors.invalid(at, request, `must be equal to ${name} limit of ${limit}`);
  } else if (order > 0) {
    errors.invalid(at, request, `must be less than or equal to ${name} limit of ${limit}`);
  }
}
