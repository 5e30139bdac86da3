import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { DeleteOptions } from "./deleteOptions.js";

const apiVersion = "meta.k8s.io/v1";

/**
 * The options of a write as admission sees them: by what is done, not by how it was asked for. A
 * patch has UpdateOptions.
 */
export function writeOptions(
  kind: "CreateOptions" | "UpdateOptions",
  { options: { dryRun, fieldManager, fieldValidation } }: Pick<AuthenticatedRequest, "options">,
): ObjectTree {
  return {
    kind,
    apiVersion,
    ...(dryRun.length === 0 ? {} : { dryRun: [...dryRun] }),
    ...(fieldManager === "" ? {} : { fieldManager }),
    ...(fieldValidation === "" ? {} : { fieldValidation }),
  };
}

export function deletionOptions(options: DeleteOptions): ObjectTree {
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, dryRun } = options;
  const { preconditionUid: uid, preconditionResourceVersion: resourceVersion } = options;
  const preconditions = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return {
    kind: "DeleteOptions",
    apiVersion,
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
    ...(orphanDependents === undefined ? {} : { orphanDependents }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(dryRun ? { dryRun: ["All"] } : {}),
  };
}
