import { addon } from "../native/addon.js";
import type {
  AppliedData,
  BodyData,
  CodecErrorData,
  NativeObject,
  WriteInput,
  WritesInput,
} from "../native/gen/addon.js";
import {
  type ApiObject,
  type ApplyResult,
  type BodyForm,
  type Codec,
  type CodecError,
  CodecFailure,
  type CreationStamp,
  type CreationsLike,
  type DecodeOptions,
  type DecodeResult,
  type FieldValidation,
  type Format,
  type KindDescription,
  type ManagedFieldsOptions,
  type ObjectIdentity,
  type ObjectMetadata,
  type ObjectOwner,
  type PlainChange,
  type PlainObject,
  type ReadBody,
  type UpdatesLike,
  type WritesLike,
} from "./codec.js";
import { ObjectsOfOneRequest } from "./ownedCodec.js";

const formatCodes = { json: 0, protobuf: 1, message: 2 } as const satisfies Record<Format, number>;
const validationCodes = { Ignore: 0, Warn: 1, Strict: 2 } as const satisfies Record<
  FieldValidation,
  number
>;
/** Beside the formats, of bodies. */
const yamlCode = 3;
/** Long calls that run at once. The pool they run on has four threads, for others too. */
const maxApart = 2;
/** Beside the formats: a stored value, whose first bytes tell its form. */
const storedCode = 3;
const defaultMaxBytes = 3 * 1024 * 1024;
const noWarnings: readonly CodecError[] = [];

interface Message extends KindDescription {
  readonly number: number;
}

interface Messages {
  /** With holes, where a message of another thread's asking has the number. */
  readonly byNumber: Message[];
  /** The built-in ones, and those without a schema that were asked for. */
  readonly byName: Map<string, Message>;
  /** By `apps/v1/Deployment`. */
  readonly byKind: ReadonlyMap<string, Message>;
}

let loaded: Messages | undefined;

/** The model's messages. Read from the addon once a thread, when first asked for. */
function messages(): Messages {
  if (loaded !== undefined) return loaded;
  const all = addon.codecMessages();
  const byNumber = all.map((m, number) => ({
    number,
    messageType: m.name,
    group: m.group,
    version: m.version,
    kind: m.kind,
    storedMessageType: all[m.stored]!.name,
  }));
  loaded = {
    byNumber,
    byName: new Map(byNumber.map((m) => [m.messageType, m])),
    byKind: new Map(
      byNumber.filter((m) => m.kind !== "").map((m) => [`${apiVersionOf(m)}/${m.kind}`, m]),
    ),
  };
  return loaded;
}

function apiVersionOf(kind: { group: string; version: string }): string {
  return kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
}

function numberOf(messageType: string): number {
  const message = messages().byName.get(messageType) ?? unstructured(messageType);
  if (message === undefined) throw new CodecFailure(`the model has no message ${messageType}`);
  return message.number;
}

/** A message that exists because it is asked for; undefined for other names. */
function unstructured(messageType: string): Message | undefined {
  const number = addon.codecMessageNumber(messageType) ?? undefined;
  if (number === undefined) return undefined;
  const [, group = "", version = "", kind = ""] = messageType.split("/");
  const message = { number, messageType, group, version, kind, storedMessageType: messageType };
  messages().byNumber[number] = message;
  messages().byName.set(messageType, message);
  return message;
}

function resultOf(outcome: NativeObject | CodecErrorData[], owner?: ObjectOwner): DecodeResult {
  if (Array.isArray(outcome)) return { errors: outcome as CodecError[] };
  const warnings = outcome.hasWarnings ? (outcome.warnings() as CodecError[]) : noWarnings;
  return { object: new NativeApiObject(outcome, owner), warnings };
}

/** Native errors of calls that cannot be answered, under a name that callers can tell. */
function guarded<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new CodecFailure(error instanceof Error ? error.message : String(error));
  }
}

class NativeApiObject implements ApiObject {
  readonly messageType: string;
  readonly heldBytes: number;
  /** Undefined once it was released. */
  #handle: NativeObject | undefined;
  #owner: ObjectOwner | undefined;
  #metadata: ObjectMetadata | undefined;
  #identity: ObjectIdentity | undefined;
  /** Once asked for. */
  #stored: Uint8Array | undefined;

  constructor(handle: NativeObject, owner?: ObjectOwner) {
    this.#handle = handle;
    this.heldBytes = handle.account();
    this.messageType = messages().byNumber[handle.message]!.messageType;
    if (owner !== undefined) this.giveTo(owner);
  }

  get handle(): NativeObject {
    if (this.#handle === undefined) throw new CodecFailure("the object was released");
    return this.#handle;
  }

  get owner(): ObjectOwner | undefined {
    return this.#owner;
  }

  giveTo(owner: ObjectOwner): void {
    this.#owner = owner;
    owner.add(this);
  }

  release(): void {
    this.#handle?.release();
    this.#handle = undefined;
  }

  metadata(): ObjectMetadata {
    this.#metadata ??= readMetadata(this.handle);
    return this.#metadata;
  }

  identity(): ObjectIdentity {
    this.#identity ??= readIdentity(this.handle);
    return this.#identity;
  }

  json(): string {
    return this.handle.json();
  }

  excess(live?: ApiObject): CodecError | undefined {
    const before = live === undefined ? undefined : handleOf(live);
    return (this.handle.excess(before) ?? undefined) as CodecError | undefined;
  }

  jsonUnmanaged(): string {
    return this.handle.jsonUnmanaged();
  }

  jsonUnmanagedApart(): Promise<string> {
    return apart(() => addon.codecJsonUnmanagedApart(this.handle));
  }

  withJson(text: string, managed?: ApiObject): DecodeResult {
    const other = managed === undefined ? undefined : handleOf(managed);
    return resultOf(this.handle.withJson(text, other), this.#owner);
  }

  async withJsonApart(text: string, managed?: ApiObject): Promise<DecodeResult> {
    const other = managed === undefined ? undefined : handleOf(managed);
    const outcome = await apart(() => addon.codecWithJsonApart(this.handle, text, other));
    return resultOf(outcome, this.#owner);
  }

  stored(): Uint8Array {
    this.#stored ??= guarded(() => this.handle.stored());
    return this.#stored;
  }

  encode(format: Format, part?: "object" | "metadata", resourceVersion?: string): Uint8Array {
    // What was stored is the message already, but for its resourceVersion, and as it is read back:
    // of an empty list nothing is stored.
    if (part !== "metadata" && resourceVersion && this.#stored) {
      const { messageType } = this;
      if (messages().byName.get(messageType)?.storedMessageType === messageType) {
        const from = { messageType, format: "stored" } as const;
        return nativeCodec.transcode(this.#stored, from, { messageType, format }, resourceVersion);
      }
    }
    return this.handle.encode(formatCodes[format], part === "metadata", resourceVersion);
  }

  async storedApart(): Promise<Uint8Array> {
    this.#stored ??= await guardedApart(() => addon.codecStoredApart(this.handle));
    return this.#stored;
  }

  encodeApart(
    format: Format,
    part?: "object" | "metadata",
    resourceVersion?: string,
  ): Promise<Uint8Array> {
    const [code, isMetadata] = [formatCodes[format], part === "metadata"];
    return apart(() => addon.codecEncodeApart(this.handle, code, isMetadata, resourceVersion));
  }

  async convertApart(messageType: string): Promise<ApiObject> {
    if (messageType === this.messageType) return this;
    const number = numberOf(messageType);
    return new NativeApiObject(
      await guardedApart(() => addon.codecConvertApart(this.handle, number)),
      this.#owner,
    );
  }

  convert(messageType: string): ApiObject {
    if (messageType === this.messageType) return this;
    const number = numberOf(messageType);
    return new NativeApiObject(
      guarded(() => this.handle.convert(number)),
      this.#owner,
    );
  }

  equals(other: ApiObject, ignoreManagedFields: boolean): boolean {
    return this.handle.equals(handleOf(other), ignoreManagedFields);
  }

  equalsButTimes(other: ApiObject): boolean {
    return this.handle.equalsButTimes(handleOf(other));
  }

  withManagedFieldsOf(other: ApiObject): ApiObject {
    const made = this.handle.withManagedFieldsOf(handleOf(other));
    return new NativeApiObject(made, this.#owner);
  }

  plain(): PlainObject | undefined {
    const found = addon.rulesPlain(this.handle) ?? undefined;
    if (found === undefined) return undefined;
    const { name, generateName, namespace, isPod } = found;
    if (!isPod) return { name, generateName, namespace };
    const pod = {
      serviceAccountName: found.serviceAccount,
      automountServiceAccountToken: found.automount ?? undefined,
      priorityClassName: found.priorityClass,
      tolerations: found.tolerations,
      hasPullSecrets: found.hasPullSecrets,
      isPrivileged: found.isPrivileged,
    };
    return { name, generateName, namespace, pod };
  }

  creationsLike(like: CreationsLike): object | undefined {
    const { additions, volumePrefix, ...writes } = like;
    const added = additions === undefined ? undefined : handleOf(additions);
    const input = writesInput(writes);
    return addon.rulesCreationsLike(this.handle, added, volumePrefix, input) ?? undefined;
  }

  updatesLike(current: ApiObject, like: UpdatesLike): object | undefined {
    const { subresource, isConditional, ...writes } = like;
    const [before, input] = [handleOf(current), writesInput(writes)];
    const handle = addon.rulesUpdatesLike(before, this.handle, subresource, isConditional, input);
    return handle ?? undefined;
  }

  bindingsLike(like: WritesLike, nodes: string | undefined): object | undefined {
    return addon.rulesBindingsLike(this.handle, nodes, writesInput(like)) ?? undefined;
  }

  admitted(additions: ApiObject, volume: string): ApiObject {
    const made = addon.rulesAdmitted(this.handle, handleOf(additions), volume);
    return new NativeApiObject(made, this.#owner);
  }

  created(
    additions: ApiObject | undefined,
    volume: string,
    stamp: CreationStamp,
    write: ManagedFieldsOptions,
  ): ApiObject | undefined {
    const added = additions === undefined ? undefined : handleOf(additions);
    const input = managedFieldsInput(write);
    const made = addon.rulesCreated(this.handle, added, volume, stamp, input) ?? undefined;
    return made === undefined ? undefined : new NativeApiObject(made, this.#owner);
  }

  plainChange(current: ApiObject, subresource: string, apiVersion = ""): PlainChange | undefined {
    const found =
      addon.rulesChange(handleOf(current), this.handle, apiVersion, subresource) ?? undefined;
    if (found === undefined) return undefined;
    const { tolerations, status } = found;
    if (status !== undefined && status !== null) {
      const { node: nodeName, ...keeps } = status;
      return { status: { nodeName, ...keeps } };
    }
    return typeof tolerations === "string" ? { tolerations } : {};
  }

  updated(current: ApiObject, write: ManagedFieldsOptions): ApiObject {
    const input = managedFieldsInput(write);
    const made = addon.rulesUpdated(handleOf(current), this.handle, input);
    return new NativeApiObject(made, this.#owner);
  }

  bound(binding: {
    readonly uid: string;
    readonly node: string;
    readonly time: number;
    readonly labels: Readonly<Record<string, string>>;
  }): ApiObject | undefined {
    const labels = Object.entries(binding.labels).flat();
    const bound = addon.rulesBound(this.handle, { ...binding, labels }) ?? undefined;
    return bound === undefined ? undefined : new NativeApiObject(bound, this.#owner);
  }

  extract(paths: readonly string[]): (string | undefined)[] {
    return this.handle.extract([...paths]).map((value) => value ?? undefined);
  }
}

function nativeOf(object: ApiObject): NativeApiObject {
  if (object instanceof NativeApiObject) return object;
  throw new CodecFailure("the object is not of this codec");
}

function handleOf(object: ApiObject): NativeObject {
  return nativeOf(object).handle;
}

function readIdentity(handle: NativeObject): ObjectIdentity {
  const [name = "", namespace = "", uid = "", resourceVersion = ""] = handle.identity();
  return { name, namespace, uid, resourceVersion };
}

function readMetadata(handle: NativeObject): ObjectMetadata {
  const { labels: flat, deletionTimestamp, ...rest } = handle.metadata();
  const labels: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) labels.push([flat[i]!, flat[i + 1]!]);
  const metadata = { ...rest, labels: Object.fromEntries(labels) };
  return deletionTimestamp === undefined || deletionTimestamp === null
    ? metadata
    : { ...metadata, deletionTimestamp };
}

function patched(
  object: ApiObject,
  patchType: 0 | 1 | 2,
  patch: Uint8Array,
  validation: FieldValidation = "Ignore",
): DecodeResult {
  const code = validationCodes[validation];
  const { handle, owner } = nativeOf(object);
  return patchResultOf(addon.codecPatch(handle, patchType, patch, code), owner);
}

function patchResultOf(
  outcome: ReturnType<typeof addon.codecPatch>,
  owner: ObjectOwner | undefined,
): DecodeResult {
  if (!("errors" in outcome)) return resultOf(outcome, owner);
  const errors = outcome.errors as CodecError[];
  return typeof outcome.patched === "string" ? { errors, patched: outcome.patched } : { errors };
}

const patchCodes = { strategicMergePatch: 0, mergePatch: 1, jsonPatch: 2 } as const;

let atWork = 0;
const waiting: (() => void)[] = [];

/** In the order in which they were called. */
async function apart<T>(call: () => Promise<T>): Promise<T> {
  if (atWork < maxApart) atWork += 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await call();
  } finally {
    const next = waiting.shift();
    if (next === undefined) atWork -= 1;
    else next();
  }
}

/** as guarded, on another thread. */
async function guardedApart<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await apart(call);
  } catch (error) {
    throw new CodecFailure(error instanceof Error ? error.message : String(error));
  }
}

function formCodeOf(form: BodyForm): number {
  return form === "yaml" ? yamlCode : formatCodes[form];
}

function writesInput({ form, fieldValidation, resetFields, ...words }: WritesLike): WritesInput {
  const codes = { form: formatCodes[form], validation: validationCodes[fieldValidation] };
  return { ...words, ...codes, resetFields: [...resetFields] };
}

function managedFieldsInput(options: ManagedFieldsOptions): WriteInput {
  if (options.operation === "Apply") {
    throw new CodecFailure("the managers of an apply are settled by merging, not here");
  }
  return writeInput(options);
}

function writeInput(options: ManagedFieldsOptions): WriteInput {
  const { manager, apiVersion, subresource, time, resetFields = [] } = options;
  return { manager, apiVersion, subresource, time, resetFields: [...resetFields] };
}

function applyResultOf(data: AppliedData): ApplyResult {
  const { object, message, causes, duplicates } = data;
  if (object) return { duplicates, object: new NativeApiObject(object) };
  const reason = data.refusal as "badRequest" | "conflict" | "failed";
  return { duplicates, reason, message: message ?? "", causes };
}

function bodyOf({ notYaml, typeMeta, duplicates, object, errors }: BodyData): ReadBody {
  return {
    ...(notYaml ? { notYaml: notYaml.message } : {}),
    ...(typeMeta ? { typeMeta } : {}),
    duplicates,
    decoded: resultOf(object ?? errors),
  };
}

/** The codec of crates/codec. Stateless: one for every thread will do. */
export const nativeCodec: Codec = {
  owned() {
    return new ObjectsOfOneRequest(this);
  },

  get lasting() {
    return nativeCodec;
  },

  describe(messageType) {
    const message = messages().byName.get(messageType);
    return message === undefined || message.kind === "" ? undefined : message;
  },

  findKind(apiVersion, kind) {
    return messages().byKind.get(`${apiVersion}/${kind}`);
  },

  peekTypeMeta(data, format) {
    return addon.codecPeekTypeMeta(data, formatCodes[format]) ?? undefined;
  },

  decode(messageType, data, options: DecodeOptions) {
    return resultOf(
      addon.codecDecode(
        numberOf(messageType),
        data,
        formatCodes[options.format],
        validationCodes[options.fieldValidation ?? "Ignore"],
        options.maxBytes ?? defaultMaxBytes,
        options.defaults ?? true,
      ),
    );
  },

  readBody(messageType, data, form, fieldValidation) {
    const validation = validationCodes[fieldValidation];
    const number = numberOf(messageType);
    return bodyOf(addon.codecReadBody(number, data, formCodeOf(form), validation));
  },

  async readBodyApart(messageType, data, form, fieldValidation) {
    const number = numberOf(messageType);
    const [code, validation] = [formCodeOf(form), validationCodes[fieldValidation]];
    return bodyOf(await apart(() => addon.codecReadBodyApart(number, data, code, validation)));
  },

  async decodeStoredApart(data, messageType, resourceVersion) {
    const number = numberOf(messageType);
    return new NativeApiObject(
      await guardedApart(() => addon.codecDecodeStoredApart(data, number, resourceVersion)),
    );
  },

  decodeStored(data, messageType, resourceVersion) {
    const number = numberOf(messageType);
    return new NativeApiObject(
      guarded(() => addon.codecDecodeStored(data, number, resourceVersion)),
    );
  },

  transcode(data, from, to, resourceVersion) {
    const [source, target] = [numberOf(from.messageType), numberOf(to.messageType)];
    return guarded(() =>
      addon.codecTranscode(
        data,
        from.format === "stored" ? storedCode : formatCodes[from.format],
        source,
        target,
        formatCodes[to.format],
        to.part === "metadata",
        resourceVersion,
      ),
    );
  },

  indentJson(json) {
    return addon.codecIndentJson(json);
  },

  jsonToYaml(json) {
    return guarded(() => addon.codecJsonToYaml(json));
  },

  strategicMergePatch(object, patch, validation) {
    return patched(object, 0, patch, validation);
  },

  mergePatch(object, patch, validation) {
    return patched(object, 1, patch, validation);
  },

  jsonPatch(object, patch, validation) {
    return patched(object, 2, patch, validation);
  },

  async patchApart(kind, object, patch, validation = "Ignore") {
    const { handle, owner } = nativeOf(object);
    const code = validationCodes[validation];
    const call = () => addon.codecPatchApart(handle, patchCodes[kind], patch, code);
    return patchResultOf(await apart(call), owner);
  },

  managedFieldsAfter(live, object, options) {
    const before = live === undefined ? undefined : handleOf(live);
    const { handle, owner } = nativeOf(object);
    const input = managedFieldsInput(options);
    return new NativeApiObject(addon.codecManagedFields(before, handle, input), owner);
  },

  async managedFieldsAfterApart(live, object, options) {
    const before = live === undefined ? undefined : handleOf(live);
    const { handle, owner } = nativeOf(object);
    const input = managedFieldsInput(options);
    return new NativeApiObject(
      await apart(() => addon.codecManagedFieldsApart(before, handle, input)),
      owner,
    );
  },

  apply(messageType, live, configuration, options, force) {
    const before = live === undefined ? undefined : nativeOf(live);
    const [number, input] = [numberOf(messageType), writeInput(options)];
    const data = addon.codecApply(number, before?.handle, configuration, input, force);
    return applyResultOf(data);
  },

  scaleWithManagersOf(scale, parent) {
    const { handle, owner } = nativeOf(scale);
    const made = guarded(() => addon.codecScaleManagers(handle, handleOf(parent)));
    return new NativeApiObject(made, owner);
  },

  parentWithManagersOf(parent, scale, apiVersion) {
    const { handle, owner } = nativeOf(parent);
    const made = guarded(() => addon.codecParentManagers(handle, handleOf(scale), apiVersion));
    return new NativeApiObject(made, owner);
  },

  async applyApart(messageType, live, configuration, options, force) {
    const before = live === undefined ? undefined : nativeOf(live);
    const [number, input] = [numberOf(messageType), writeInput(options)];
    const data = await apart(() =>
      addon.codecApplyApart(number, before?.handle, configuration, input, force),
    );
    return applyResultOf(data);
  },
};
