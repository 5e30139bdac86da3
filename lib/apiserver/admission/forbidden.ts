import { ApiError, apiErrors } from "../../api/status.js";
import type { AdmissionAttributes } from "./admissionPlugin.js";

/**
 * Forbidden, in the words of upstream's plugins: by the object's name, or what it will be named
 * after.
 */
export function forbidden(attributes: AdmissionAttributes, why: string): ApiError {
  const metadata = attributes.object?.metadata as
    | { name?: string; generateName?: string }
    | undefined;
  const name = attributes.name || metadata?.name || metadata?.generateName || "Unknown";
  return apiErrors.forbidden({ group: attributes.group, resource: attributes.resource }, name, why);
}

/** The same with a cause that programs can look for. */
export function forbiddenWithCause(
  attributes: AdmissionAttributes,
  why: string,
  cause: { readonly reason: string; readonly message: string; readonly field: string },
): ApiError {
  const { status } = forbidden(attributes, why);
  return new ApiError({ ...status, details: { ...status.details, causes: [cause] } });
}

export function isPods(group: string, resource: string): boolean {
  return group === "" && resource === "pods";
}
