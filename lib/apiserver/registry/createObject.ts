import type { ApiObject } from "../../api/codec.js";
import { fieldErrors } from "../../api/fieldErrors.js";
import { ApiError, apiErrors } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { StoredValue } from "../../storage/storage.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import { unknownFailure } from "../plainError.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import {
  decodeBody,
  fieldValidationOf,
  isDryRun,
  requireBounded,
  validateWriteOptions,
} from "./decodeBody.js";
import { eventLease } from "./eventLease.js";
import { limitationWarnings } from "./limitationWarnings.js";
import { inMessage, pause, storedOf } from "./longObjects.js";
import { metadataOf } from "./objectMeta.js";
import { dropEqualOwners } from "./ownerReferences.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";
import { transactFor } from "./transactFor.js";
import { WriteDecision } from "./writeDecision.js";
import {
  admissionAttributes,
  answerObject,
  fromTree,
  managedFieldsOfWrite,
  strategyContext,
  throwIfInvalid,
  type WriteTarget,
  withDefaults,
} from "./writeObject.js";

/** Names tried for one generateName before the client is told to try again. */
const generateNameTries = 8;
const suffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";
const suffixLength = 5;
const maxGeneratedBase = 63 - suffixLength;

export async function createObject(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  namespace: string,
): Promise<ServerResult> {
  validateWriteOptions(request.options, "CreateOptions");
  const body = await request.readBody();
  const object = await decodeBody(
    deps,
    body,
    request.contentType,
    resource,
    fieldValidationOf(request.options),
    (message) => request.warnings.push(message),
  );
  const wanted = await inMessage(deps, object, resource.storageMessage);
  const defaulted = await withDefaults(deps, resource, wanted);
  // Read off the tree: asking the native object again would cost a crossing of its own.
  const { resourceVersion = "" } = metadataOf(defaulted.tree);
  if (resourceVersion !== "" && resourceVersion !== "0" && !isDryRun(request.options)) {
    throw unknownFailure("resourceVersion should not be set on objects to be created");
  }
  return createDefaulted(deps, request, resource, namespace, defaulted);
}

/**
 * The way of PUT where it may create, whatever resourceVersion it carries. The object is of the
 * served version.
 */
export async function createDecoded(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  namespace: string,
  decoded: ApiObject,
): Promise<ServerResult> {
  requireBounded(decoded);
  const wanted = await inMessage(deps, decoded, resource.storageMessage);
  const defaulted = await withDefaults(deps, resource, wanted);
  return createDefaulted(deps, request, resource, namespace, defaulted);
}

async function createDefaulted(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  namespace: string,
  defaulted: { readonly object: ApiObject; readonly tree: ObjectTree },
): Promise<ServerResult> {
  const { object, tree } = defaulted;
  const meta = metadataOf(tree);
  const sent = meta.namespace ?? "";
  if (sent !== "" && sent !== namespace && namespace !== "") {
    throw apiErrors.badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
  const target: WriteTarget = { resource, namespace, name: meta.name ?? "", subresource: "" };
  dropEqualOwners(tree, "sent", (message) => request.warnings.push(message));
  await pause(deps, object);
  // Of what was asked for, before admission changes it.
  const limitations = limitationWarnings(target, tree, undefined);
  const managed = await managedFieldsOfWrite(deps, request, target, undefined, object);
  if (resource.namespaced) {
    meta.namespace = namespace;
  } else {
    delete meta.namespace;
  }
  const decision = new WriteDecision();
  let committed = false;
  try {
    await admitAndPrepare(deps, request, target, { object, tree }, decision);
    request.warnings.push(...limitations);
    const final = await putNew(deps, request, target, { base: object, managed, tree });
    committed = !isDryRun(request.options);
    return await answerObject(deps, request, resource, final.object, final.resourceVersion, 201);
  } finally {
    await decision.settle(committed);
  }
}

async function admitAndPrepare(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  what: { readonly object: ApiObject; readonly tree: ObjectTree },
  decision: WriteDecision,
): Promise<void> {
  const { resource } = target;
  const { object, tree } = what;
  const others = (): Promise<void> | undefined => pause(deps, object);
  const creation = {
    operation: "CREATE",
    object: tree,
    oldObject: () => undefined,
    options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
  } as const;
  const attributes = admissionAttributes(request, target, creation, decision, others);
  await deps.admission.admit(attributes);
  dropEqualOwners(tree, "admitted", (message) => request.warnings.push(message));
  const metadata = metadataOf(tree);
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  delete metadata.resourceVersion;
  metadata.creationTimestamp = formatTime(deps.clock.now());
  metadata.uid = deps.random.uuid();
  if ((metadata.name ?? "") === "" && (metadata.generateName ?? "") !== "") {
    metadata.name = generatedName(deps, metadata.generateName ?? "");
  }
  const context = strategyContext(deps, request, { ...target, name: metadata.name ?? "" });
  await others();
  resource.strategy.prepareForCreate?.(tree, context);
  const { strategy } = resource;
  await others();
  const found = strategy.validateCreate?.(tree, context) ?? [];
  await others();
  const from = { context, authorizer: deps.authorizer };
  const errors = (await strategy.examine?.(tree, undefined, found, from)) ?? found;
  throwIfInvalid(resource, metadata.name ?? "", errors);
  requireKeyName(resource, metadata.name ?? "");
  await deps.admission.validate(attributes);
}

/** Whatever the kind's rules say: a name becomes one segment of the key. */
function requireKeyName(resource: ServedResource, name: string): void {
  if (name === "" || name.includes("/")) {
    throwIfInvalid(resource, name, [
      name === ""
        ? fieldErrors.required("metadata.name", "name or generateName is required")
        : fieldErrors.invalid("metadata.name", name, "may not contain '/'"),
    ]);
  }
}

function generatedName(deps: RegistryDependencies, base: string): string {
  let suffix = "";
  for (let i = 0; i < suffixLength; i += 1) {
    suffix += suffixAlphabet[deps.random.below(suffixAlphabet.length)];
  }
  return base.slice(0, maxGeneratedBase) + suffix;
}

/** Writes the new object; a generated name that is taken is drawn again. */
async function putNew(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  what: { base: ApiObject; managed: ApiObject; tree: ObjectTree },
): Promise<{ object: ApiObject; resourceVersion: string }> {
  const { resource, namespace } = target;
  const metadata = metadataOf(what.tree);
  const generated = target.name === "" && (metadata.generateName ?? "") !== "";
  for (let attempt = 1; ; attempt += 1) {
    const name = metadata.name ?? "";
    const key = resource.key(namespace, name);
    const object = await fromTree(deps, what.base, what.tree, resource, what.managed);
    const outcome = await putIfAbsent(deps, request, resource, key, object);
    if (!("takenBy" in outcome)) return { object, ...outcome };
    if (!generated) {
      throw taken(deps, resource, outcome.takenBy, apiErrors.alreadyExists(resource, name));
    }
    if (attempt >= generateNameTries) {
      throw apiErrors.generateNameConflict(resource, name, 1);
    }
    metadata.name = generatedName(deps, metadata.generateName ?? "");
  }
}

/** The error where a name is taken: it says so when the object that has it is going. */
function taken(
  deps: RegistryDependencies,
  resource: ServedResource,
  by: StoredValue | undefined,
  error: ApiError,
): ApiError {
  if (by === undefined) return error;
  const revision = String(by.modRevision);
  const existing = deps.codec.decodeStored(by.value, resource.storageMessage, revision);
  const { deletionTimestamp } = metadataOf(JSON.parse(existing.json()) as ObjectTree);
  if (deletionTimestamp === undefined) return error;
  return new ApiError({ ...error.status, message: `object is being deleted: ${error.message}` });
}

/** The new resourceVersion, empty for a dry run; or who has the key. */
async function putIfAbsent(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  key: string,
  object: ApiObject,
): Promise<{ readonly resourceVersion: string } | { readonly takenBy: StoredValue | undefined }> {
  if (isDryRun(request.options)) {
    const existing = await deps.storage.get(key);
    return existing === undefined ? { resourceVersion: "" } : { takenBy: existing };
  }
  const leaseId = await eventLease(deps, resource);
  const value = await storedOf(deps, object);
  const result = await transactFor(deps, "create", resource, {
    compare: [{ key, target: "modRevision", equals: 0 }],
    success: [
      {
        type: "put",
        key,
        value,
        ...(leaseId === undefined ? {} : { leaseId }),
      },
    ],
  });
  return result.succeeded
    ? { resourceVersion: String(result.revision) }
    : { takenBy: result.current };
}
