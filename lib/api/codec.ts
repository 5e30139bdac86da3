/**
 * The typed face of the native codec. Object trees never cross the boundary: bytes and JSON text
 * do. Messages are named in full, for example `k8s.io.api.core.v1.Pod`.
 */

/** json: JSON text. protobuf: `k8s\0` and runtime.Unknown. message: the bare protobuf message. */
export type Format = "json" | "protobuf" | "message";

export type FieldValidation = "Ignore" | "Warn" | "Strict";

/**
 * What was wrong with the bytes, and where. `path` is as Kubernetes writes it:
 * `spec.containers[0].name`.
 */
export interface CodecError {
  readonly reason:
    | "syntax"
    | "invalidType"
    | "unknownField"
    | "duplicateField"
    | "tooDeep"
    | "tooLarge"
    | "wrongKind"
    | "unknownKind"
    | "invalidValue";
  readonly path: string;
  /** Upstream's wording where clients see it, for example `unknown field "spec.foo"`. */
  readonly message: string;
}

export interface DecodeOptions {
  readonly format: Format;
  /** Warn and Strict collect unknown and duplicate fields; Ignore drops them silently. */
  readonly fieldValidation?: FieldValidation;
  /** Bytes; larger input is `tooLarge`. Default 3 MiB. */
  readonly maxBytes?: number;
  /** Whether the schema's own constants are filled in, as servers do to requests. Default true. */
  readonly defaults?: boolean;
}

export type DecodeResult =
  | { readonly object: ApiObject; readonly warnings: readonly CodecError[] }
  | {
      readonly object?: undefined;
      readonly errors: readonly CodecError[];
      /**
       * Of a patch whose result is no valid object: that result (for a strategic merge patch the
       * patch, as Go prints it), which upstream shows as the invalid value of the field `patch`.
       * Absent when the patch itself is wrong; its errors then have the path `patch` and a
       * reason: syntax (400), tooLarge (413), invalidValue (JSON patch: 422 without details;
       * strategic merge: 500).
       */
      readonly patched?: string;
    };

/** What a request's body is written in. */
export type BodyForm = Format | "yaml";

/** A request's body as it was read. */
export interface ReadBody {
  /** Upstream's words where it is no YAML; nothing else is known of it then. */
  readonly notYaml?: string;
  /** What it says it is; absent where that cannot be told, and of bare messages. */
  readonly typeMeta?: { readonly apiVersion: string; readonly kind: string };
  /** Keys that maps of YAML have twice, in upstream's words; at most 100. The last counts. */
  readonly duplicates: readonly string[];
  readonly decoded: DecodeResult;
}

/** What a configuration made of an object, or why it made nothing, in upstream's words. */
export type ApplyResult = {
  /** Keys that the configuration has twice, in upstream's words; at most 100. The last counts. */
  readonly duplicates: readonly string[];
} & (
  | { readonly object: ApiObject }
  | {
      readonly object?: undefined;
      /** failed: the configuration, or the object with it, is none of its kind. */
      readonly reason: "badRequest" | "conflict" | "failed";
      readonly message: string;
      /** The fields of other managers, as `.spec.replicas`; of a conflict alone. */
      readonly causes: readonly { readonly message: string; readonly field: string }[];
    }
);

export type PatchKind = "strategicMergePatch" | "mergePatch" | "jsonPatch";

/** Empty where there is none. */
export interface ObjectIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Metadata that the server needs of every object, extracted without a JavaScript tree. */
export interface ObjectMetadata {
  readonly name: string;
  readonly generateName: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly deletionTimestamp?: string;
  readonly finalizers: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * An immutable decoded object, held natively. Every change makes a new one.
 * Values that JavaScript would damage (int64 beyond 2^53, `1.0`, `-0`, odd keys) live here and
 * survive withJson.
 */
/** What writes have in common that may follow one. */
export interface WritesLike {
  readonly form: Exclude<Format, "message">;
  readonly fieldValidation: FieldValidation;
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty where the kind has none. */
  readonly namespace: string;
  readonly manager: string;
  readonly resetFields: readonly string[];
}

export interface UpdatesLike extends WritesLike {
  /** Empty for the object itself, or `status`. */
  readonly subresource: string;
  /** Each has to say the resourceVersion that it is of. */
  readonly isConditional: boolean;
}

export interface CreationsLike extends WritesLike {
  /** A pod that has what admission adds. */
  readonly additions: ApiObject | undefined;
  /** What names of added volumes begin with; five letters follow. */
  readonly volumePrefix: string;
}

export interface ApiObject {
  readonly messageType: string;
  /** This object, and every one that is made of it, is the owner's to release. */
  giveTo(owner: ObjectOwner): void;
  /** Frees what it holds outside of JavaScript's heap: whoever asks it anything is a defect. */
  release(): void;
  /** About how many bytes it holds outside of JavaScript's heap. */
  readonly heldBytes: number;
  /**
   * Why it has more values than a request's object may have: 10,000 entries of one list or map,
   * 50,000 in all, or as many as the live object has. Undefined where it has not.
   */
  excess(live?: ApiObject): CodecError | undefined;
  metadata(): ObjectMetadata;
  /** Of metadata what says which object this is: less than all of it. */
  identity(): ObjectIdentity;
  /** Canonical JSON text (kind and apiVersion first, fields in file order, map keys sorted). */
  json(): string;
  /** json() without managedFields. */
  jsonUnmanaged(): string;
  /** This and what else ends in Apart: as its namesake, on another thread, for long objects. */
  jsonUnmanagedApart(): Promise<string>;
  /**
   * The object that JavaScript made from json() and changed. A number or raw value that equals
   * this object's value at the same path as a double keeps this object's exact value.
   * `managed` gives its managedFields, whatever the text says of them.
   */
  withJson(text: string, managed?: ApiObject): DecodeResult;
  withJsonApart(text: string, managed?: ApiObject): Promise<DecodeResult>;
  /** The stored form: defaults as they are, resourceVersion cleared. */
  stored(): Uint8Array;
  storedApart(): Promise<Uint8Array>;
  encode(format: Format, part?: "object" | "metadata", resourceVersion?: string): Uint8Array;
  encodeApart(
    format: Format,
    part?: "object" | "metadata",
    resourceVersion?: string,
  ): Promise<Uint8Array>;
  /** Another served or stored version of the same kind. */
  convert(messageType: string): ApiObject;
  convertApart(messageType: string): Promise<ApiObject>;
  /** Semantic equality; ignoring resourceVersion and, when asked, managedFields. */
  equals(other: ApiObject, ignoreManagedFields: boolean): boolean;
  /** Semantic equality, the times of managedFields and resourceVersion aside. */
  equalsButTimes(other: ApiObject): boolean;
  /** This object with the other's metadata.managedFields. */
  withManagedFieldsOf(other: ApiObject): ApiObject;
  /**
   * What is to be known of a new object, with its defaults, that no rule has anything to say of: no
   * error and no warning. Undefined where the full rules have to look; such an object need not be
   * wrong.
   */
  plain(): PlainObject | undefined;
  /**
   * What storage makes creations of that are like this one of a new plain object: for storage
   * alone, and once. Undefined where this one is not plain.
   */
  creationsLike(like: CreationsLike): object | undefined;
  /** The same of updates like the one of `current` to this. */
  updatesLike(current: ApiObject, like: UpdatesLike): object | undefined;
  /**
   * The same of bindings of pods like this one. With `nodes`, what keys of nodes begin with, pods
   * are labelled with their nodes' zones and regions.
   */
  bindingsLike(like: WritesLike, nodes: string | undefined): object | undefined;
  /** A plain pod with what `additions`, a pod, has; `volume` names the volumes among them. */
  admitted(additions: ApiObject, volume: string): ApiObject;
  /**
   * The object that is stored of a new plain one, with managedFields and, for a pod, its first
   * status. Undefined where the name of the stamp is not plain.
   */
  created(
    additions: ApiObject | undefined,
    volume: string,
    stamp: CreationStamp,
    write: ManagedFieldsOptions,
  ): ApiObject | undefined;
  /**
   * What is to be known of an update that makes this object, with its defaults, of `current` when
   * no rule has anything to say of it: a pod keeps its spec, and metadata changes nicely. Undefined
   * where the full rules have to look. `apiVersion` is the one that is written, where a kind has
   * rules of its own in it.
   */
  plainChange(
    current: ApiObject,
    subresource: string,
    apiVersion?: string,
  ): PlainChange | undefined;
  /** The object that is stored of a plain update of `current` by this one. */
  updated(current: ApiObject, write: ManagedFieldsOptions): ApiObject;
  /**
   * This pod on its node, `time` in seconds since 1970, with these labels beside its own. Undefined
   * where the full rules have to look: it is another one than that with the uid, it is going, it
   * has a node, or a gate holds it back.
   */
  bound(binding: {
    readonly uid: string;
    readonly node: string;
    readonly time: number;
    readonly labels: Readonly<Record<string, string>>;
  }): ApiObject | undefined;
  /** Values at field paths, as field selectors see them; undefined where absent. */
  extract(paths: readonly string[]): (string | undefined)[];
}

/** Whoever releases objects. */
export interface ObjectOwner {
  add(object: ApiObject): void;
}

/** A new object that no rule has anything to say of. */
export interface PlainObject {
  readonly name: string;
  readonly generateName: string;
  readonly namespace: string;
  /** Of a pod alone. */
  readonly pod?: PlainPodFacts;
}

/** What has to be known of a plain pod that is created. */
export interface PlainPodFacts {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean | undefined;
  readonly priorityClassName: string;
  /** As JSON. */
  readonly tolerations: string;
  readonly hasPullSecrets: boolean;
  /** Whether any container is: whether that is allowed is a flag. */
  readonly isPrivileged: boolean;
}

/** An update that no rule has anything to say of. */
export interface PlainChange {
  /** Of a pod itself: its tolerations as JSON. */
  readonly tolerations?: string;
  /** Of a write to the status of a pod or a node. */
  readonly status?: PlainStatusChange;
}

/** What has to be known of a plain write to a status. */
export interface PlainStatusChange {
  /** Of a pod: that it is bound to; empty where there is none. */
  readonly nodeName: string;
  readonly keepsLabels: boolean;
  readonly keepsOwners: boolean;
  /** Of a pod: the statuses of its resource claims. */
  readonly keepsClaims: boolean;
}

/** What a creation writes on metadata. */
export interface CreationStamp {
  readonly name: string;
  /** Empty where the kind has none. */
  readonly namespace: string;
  readonly uid: string;
  /** Seconds since 1970. */
  readonly created: number;
}

export interface ManagedFieldsOptions {
  readonly manager: string;
  readonly operation: "Update" | "Apply";
  /** For example `apps/v1`. */
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339, whole seconds. */
  readonly time: string;
  /** Dotted paths that this write resets and so cannot own, for example `status`. */
  readonly resetFields?: readonly string[];
}

/** A message of the schema model that is a kind of its own. */
export interface KindDescription {
  readonly messageType: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The message that objects of this kind are stored as. */
  readonly storedMessageType: string;
}

/** What the codec cannot answer: a damaged stored value, a conversion that does not exist. */
export class CodecFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CodecFailure";
  }
}

/** Decoded objects live until `release`, instead of until JavaScript's collection. */
export interface OwnedCodec extends Codec {
  /** Frees every object that it decoded, and every one that was made of those. */
  release(): void;
}

export interface Codec {
  /** This codec for one piece of work, whose objects are released at its end. */
  owned(): OwnedCodec;
  /** Of an owned codec, the one for objects that outlive the work; else this one. */
  readonly lasting: Codec;
  /** Of a message, by its full name; undefined when it is no kind. */
  describe(messageType: string): KindDescription | undefined;
  /** Of `apps/v1` and `Deployment`; undefined when the model has no such kind. */
  findKind(apiVersion: string, kind: string): KindDescription | undefined;
  /** Finds apiVersion and kind without decoding the rest. */
  peekTypeMeta(
    data: Uint8Array,
    format: "json" | "protobuf",
  ): { apiVersion: string; kind: string } | undefined;
  decode(messageType: string, data: Uint8Array, options: DecodeOptions): DecodeResult;
  /** A request's body of at most 3 MiB, with defaults. */
  readBody(
    messageType: string,
    data: Uint8Array,
    form: BodyForm,
    fieldValidation: FieldValidation,
  ): ReadBody;
  /** As readBody, on another thread: for long bodies. At most two such calls run at once. */
  readBodyApart(
    messageType: string,
    data: Uint8Array,
    form: BodyForm,
    fieldValidation: FieldValidation,
  ): Promise<ReadBody>;
  /** Of stored bytes, with the resourceVersion filled in. */
  decodeStored(data: Uint8Array, messageType: string, resourceVersion: string): ApiObject;
  /** As decodeStored, on another thread: for long values. */
  decodeStoredApart(
    data: Uint8Array,
    messageType: string,
    resourceVersion: string,
  ): Promise<ApiObject>;
  /**
   * Stored or wire bytes to a reader's form, streaming, without a tree where the version is the
   * same. Bytes are read as the format that the caller names and never as what they look like; a
   * stored value is enveloped protobuf where it begins with the envelope's mark, and else JSON.
   * Throws CodecFailure for bytes that are not of that form.
   */
  transcode(
    data: Uint8Array,
    from: { messageType: string; format: Format | "stored" },
    to: { messageType: string; format: Format; part?: "object" | "metadata" },
    resourceVersion?: string,
  ): Uint8Array;
  /** A compact JSON document, indented as upstream does where pretty output is asked for. */
  indentJson(json: Uint8Array): Uint8Array;
  /** A JSON document as YAML, as upstream writes it (keys sorted, YAML 1.1's quoting). */
  jsonToYaml(json: Uint8Array): Uint8Array;
  /**
   * Patches of JSON documents by the kind's schema. The result is JSON-decoded strictly by
   * fieldValidation.
   */
  strategicMergePatch(object: ApiObject, patch: Uint8Array, v?: FieldValidation): DecodeResult;
  mergePatch(object: ApiObject, patch: Uint8Array, v?: FieldValidation): DecodeResult;
  jsonPatch(object: ApiObject, patch: Uint8Array, v?: FieldValidation): DecodeResult;
  /** As the three above, on another thread: for long patches. */
  patchApart(
    kind: PatchKind,
    object: ApiObject,
    patch: Uint8Array,
    v?: FieldValidation,
  ): Promise<DecodeResult>;
  /**
   * An object that carries managedFields as upstream would have them after this write, for
   * withJson and withManagedFieldsOf. What else it has means nothing.
   */
  managedFieldsAfter(
    live: ApiObject | undefined,
    object: ApiObject,
    options: ManagedFieldsOptions,
  ): ApiObject;
  managedFieldsAfterApart(
    live: ApiObject | undefined,
    object: ApiObject,
    options: ManagedFieldsOptions,
  ): Promise<ApiObject>;
  /**
   * Server-side apply of a configuration (YAML, or JSON) to an object of the message, or to none.
   * `force` takes over what others manage. The result has its defaults and managedFields.
   */
  apply(
    messageType: string,
    live: ApiObject | undefined,
    configuration: Uint8Array,
    options: ManagedFieldsOptions,
    force: boolean,
  ): ApplyResult;
  /** A Scale with those who manage the replicas of the object that it is of. */
  scaleWithManagersOf(scale: ApiObject, parent: ApiObject): ApiObject;
  /**
   * The object with its managers as they are once its Scale has these: who lost the replicas there
   * loses them here. `apiVersion` is the object's.
   */
  parentWithManagersOf(parent: ApiObject, scale: ApiObject, apiVersion: string): ApiObject;
  /** As apply, on another thread: for what is long. */
  applyApart(
    messageType: string,
    live: ApiObject | undefined,
    configuration: Uint8Array,
    options: ManagedFieldsOptions,
    force: boolean,
  ): Promise<ApplyResult>;
}
