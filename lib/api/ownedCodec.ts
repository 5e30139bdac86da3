import type {
  ApiObject,
  ApplyResult,
  BodyForm,
  Codec,
  DecodeOptions,
  DecodeResult,
  FieldValidation,
  Format,
  ManagedFieldsOptions,
  ObjectOwner,
  OwnedCodec,
  PatchKind,
  ReadBody,
} from "./codec.js";
import type { MaybePromise } from "./maybePromise.js";

/**
 * A codec for one piece of work: what it decodes, and all that is made of that, is freed when the
 * work is done and not when JavaScript comes to it, which knows little of native memory.
 */
export class ObjectsOfOneRequest implements OwnedCodec, ObjectOwner {
  readonly #codec: Codec;
  #objects: ApiObject[] = [];
  #released = false;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  get lasting(): Codec {
    return this.#codec;
  }

  owned(): OwnedCodec {
    return this.#codec.owned();
  }

  /** One that comes after the end, of work that nobody waits for any more, lives no longer. */
  add(object: ApiObject): void {
    if (this.#released) object.release();
    else this.#objects.push(object);
  }

  release(): void {
    this.#released = true;
    const objects = this.#objects;
    this.#objects = [];
    for (const object of objects) object.release();
  }

  #own(object: ApiObject): ApiObject {
    object.giveTo(this);
    return object;
  }

  #decoded(result: DecodeResult): DecodeResult {
    result.object?.giveTo(this);
    return result;
  }

  #body(body: ReadBody): ReadBody {
    body.decoded.object?.giveTo(this);
    return body;
  }

  describe(messageType: string): ReturnType<Codec["describe"]> {
    return this.#codec.describe(messageType);
  }

  findKind(apiVersion: string, kind: string): ReturnType<Codec["findKind"]> {
    return this.#codec.findKind(apiVersion, kind);
  }

  peekTypeMeta(data: Uint8Array, format: "json" | "protobuf"): ReturnType<Codec["peekTypeMeta"]> {
    return this.#codec.peekTypeMeta(data, format);
  }

  decode(messageType: string, data: Uint8Array, options: DecodeOptions): DecodeResult {
    return this.#decoded(this.#codec.decode(messageType, data, options));
  }

  readBody(messageType: string, data: Uint8Array, form: BodyForm, v: FieldValidation): ReadBody {
    return this.#body(this.#codec.readBody(messageType, data, form, v));
  }

  async readBodyApart(
    messageType: string,
    data: Uint8Array,
    form: BodyForm,
    v: FieldValidation,
  ): Promise<ReadBody> {
    return this.#body(await this.#codec.readBodyApart(messageType, data, form, v));
  }

  decodeStored(data: Uint8Array, messageType: string, resourceVersion: string): ApiObject {
    return this.#own(this.#codec.decodeStored(data, messageType, resourceVersion));
  }

  async decodeStoredApart(
    data: Uint8Array,
    messageType: string,
    resourceVersion: string,
  ): Promise<ApiObject> {
    return this.#own(await this.#codec.decodeStoredApart(data, messageType, resourceVersion));
  }

  transcode(
    data: Uint8Array,
    from: { messageType: string; format: Format | "stored" },
    to: { messageType: string; format: Format; part?: "object" | "metadata" },
    resourceVersion?: string,
  ): Uint8Array {
    return this.#codec.transcode(data, from, to, resourceVersion);
  }

  indentJson(json: Uint8Array): Uint8Array {
    return this.#codec.indentJson(json);
  }

  jsonToYaml(json: Uint8Array): Uint8Array {
    return this.#codec.jsonToYaml(json);
  }

  // What is made of an object is its owner's already.

  strategicMergePatch(object: ApiObject, patch: Uint8Array, v?: FieldValidation): DecodeResult {
    return this.#codec.strategicMergePatch(object, patch, v);
  }

  mergePatch(object: ApiObject, patch: Uint8Array, v?: FieldValidation): DecodeResult {
    return this.#codec.mergePatch(object, patch, v);
  }

  jsonPatch(object: ApiObject, patch: Uint8Array, v?: FieldValidation): DecodeResult {
    return this.#codec.jsonPatch(object, patch, v);
  }

  patchApart(
    kind: PatchKind,
    object: ApiObject,
    patch: Uint8Array,
    v?: FieldValidation,
  ): Promise<DecodeResult> {
    return this.#codec.patchApart(kind, object, patch, v);
  }

  managedFieldsAfter(
    live: ApiObject | undefined,
    object: ApiObject,
    options: ManagedFieldsOptions,
  ): ApiObject {
    return this.#codec.managedFieldsAfter(live, object, options);
  }

  managedFieldsAfterApart(
    live: ApiObject | undefined,
    object: ApiObject,
    options: ManagedFieldsOptions,
  ): Promise<ApiObject> {
    return this.#codec.managedFieldsAfterApart(live, object, options);
  }

  apply(...call: Parameters<Codec["apply"]>): ApplyResult {
    return this.#applied(this.#codec.apply(...call));
  }

  async applyApart(...call: Parameters<Codec["apply"]>): Promise<ApplyResult> {
    return this.#applied(await this.#codec.applyApart(...call));
  }

  scaleWithManagersOf(scale: ApiObject, parent: ApiObject): ApiObject {
    return this.#codec.scaleWithManagersOf(scale, parent);
  }

  parentWithManagersOf(parent: ApiObject, scale: ApiObject, apiVersion: string): ApiObject {
    return this.#codec.parentWithManagersOf(parent, scale, apiVersion);
  }

  /** What is made of no object is of nobody yet. */
  #applied(result: ApplyResult): ApplyResult {
    result.object?.giveTo(this);
    return result;
  }
}

/**
 * Runs a piece of work whose decoded objects are freed at its end, however it ends. It makes no
 * promise where the work makes none.
 */
export function withOwnObjects<Deps extends { readonly codec: Codec }, Result>(
  deps: Deps,
  work: (deps: Deps) => MaybePromise<Result>,
): MaybePromise<Result> {
  const codec = deps.codec.owned();
  const released = (result: Result): Result => {
    codec.release();
    return result;
  };
  const failed = (error: unknown): never => {
    codec.release();
    throw error;
  };
  try {
    const result = work({ ...deps, codec });
    return result instanceof Promise ? result.then(released, failed) : released(result);
  } catch (error) {
    return failed(error);
  }
}

/** As withOwnObjects, of work that waits for nothing. */
export function withOwnCodec<Result>(codec: Codec, work: (codec: Codec) => Result): Result {
  const owned = codec.owned();
  try {
    return work(owned);
  } finally {
    owned.release();
  }
}
