import type { ApiObject, DecodeResult } from "../../api/codec.js";
import { apiErrors } from "../../api/status.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { decodeError, fieldValidationOf, validateWriteOptions } from "./decodeBody.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { runUpdate } from "./updateObject.js";
import { inMessage, type WriteTarget } from "./writeObject.js";

const patchTypes = {
  "application/json-patch+json": "jsonPatch",
  "application/merge-patch+json": "mergePatch",
  "application/strategic-merge-patch+json": "strategicMergePatch",
} as const;

type PatchFunction = (typeof patchTypes)[keyof typeof patchTypes];

/** Operations of one JSON patch, as upstream bounds them. */
const maxJsonPatchOperations = 10_000;

export async function patchObject(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
): Promise<ServerResult> {
  const patch = patchFunction(request.contentType);
  validateWriteOptions(request.options, "PatchOptions");
  const body = await request.readBody();
  if (patch === "jsonPatch") {
    checkJsonPatch(body);
  }
  return runUpdate(deps, request, target, {
    optionsKind: "PatchOptions",
    next: (current) => patched(deps, request, target, patch, current, body),
    retries: () => true,
  });
}

export function patchFunction(contentType: string): PatchFunction {
  const found = patchTypes[contentType as keyof typeof patchTypes];
  if (found === undefined) {
    throw apiErrors.unsupportedMediaType(Object.keys(patchTypes));
  }
  return found;
}

/** Patches the served version; the result is of the storage version. */
export function patched(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  patch: PatchFunction,
  current: ApiObject,
  body: Uint8Array,
): ApiObject {
  const { resource, name } = target;
  const served = inMessage(current, resource.message);
  const validation = fieldValidationOf(request.options);
  const result: DecodeResult = deps.codec[patch](served, body, validation);
  if (result.object === undefined) {
    throw patchError(result, resource);
  }
  for (const warning of result.warnings) {
    request.warnings.push(warning.message);
  }
  const meta = result.object.metadata();
  if (meta.name !== name) {
    throw apiErrors.badRequest(
      `the name of the object (${meta.name}) does not match the name on the URL (${name})`,
    );
  }
  return inMessage(result.object, resource.storageMessage);
}

function patchError(
  result: DecodeResult & { object?: undefined },
  resource: WriteTarget["resource"],
): Error {
  const first = result.errors[0];
  if (first?.reason === "syntax") {
    return apiErrors.badRequest(first.message);
  }
  if (first?.reason === "invalidValue") {
    return apiErrors.invalid({ group: "", kind: "" }, "", [
      { type: "FieldValueInvalid", field: first.path || "patch", detail: first.message },
    ]);
  }
  return decodeError(result.errors, resource);
}

function checkJsonPatch(body: Uint8Array): void {
  let operations: unknown;
  try {
    operations = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch (error) {
    throw apiErrors.badRequest(error instanceof Error ? error.message : String(error));
  }
  if (!Array.isArray(operations)) {
    throw apiErrors.badRequest(
      "json: cannot unmarshal object into Go value of type jsonpatch.Patch",
    );
  }
  if (operations.length > maxJsonPatchOperations) {
    throw apiErrors.requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${maxJsonPatchOperations}, ` +
        `got ${operations.length}`,
    );
  }
}
