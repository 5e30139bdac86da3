import type { ApiObject, ApplyResult } from "../../api/codec.js";
import { andThen, type MaybePromise, orElse } from "../../api/maybePromise.js";
import { apiErrors, hasReason } from "../../api/status.js";
import { unknownFailure } from "../plainError.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { createObject } from "./createObject.js";
import { fieldValidationOf, validateWriteOptions } from "./decodeBody.js";
import { inMessage, isLong, isLongObject } from "./longObjects.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { checkIdentity, runUpdate } from "./updateObject.js";
import { managedFieldsWrite, type WriteTarget } from "./writeObject.js";

/** How often an object that is gone again is applied anew. */
const maxTries = 8;

/**
 * Server-side apply: a PATCH whose body says what its manager wants of the object. Where there is
 * none it is created; where somebody else creates it meanwhile, it is applied to that one.
 */
export function applyObject(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
): MaybePromise<ServerResult> {
  validateWriteOptions(request.options, "apply");
  const warnings = request.warnings.length;
  return andThen(request.readBody(), (body) => {
    const attempt = (number: number): MaybePromise<ServerResult> =>
      orElse(
        () => applyOnce(deps, request, target, body),
        (error) => {
          if (number >= maxTries || !hasReason(error, "AlreadyExists")) throw error;
          request.warnings.length = warnings;
          return attempt(number + 1);
        },
      );
    return attempt(1);
  });
}

function applyOnce(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  body: Uint8Array,
): MaybePromise<ServerResult> {
  const { resource, subresource } = target;
  const created = () =>
    andThen(applied(deps, request, target, undefined, body), (object) => {
      const { uid } = object.identity();
      if (uid === "") return create(deps, request, target, object);
      const why =
        `uid mismatch: the provided object specified uid ${uid}, ` +
        "and no existing object was found";
      throw apiErrors.conflict(resource, target.name, why);
    });
  return runUpdate(deps, request, target, {
    optionsKind: "PatchOptions",
    hasManagers: true,
    next: (current) =>
      andThen(applied(deps, request, target, current, body), (object) =>
        inMessage(deps, object, resource.storageMessage),
      ),
    retries: true,
    ...(subresource === "" ? { whenAbsent: created } : {}),
  });
}

function create(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  { resource, namespace }: WriteTarget,
  object: ApiObject,
): MaybePromise<ServerResult> {
  return createObject(deps, request, resource, namespace, { object, isApplied: true });
}

/** The object as it is then, of the served version, with its managers. */
function applied(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  current: ApiObject | undefined,
  body: Uint8Array,
): MaybePromise<ApiObject> {
  const { message } = target.resource;
  const write = { ...managedFieldsWrite(deps, request, target), operation: "Apply" } as const;
  const force = request.options.force === true;
  const isApart =
    isLong(body, deps.clock) || (current !== undefined && isLongObject(current, deps.clock));
  const live = current === undefined ? undefined : inMessage(deps, current, message);
  const applying = andThen<ApiObject | undefined, ApplyResult>(live, (served) =>
    isApart
      ? deps.codec.applyApart(message, served, body, write, force)
      : deps.codec.apply(message, served, body, write, force),
  );
  return andThen(applying, (result) => {
    if (result.object === undefined) throw refusedApply(result);
    tellDuplicates(request, result.duplicates);
    checkIdentity(result.object, target);
    return result.object;
  });
}

/** Why a configuration was not applied. */
export function refusedApply(result: ApplyResult & { readonly object?: undefined }): Error {
  const { reason, message, causes } = result;
  if (reason === "badRequest") return apiErrors.badRequest(message);
  if (reason === "failed") return unknownFailure(message);
  const fields = causes.map((cause) => ({ reason: "FieldManagerConflict", ...cause }));
  return apiErrors.applyConflict(fields, message);
}

/** What is there twice in a configuration is refused once all else of it is right. */
export function tellDuplicates(request: AuthenticatedRequest, duplicates: readonly string[]): void {
  const validation = fieldValidationOf(request.options);
  if (duplicates.length === 0 || validation === "Ignore") return;
  if (validation === "Strict") {
    const told = `yaml: unmarshal errors:\n  ${duplicates.join("\n  ")}`;
    const message = `error strict decoding patch: error converting YAML to JSON: ${told}`;
    throw apiErrors.badRequest(message);
  }
  request.warnings.push(...duplicates);
}
