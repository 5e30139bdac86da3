import type { ApiObject } from "../../api/codec.js";
import { fieldErrors } from "../../api/fieldErrors.js";
import { andThen, ensuring, type MaybePromise, orElse } from "../../api/maybePromise.js";
import { nameAlphabet } from "../../api/nameAlphabet.js";
import { ApiError, apiErrors } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { StoredValue } from "../../storage/storage.js";
import type { AdmissionAttributes, ObjectTree } from "../admission/admissionPlugin.js";
import { forbidden } from "../authorizeRequest.js";
import { unknownFailure } from "../plainError.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { runStages, type Stage, stageOf } from "../stages.js";
import { writeOptions } from "./admissionOptions.js";
import { CreationDraft } from "./creationDraft.js";
import {
  decodeBody,
  fieldValidationOf,
  isDryRun,
  requireBounded,
  validateWriteOptions,
} from "./decodeBody.js";
import { refuseLateWrite } from "./lateWrite.js";
import { limitationWarnings } from "./limitationWarnings.js";
import { inMessage, pause, storedOf } from "./longObjects.js";
import { metadataOf } from "./objectMeta.js";
import { dropEqualOwners } from "./ownerReferences.js";
import { recordWrite } from "./recordWrite.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";
import { isClaimLost } from "./writeClaims.js";
import { WriteHooks } from "./writeHooks.js";
import {
  admissionAttributes,
  fromTree,
  managedFieldsOfWrite,
  managedFieldsWrite,
  objectResult,
  strategyContext,
  throwIfInvalid,
  type WriteTarget,
} from "./writeObject.js";
import { writeVersion } from "./writeVersion.js";

/** Attempts of one creation that others take what it wants to hold from. */
const claimTries = 200;
/** Names tried for one generateName before the client is told to try again. */
const generateNameTries = 8;
const suffixLength = 5;
const maxGeneratedBase = 63 - suffixLength;

/** Somebody else has what the object was to hold: it is decided anew. */
class LostClaim extends Error {
  constructor() {
    super("others keep taking what the object is to hold");
  }
}

/**
 * What a write of something absent has brought: a PUT where it may create, or an apply. It may
 * carry a resourceVersion, and is of the served version.
 */
export interface PutObject {
  readonly object: ApiObject;
  /** It has its managers. */
  readonly isApplied?: boolean;
}

/** One creation; its stages fill it in, in the order of the fields. */
class Creation {
  readonly deps: RegistryDependencies;
  readonly request: AuthenticatedRequest;
  /** Its name is the one that was sent; empty until the object is read. */
  target: WriteTarget;
  readonly put: PutObject | undefined;
  decoded: ApiObject | undefined = undefined;
  /** Warnings of the request up to there. */
  warningsOfBody = 0;
  draft: CreationDraft | undefined = undefined;
  /** Warnings of what has no effect, of what was asked for: given once admission has passed. */
  limitations: readonly string[] = [];
  attributes: AdmissionAttributes | undefined = undefined;
  stamp: Stamp | undefined = undefined;
  /** Of a plain one: what is stored of it. */
  native: ObjectUnder | undefined = undefined;
  /** Of others: has the metadata.managedFields. */
  managed: ApiObject | undefined = undefined;
  objectUnder: ObjectUnder | undefined = undefined;
  created: { readonly object: ApiObject; readonly resourceVersion: string } | undefined = undefined;
  result: ServerResult | undefined = undefined;
  readonly hooks = new WriteHooks();

  constructor(
    deps: RegistryDependencies,
    request: AuthenticatedRequest,
    target: WriteTarget,
    put: PutObject | undefined,
  ) {
    this.deps = deps;
    this.request = request;
    this.target = target;
    this.put = put;
  }

  readonly warn = (message: string): void => {
    this.request.warnings.push(message);
  };

  /** Lets others have their turn where the object is long. */
  readonly pause = (): Promise<void> | undefined =>
    this.draft === undefined ? undefined : pause(this.deps, this.draft.object);
}

/** Gives the object under a name, which is another one than its own on a second try. */
type ObjectUnder = (name: string) => MaybePromise<ApiObject>;

/** What the server gives a new object. */
interface Stamp {
  /** Empty where the kind's rules have to find it missing. */
  name: string;
  readonly uid: string;
  readonly now: number;
}

const stage = stageOf<Creation>();

/**
 * The way of an object that is created, from its body to the response. A plain one stays native
 * (creationDraft.ts); others become a JSON tree for the rules. docs/apiserver.md shows this list.
 */
export const createStages: readonly Stage<Creation>[] = [
  stage({
    name: "decode",
    needs: [],
    gives: ["decoded"],
    errors: ["BadRequest", "UnsupportedMediaType", "RequestEntityTooLarge", "Invalid"],
    run(creation) {
      const { warnings } = creation.request;
      creation.warningsOfBody = warnings.length;
      // A further attempt has it.
      if (creation.decoded !== undefined) return;
      return andThen(decoded(creation), (object) => {
        creation.warningsOfBody = warnings.length;
        requireBounded(object);
        creation.decoded = object;
      });
    },
  }),
  stage({
    name: "default",
    needs: ["decoded"],
    gives: ["draft", "limitations"],
    errors: ["BadRequest"],
    run(creation) {
      const { deps, target } = creation;
      const stored = inMessage(deps, creation.decoded, target.resource.storageMessage);
      const drafted = andThen(stored, (object) =>
        CreationDraft.of(deps, target.resource, object, target.namespace, isApplied(creation)),
      );
      return andThen(drafted, (draft) => lookAtSent(creation, draft));
    },
  }),
  stage({
    name: "mutate",
    needs: ["draft"],
    gives: ["attributes"],
    errors: ["Forbidden", "Invalid", "NotFound", "ServerTimeout"],
    run(creation) {
      const attributes = attributesOf(creation, creation.draft);
      creation.attributes = attributes;
      return creation.deps.admission.admit(attributes);
    },
  }),
  stage({
    name: "managedFields",
    needs: ["draft"],
    gives: ["stamp", "native", "managed"],
    errors: [],
    run(creation) {
      const { deps, draft, request, target } = creation;
      stampPlain(creation, draft);
      if (creation.native !== undefined) return;
      if (creation.put?.isApplied === true) {
        creation.managed = draft.object;
        return;
      }
      // Of the object as it was sent, with defaults: nobody owns what a plugin added.
      const managing = managedFieldsOfWrite(deps, request, target, undefined, draft.object);
      return andThen(managing, (managed) => {
        creation.managed = managed;
      });
    },
  }),
  stage({
    name: "validate",
    needs: ["draft", "stamp"],
    gives: ["objectUnder"],
    errors: ["Invalid", "Forbidden"],
    run(creation) {
      const { managed } = creation;
      // No rule has anything to say of what was made natively.
      if (managed === undefined) creation.objectUnder = creation.native;
      else return prepareAndValidate(creation, creation.draft, creation.stamp, managed);
    },
  }),
  stage({
    name: "admission",
    needs: ["attributes"],
    gives: [],
    errors: ["Forbidden", "Invalid", "NotFound", "ServerTimeout"],
    run(creation) {
      const { deps, attributes, limitations, request } = creation;
      return andThen(requireMayCreate(creation), () =>
        andThen(deps.admission.validate(attributes), () => {
          request.warnings.push(...limitations);
        }),
      );
    },
  }),
  stage({
    name: "commit",
    needs: ["draft", "stamp", "objectUnder"],
    gives: ["created"],
    errors: ["AlreadyExists", "RequestEntityTooLarge", "ServiceUnavailable"],
    run(creation) {
      return andThen(putNew(creation, creation, creation.stamp.name, 1), (created) => {
        creation.created = created;
      });
    },
  }),
  stage({
    name: "encode",
    needs: ["created", "draft", "attributes"],
    gives: ["result"],
    errors: ["NotAcceptable"],
    run(creation) {
      const { deps, request, target } = creation;
      const { object, resourceVersion } = creation.created;
      // A PUT of something absent is followed by PUTs of what is there.
      if (creation.put === undefined) recordWrite(creation, (like) => creation.draft.like(like));
      const encoding = objectResult(deps, request, target.resource, object, resourceVersion, 201);
      return andThen(encoding, (result) => {
        creation.result = result;
      });
    },
  }),
];

export function createObject(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  namespace: string,
  put?: PutObject,
): MaybePromise<ServerResult> {
  const target = { resource, namespace, name: "", subresource: "" };
  const attempt = (number: number, before?: Creation): MaybePromise<ServerResult> => {
    const creation = new Creation(deps, request, target, put);
    creation.decoded = before?.decoded;
    return orElse(
      () => runCreation(creation),
      (error) => {
        if (!(error instanceof LostClaim) || number === claimTries) throw error;
        // The next attempt warns of the same things again, but of the body's.
        request.warnings.length = creation.warningsOfBody;
        return attempt(number + 1, creation);
      },
    );
  };
  return attempt(1);
}

function runCreation(creation: Creation): MaybePromise<ServerResult> {
  const isDry = isDryRun(creation.request.options);
  return ensuring(
    () =>
      andThen(runStages(createStages, creation), () => {
        if (creation.result === undefined) throw new Error("the last stage gave no result");
        return creation.result;
      }),
    () => creation.hooks.run(creation.created !== undefined && !isDry),
  );
}

/** The object in the body; or the one that a PUT of something absent has brought. */
function decoded(creation: Creation): MaybePromise<ApiObject> {
  const { deps, request, target, put, warn } = creation;
  if (put !== undefined) return put.object;
  validateWriteOptions(request.options, "CreateOptions");
  const validation = fieldValidationOf(request.options);
  return andThen(request.readBody(), (body) =>
    decodeBody(deps, body, request.contentType, target.resource, validation, warn),
  );
}

function isApplied({ put }: Creation): boolean {
  return put?.isApplied === true;
}

/** Who may write what is there need not be allowed to create it. */
function requireMayCreate({ deps, put, request, target }: Creation): MaybePromise<void> {
  if (put === undefined) return;
  const { resource, namespace, name } = target;
  const attributes = {
    user: request.user,
    verb: "create",
    isResourceRequest: true,
    group: resource.group,
    version: resource.version,
    resource: resource.resource,
    subresource: "",
    namespace,
    name,
    path: "",
  } as const;
  return andThen(deps.authorizer.authorize(attributes), ({ outcome, reason }) => {
    if (outcome !== "allow") throw forbidden(attributes, reason);
  });
}

/** Before admission: double owners go, the namespace is the request's. */
function lookAtSent(creation: Creation, draft: CreationDraft): MaybePromise<void> {
  const { request, warn } = creation;
  const { resource, namespace } = creation.target;
  // A plain object has none.
  const { resourceVersion = "" } = draft.isPlain ? {} : metadataOf(draft.tree);
  const isVersioned = resourceVersion !== "" && resourceVersion !== "0";
  if (isVersioned && creation.put === undefined && !isDryRun(request.options)) {
    throw unknownFailure("resourceVersion should not be set on objects to be created");
  }
  const { name, namespace: sent } = draft.names;
  if (sent !== "" && sent !== namespace && namespace !== "") {
    throw apiErrors.badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
  creation.target = { ...creation.target, name };
  creation.draft = draft;
  if (draft.isPlain) return;
  const { tree } = draft;
  dropEqualOwners(tree, "sent", warn);
  return andThen(creation.pause(), () => {
    creation.limitations = limitationWarnings(creation.target, tree, undefined);
    if (resource.namespaced) metadataOf(tree).namespace = namespace;
    else delete metadataOf(tree).namespace;
  });
}

function attributesOf(creation: Creation, draft: CreationDraft): AdmissionAttributes {
  const what = {
    operation: "CREATE",
    get object() {
      return draft.tree;
    },
    get plainPod() {
      return draft.plainPod;
    },
    oldObject: () => undefined,
    options: () => writeOptions("CreateOptions", creation.request),
  } as const;
  return admissionAttributes(creation.request, creation.target, what, creation);
}

/** The server's own fields; of an object that is still plain also what is stored of it. */
function stampPlain(creation: Creation, draft: CreationDraft): void {
  const { deps, request, target } = creation;
  const stamp: Stamp = { name: "", uid: deps.random.uuid(), now: deps.clock.now() };
  creation.stamp = stamp;
  if (!draft.isPlain) return;
  const write = managedFieldsWrite(deps, request, target);
  const { name: sent, generateName } = draft.names;
  stamp.name = sent === "" && generateName !== "" ? generatedName(deps, generateName) : sent;
  const { uid, now } = stamp;
  const { namespace } = target;
  const made = (name: string): ApiObject | undefined =>
    draft.make({ name, namespace, uid, created: Math.floor(now / 1000) }, write);
  const first = made(stamp.name);
  if (first === undefined) return;
  creation.native = (name) => (name === stamp.name ? first : required(made(name)));
}

function required(made: ApiObject | undefined): ApiObject {
  if (made === undefined) throw new Error("a plain object's next name is not plain");
  return made;
}

/** The server's own fields and the rules of the kind, on the object's tree. */
function prepareAndValidate(
  creation: Creation,
  { tree, object }: CreationDraft,
  stamp: Stamp,
  managed: ApiObject,
): MaybePromise<void> {
  const { deps, request, target, warn, pause: others } = creation;
  const { strategy } = target.resource;
  dropEqualOwners(tree, "admitted", warn);
  const name = stampTree(deps, tree, stamp);
  const context = strategyContext(deps, request, { ...target, name });
  const prepared = andThen(others(), () => {
    strategy.prepareForCreate?.(tree, context);
    return others();
  });
  const validated = andThen(prepared, () => {
    const found = strategy.validateCreate?.(tree, context) ?? [];
    return andThen(others(), () => {
      const examination = { context, authorizer: deps.authorizer };
      return strategy.examine?.(tree, undefined, found, examination) ?? found;
    });
  });
  return andThen(validated, (errors) => {
    const named = metadataOf(tree).name ?? "";
    throwIfInvalid(target.resource, named, errors);
    requireKeyName(target.resource, named);
    stamp.name = named;
    creation.objectUnder = (under) => {
      metadataOf(tree).name = under;
      return fromTree(deps, object, tree, target.resource, managed);
    };
  });
}

/** Returns the name that the object has then. */
function stampTree(deps: RegistryDependencies, tree: ObjectTree, stamp: Stamp): string {
  const metadata = metadataOf(tree);
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  delete metadata.resourceVersion;
  metadata.creationTimestamp = formatTime(stamp.now);
  metadata.uid = stamp.uid;
  const { name = "", generateName = "" } = metadata;
  if (name === "" && generateName !== "") {
    metadata.name = stamp.name || generatedName(deps, generateName);
  }
  return metadata.name ?? "";
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
    suffix += nameAlphabet[deps.random.below(nameAlphabet.length)];
  }
  return base.slice(0, maxGeneratedBase) + suffix;
}

interface Created {
  readonly object: ApiObject;
  /** Empty for a dry run. */
  readonly resourceVersion: string;
}

/** Writes the new object; a generated name that is taken is drawn again. */
function putNew(
  creation: Creation,
  made: {
    readonly draft: CreationDraft;
    readonly objectUnder: ObjectUnder;
  },
  name: string,
  attempt: number,
): MaybePromise<Created> {
  const { deps, target } = creation;
  const { resource } = target;
  const { generateName } = made.draft.names;
  return andThen(made.objectUnder(name), (object) =>
    andThen(putIfAbsent(creation, resource.key(target.namespace, name), object), (outcome) => {
      if (!("takenBy" in outcome)) return { object, ...outcome };
      if (target.name !== "" || generateName === "") {
        throw taken(deps, resource, outcome.takenBy, apiErrors.alreadyExists(resource, name));
      }
      if (attempt >= generateNameTries) throw apiErrors.generateNameConflict(resource, name, 1);
      return putNew(creation, made, generatedName(deps, generateName), attempt + 1);
    }),
  );
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
function putIfAbsent(
  { deps, request, target }: Creation,
  key: string,
  object: ApiObject,
): MaybePromise<Omit<Created, "object"> | { readonly takenBy: StoredValue | undefined }> {
  if (isDryRun(request.options)) {
    return andThen(deps.storage.get(key), (existing) =>
      existing === undefined ? { resourceVersion: "" } : { takenBy: existing },
    );
  }
  const writing = andThen(storedOf(deps, object), (value) => {
    const at = { key, over: undefined };
    refuseLateWrite(request);
    return writeVersion(deps, "create", target.resource, at, { value, renewsLease: true });
  });
  return andThen(writing, (result) => {
    if (result.succeeded) return { resourceVersion: String(result.revision) };
    if (isClaimLost(result)) throw new LostClaim();
    return { takenBy: result.current };
  });
}
