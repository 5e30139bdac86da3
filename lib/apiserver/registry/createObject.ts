import type { ApiObject } from "../../api/codec.js";
import { fieldErrors } from "../../api/fieldErrors.js";
import { ApiError, apiErrors } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { StoredValue } from "../../storage/storage.js";
import type { AdmissionAttributes, ObjectTree } from "../admission/admissionPlugin.js";
import { unknownFailure } from "../plainError.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { CreationDraft } from "./creationDraft.js";
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
  managedFieldsWrite,
  strategyContext,
  throwIfInvalid,
  type WriteTarget,
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
  const draft = await CreationDraft.of(deps, resource, wanted, namespace);
  // A plain object has none.
  const { resourceVersion = "" } = draft.isPlain ? {} : metadataOf(draft.tree);
  if (resourceVersion !== "" && resourceVersion !== "0" && !isDryRun(request.options)) {
    throw unknownFailure("resourceVersion should not be set on objects to be created");
  }
  return createDraft(deps, request, resource, namespace, draft);
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
  const draft = await CreationDraft.of(deps, resource, wanted, namespace);
  return createDraft(deps, request, resource, namespace, draft);
}

async function createDraft(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  namespace: string,
  draft: CreationDraft,
): Promise<ServerResult> {
  const { name, namespace: sent } = draft.names;
  if (sent !== "" && sent !== namespace && namespace !== "") {
    throw apiErrors.badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
  const target: WriteTarget = { resource, namespace, name, subresource: "" };
  // Of what was asked for, before admission changes it. Nothing is said of what is plain.
  const limitations = draft.isPlain ? [] : await lookAtSent(deps, request, target, draft);
  const decision = new WriteDecision();
  let committed = false;
  try {
    const creation = await admitted(deps, request, target, draft, decision);
    request.warnings.push(...limitations);
    const final = await putNew(deps, request, target, draft, creation);
    committed = !isDryRun(request.options);
    return await answerObject(deps, request, resource, final.object, final.resourceVersion, 201);
  } finally {
    await decision.settle(committed);
  }
}

/** Before admission: double owners go, the namespace is the request's. Returns the warnings. */
async function lookAtSent(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  { object, tree }: CreationDraft,
): Promise<readonly string[]> {
  dropEqualOwners(tree, "sent", (message) => request.warnings.push(message));
  await pause(deps, object);
  const limitations = limitationWarnings(target, tree, undefined);
  if (target.resource.namespaced) metadataOf(tree).namespace = target.namespace;
  else delete metadataOf(tree).namespace;
  return limitations;
}

/** A creation that every rule has accepted. */
interface AdmittedCreation {
  readonly name: string;
  /** The object under a name, which is another one than that above on a second try. */
  readonly objectOf: (name: string) => ApiObject | Promise<ApiObject>;
}

/** Admission and the kind's rules, natively as long as the object is plain. */
async function admitted(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  draft: CreationDraft,
  decision: WriteDecision,
): Promise<AdmittedCreation> {
  const { namespace } = target;
  const what = {
    operation: "CREATE",
    get object() {
      return draft.tree;
    },
    get plainPod() {
      return draft.plainPod;
    },
    oldObject: () => undefined,
    options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
  } as const;
  const others = (): Promise<void> | undefined => pause(deps, draft.object);
  const attributes = admissionAttributes(request, target, what, decision, others);
  await deps.admission.admit(attributes);
  const now = deps.clock.now();
  const uid = deps.random.uuid();
  if (draft.isPlain) {
    const write = managedFieldsWrite(deps, request, target);
    const { name: sent, generateName } = draft.names;
    const name = sent === "" && generateName !== "" ? generatedName(deps, generateName) : sent;
    const made = (under: string): ApiObject | undefined =>
      draft.make({ name: under, namespace, uid, created: Math.floor(now / 1000) }, write);
    const first = made(name);
    if (first !== undefined) {
      await deps.admission.validate(attributes);
      return { name, objectOf: (under) => (under === name ? first : required(made(under))) };
    }
    return ruledCreation(deps, request, target, draft, { attributes, uid, now, name });
  }
  return ruledCreation(deps, request, target, draft, { attributes, uid, now, name: "" });
}

function required(made: ApiObject | undefined): ApiObject {
  if (made === undefined) throw new Error("a plain object's next name is not plain");
  return made;
}

/** The rules of the kind on the object's tree. */
async function ruledCreation(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  target: WriteTarget,
  draft: CreationDraft,
  from: {
    readonly attributes: AdmissionAttributes;
    readonly uid: string;
    readonly now: number;
    /** One that was generated already; else empty. */
    readonly name: string;
  },
): Promise<AdmittedCreation> {
  const { resource } = target;
  const { strategy } = resource;
  const { tree, object } = draft;
  const others = (): Promise<void> | undefined => pause(deps, object);
  const managed = await managedFieldsOfWrite(deps, request, target, undefined, object);
  dropEqualOwners(tree, "admitted", (message) => request.warnings.push(message));
  const metadata = metadataOf(tree);
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  delete metadata.resourceVersion;
  metadata.creationTimestamp = formatTime(from.now);
  metadata.uid = from.uid;
  if ((metadata.name ?? "") === "" && (metadata.generateName ?? "") !== "") {
    metadata.name = from.name || generatedName(deps, metadata.generateName ?? "");
  }
  const context = strategyContext(deps, request, { ...target, name: metadata.name ?? "" });
  await others();
  strategy.prepareForCreate?.(tree, context);
  await others();
  const found = strategy.validateCreate?.(tree, context) ?? [];
  await others();
  const examination = { context, authorizer: deps.authorizer };
  const errors = (await strategy.examine?.(tree, undefined, found, examination)) ?? found;
  throwIfInvalid(resource, metadata.name ?? "", errors);
  requireKeyName(resource, metadata.name ?? "");
  await deps.admission.validate(from.attributes);
  return {
    name: metadata.name ?? "",
    objectOf: (name) => {
      metadata.name = name;
      return fromTree(deps, object, tree, resource, managed);
    },
  };
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
  draft: CreationDraft,
  creation: AdmittedCreation,
): Promise<{ object: ApiObject; resourceVersion: string }> {
  const { resource, namespace } = target;
  const { generateName } = draft.names;
  const generated = target.name === "" && generateName !== "";
  let { name } = creation;
  for (let attempt = 1; ; attempt += 1) {
    const key = resource.key(namespace, name);
    const object = await creation.objectOf(name);
    const outcome = await putIfAbsent(deps, request, resource, key, object);
    if (!("takenBy" in outcome)) return { object, ...outcome };
    if (!generated) {
      throw taken(deps, resource, outcome.takenBy, apiErrors.alreadyExists(resource, name));
    }
    if (attempt >= generateNameTries) {
      throw apiErrors.generateNameConflict(resource, name, 1);
    }
    name = generatedName(deps, generateName);
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
