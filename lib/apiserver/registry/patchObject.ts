import type { ApiObject, DecodeResult, PatchKind } from "../../api/codec.js";
import { fieldErrors } from "../../api/fieldErrors.js";
import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import { mediaTypes } from "../../api/mediaTypes.js";
import { apiErrors } from "../../api/status.js";
import { mediaTypeNotConsumed, unknownFailure, unprocessable } from "../plainError.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { applyObject } from "./applyObject.js";
import { decodeMessage, fieldValidationOf, validateWriteOptions } from "./decodeBody.js";
import { inMessage, isLong, isLongObject } from "./longObjects.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { checkIdentity, runUpdate } from "./updateObject.js";
import type { WriteTarget } from "./writeObject.js";

const patchTypes = {
  [mediaTypes.jsonPatch]: "jsonPatch",
  [mediaTypes.mergePatch]: "mergePatch",
  [mediaTypes.strategicMergePatch]: "strategicMergePatch",
} as const;

/** A strategic patch goes by a schema. */
const unstructuredPatchTypes = [mediaTypes.jsonPatch, mediaTypes.mergePatch];

export function patchObject(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
): MaybePromise<ServerResult> {
  if (request.contentType === mediaTypes.applyYaml) return applyObject(deps, request, target);
  const patch = patchFunction(request.contentType);
  if (target.resource.isUnstructured && patch === "strategicMergePatch") {
    throw apiErrors.unsupportedMediaType(unstructuredPatchTypes);
  }
  validateWriteOptions(request.options, "PatchOptions");
  return andThen(request.readBody(), (body) =>
    runUpdate(deps, request, target, {
      optionsKind: "PatchOptions",
      next: (current) => patched(deps, request, target, patch, current, body),
      retries: true,
    }),
  );
}

export function patchFunction(contentType: string): PatchKind {
  const found = patchTypes[contentType as keyof typeof patchTypes];
  if (found === undefined) {
    throw mediaTypeNotConsumed();
  }
  return found;
}

/** Patches the served version; the result is of the storage version. */
function patched(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  patch: PatchKind,
  current: ApiObject,
  body: Uint8Array,
): MaybePromise<ApiObject> {
  const { resource } = target;
  const validation = fieldValidationOf(request.options);
  const isApart = isLong(body, deps.clock) || isLongObject(current, deps.clock);
  const patching = andThen<ApiObject, DecodeResult>(
    inMessage(deps, current, resource.message),
    (served) =>
      isApart
        ? deps.codec.patchApart(patch, served, body, validation)
        : deps.codec[patch](served, body, validation),
  );
  return andThen(patching, (result) => {
    if (result.object === undefined) throw patchError(patch, result);
    for (const warning of result.warnings) request.warnings.push(warning.message);
    checkIdentity(result.object, target);
    return inMessage(deps, result.object, resource.storageMessage);
  });
}

/** Why a patch did not give an object. */
export function patchError(patch: PatchKind, result: DecodeResult & { object?: undefined }): Error {
  const first = result.errors[0];
  const message = first?.message ?? "";
  if (result.patched !== undefined) {
    const why = decodeMessage(result.errors);
    return apiErrors.invalid({ group: "", kind: "" }, "", [
      fieldErrors.invalid("patch", result.patched, why),
    ]);
  }
  switch (first?.reason) {
    case "invalidValue":
      return patch === "jsonPatch" ? unprocessable() : unknownFailure(message);
    case "tooLarge":
      return apiErrors.requestEntityTooLarge(message);
    default:
      return apiErrors.badRequest(message);
  }
}
