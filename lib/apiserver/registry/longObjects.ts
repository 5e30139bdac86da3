import type { ApiObject, Codec, DecodeResult, ManagedFieldsOptions } from "../../api/codec.js";
import { type MaybePromise, orElse } from "../../api/maybePromise.js";
import type { Clock } from "../../platform/clock.js";
import { type StoredValue, unreadableError } from "../../storage/storage.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { ServedResource } from "./servedResource.js";

/**
 * Work on objects: at once on most, on another thread on those that take long, so that nobody
 * waits for them. What has to be done on this thread is done in turns of its own.
 */
export interface Work {
  readonly codec: Codec;
  readonly clock: Clock;
}

/** Bytes of a body, a patch or a stored value; more is read on another thread. */
const longBytes = 64 * 1024;
/** What an object of about as many bytes holds when it is decoded. */
const longHeldBytes = 4 * longBytes;

/** Whether work on so many bytes is given to another thread. */
export function isLong(bytes: Uint8Array, clock: Clock): boolean {
  return bytes.length > longBytes && !clock.isVirtual;
}

export function isLongObject(object: ApiObject, clock: Clock): boolean {
  return object.heldBytes > longHeldBytes && !clock.isVirtual;
}

/** Lets others have their turn where the object is long. */
export function pause({ clock }: Work, object: ApiObject): Promise<void> | undefined {
  if (!isLongObject(object, clock)) return undefined;
  return new Promise((resolve) => clock.defer(resolve));
}

/** Throws (or rejects with) a StorageError that names the key of what cannot be read. */
export function decodeStored(
  { codec, clock }: Work,
  stored: StoredValue,
  resource: ServedResource,
): MaybePromise<ApiObject> {
  const revision = String(stored.modRevision);
  return orElse(
    () =>
      isLong(stored.value, clock)
        ? codec.decodeStoredApart(stored.value, resource.storageMessage, revision)
        : codec.decodeStored(stored.value, resource.storageMessage, revision),
    (error): never => {
      throw unreadableError(stored.key, (error as Error).message);
    },
  );
}

/** The object's JSON, without managedFields, which no rule looks at. */
export function textOf({ clock }: Work, object: ApiObject): string | Promise<string> {
  return isLongObject(object, clock) ? object.jsonUnmanagedApart() : object.jsonUnmanaged();
}

/** What textOf gives, parsed. */
export function treeOf(work: Work, object: ApiObject): ObjectTree | Promise<ObjectTree> {
  const text = textOf(work, object);
  return typeof text === "string" ? parsed(text) : text.then(parsed);
}

function parsed(text: string): ObjectTree {
  return JSON.parse(text) as ObjectTree;
}

export function withJson(
  { clock }: Work,
  base: ApiObject,
  text: string,
  managed: ApiObject,
): DecodeResult | Promise<DecodeResult> {
  return isLongObject(base, clock)
    ? base.withJsonApart(text, managed)
    : base.withJson(text, managed);
}

/** Conversion only where there is something to convert. */
export function inMessage(
  { clock }: Work,
  object: ApiObject,
  message: string,
): ApiObject | Promise<ApiObject> {
  if (object.messageType === message) return object;
  return isLongObject(object, clock) ? object.convertApart(message) : object.convert(message);
}

export function storedOf({ clock }: Work, object: ApiObject): Uint8Array | Promise<Uint8Array> {
  return isLongObject(object, clock) ? object.storedApart() : object.stored();
}

export function managedFieldsAfter(
  { codec, clock }: Work,
  live: ApiObject | undefined,
  object: ApiObject,
  options: ManagedFieldsOptions,
): ApiObject | Promise<ApiObject> {
  const isApart = isLongObject(object, clock) || (live !== undefined && isLongObject(live, clock));
  return isApart
    ? codec.managedFieldsAfterApart(live, object, options)
    : codec.managedFieldsAfter(live, object, options);
}
