import { builtInKinds } from "../../api/builtInKinds.js";
import type {
  ApiObject,
  BodyForm,
  CodecError,
  FieldValidation,
  ReadBody,
} from "../../api/codec.js";
import { fieldErrors } from "../../api/fieldErrors.js";
import { goQuote } from "../../api/goQuote.js";
import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import { mediaTypes } from "../../api/mediaTypes.js";
import { apiErrors } from "../../api/status.js";
import type { RequestOptions } from "../requestOptions.js";
import { isLong, type Work } from "./longObjects.js";
import { acceptedMediaTypes, jsonMediaTypes } from "./responseView.js";

/** Stands for gRPC's bare messages; no header can hold it. */
export const bareMessage = "\u0000message";

/** What a body is expected to hold. */
export interface Expected {
  readonly message: string;
  /** Empty where the kind exists in every group. */
  readonly apiVersion: string;
  readonly kind: string;
  /** It is JSON alone, and says itself what it is. */
  readonly isUnstructured?: boolean;
  /** Versions of the same form that are taken as well, in JSON and YAML. */
  readonly olderVersions?: readonly string[];
}

/** An unknown media type is 415. */
function formOf(contentType: string): BodyForm {
  switch (contentType) {
    case bareMessage:
      return "message";
    case "":
    case mediaTypes.json:
      return "json";
    case mediaTypes.protobuf:
      return "protobuf";
    case mediaTypes.yaml:
      return "yaml";
    default:
      throw apiErrors.unsupportedMediaType(acceptedMediaTypes);
  }
}

/** As decodeBody, of objects that may have more values than others: see requireBounded. */
export function decodeUnbounded(
  { codec, clock }: Work,
  body: Uint8Array,
  contentType: string,
  expected: Expected,
  fieldValidation: FieldValidation,
  warn: (message: string) => void,
): MaybePromise<ApiObject> {
  const form = formOf(contentType);
  const { message, isUnstructured } = expected;
  if (isUnstructured === true && form !== "json" && form !== "yaml") {
    throw apiErrors.unsupportedMediaType(jsonMediaTypes);
  }
  const reading = isLong(body, clock)
    ? codec.readBodyApart(message, body, form, fieldValidation)
    : codec.readBody(message, body, form, fieldValidation);
  return andThen(reading, (read) => objectIn(read, body, expected, fieldValidation, warn));
}

/** The object that was read; throws the Status error of a body that has none. */
function objectIn(
  { notYaml, typeMeta, duplicates, decoded }: ReadBody,
  body: Uint8Array,
  expected: Expected,
  fieldValidation: FieldValidation,
  warn: (message: string) => void,
): ApiObject {
  if (notYaml !== undefined) {
    if (expected.apiVersion === "") throw apiErrors.badRequest(notYaml);
    throw unrecognized(notYaml, body, expected);
  }
  if (expected.isUnstructured === true) {
    if (typeMeta !== undefined) checkOwnTypeMeta(typeMeta, body, expected);
  } else if (typeMeta !== undefined) {
    checkTypeMeta(typeMeta, body, expected);
  }
  if (decoded.object === undefined) {
    throw decodeError(decoded.errors, expected, { data: body, repeated: duplicates });
  }
  if (duplicates.length > 0 && fieldValidation === "Strict") {
    throw decodeError([], expected, { data: body, repeated: duplicates });
  }
  if (fieldValidation === "Warn") {
    for (const duplicate of duplicates) warn(duplicate);
  }
  for (const warning of decoded.warnings) {
    warn(warning.message);
  }
  return decoded.object;
}

/** The object in a body. One that has too many values, or does not decode, is rejected. */
export function decodeBody(...read: Parameters<typeof decodeUnbounded>): MaybePromise<ApiObject> {
  return andThen(decodeUnbounded(...read), (object) => {
    requireBounded(object);
    return object;
  });
}

/** Rejects an object with more values than a request's may have, and than the live one has. */
export function requireBounded(object: ApiObject, live?: ApiObject): void {
  const excess = object.excess(live);
  if (excess !== undefined) throw apiErrors.requestEntityTooLarge(excess.message);
}

function checkTypeMeta(
  found: { readonly apiVersion: string; readonly kind: string },
  data: Uint8Array,
  expected: Expected,
): void {
  const isOlder = expected.olderVersions?.includes(found.apiVersion) === true;
  const apiVersion = isOlder ? expected.apiVersion : found.apiVersion || expected.apiVersion;
  const kind = found.kind || expected.kind;
  // DeleteOptions exist in every group, so only their kind is looked at.
  if (expected.apiVersion === "") {
    if (kind === expected.kind) return;
    throw apiErrors.badRequest(`no kind ${goQuote(kind)} is registered for version ${apiVersion}`);
  }
  if (apiVersion === expected.apiVersion && kind === expected.kind) return;
  const parts = apiVersion.split("/");
  if (parts.length > 2) {
    const why = `unexpected GroupVersion string: ${apiVersion}`;
    throw unrecognized(why, data, expected);
  }
  const [group, version] = parts.length === 2 ? parts : ["", apiVersion];
  const failed = (why: string): Error =>
    apiErrors.badRequest(
      `${kind} in version ${goQuote(version ?? "")} cannot be handled as a ${expected.kind}: ${why}`,
    );
  if (builtInKinds.messageOf(group ?? "", version ?? "", kind) === undefined) {
    throw failed(`no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)}`);
  }
  if (kind !== expected.kind) {
    const [wanted = ""] = expected.apiVersion.includes("/") ? expected.apiVersion.split(".") : [];
    const room = wanted.split("/")[0] || "core";
    throw failed(
      `converting (${version}.${kind}) to (${room}.${expected.kind}): unknown conversion`,
    );
  }
  throw apiErrors.badRequest(
    `the API version in the data (${apiVersion}) does not match ` +
      `the expected API version (${expected.apiVersion})`,
  );
}

/** As upstream of custom objects, which nothing else says the kind of. */
function checkOwnTypeMeta(
  found: { readonly apiVersion: string; readonly kind: string },
  data: Uint8Array,
  expected: Expected,
): void {
  if (found.kind === "") {
    const text = Buffer.from(data).toString("utf8");
    throw unrecognized(`Object 'Kind' is missing in '${text}'`, data, expected);
  }
  if (found.apiVersion !== expected.apiVersion) {
    throw apiErrors.badRequest(
      `the API version in the data (${found.apiVersion}) does not match ` +
        `the expected API version (${expected.apiVersion})`,
    );
  }
  if (found.kind !== expected.kind) {
    const [group = ""] = expected.apiVersion.split("/");
    throw apiErrors.invalid({ group, kind: found.kind }, "", [
      fieldErrors.invalid("kind", found.kind, `must be ${expected.kind}`),
    ]);
  }
}

/** What was read: a body that is nothing known is shown by its beginning. */
interface Read {
  readonly data: Uint8Array;
  /** Keys that YAML's maps had twice. */
  readonly repeated?: readonly string[];
}

/** The Status error of a body (or of an object that was made of one) that does not decode. */
export function decodeError(
  errors: readonly CodecError[],
  expected: Expected,
  read: Read = { data: Buffer.from("{}") },
): Error {
  const first = errors[0];
  if (first?.reason === "tooLarge") {
    return apiErrors.requestEntityTooLarge(first.message);
  }
  const message = decodeMessage(errors, read.repeated);
  if (expected.apiVersion === "") {
    return apiErrors.badRequest(message);
  }
  if (isUnrecognized(message)) {
    return unrecognized(message, read.data, expected);
  }
  return apiErrors.badRequest(
    `${expected.kind} in version ${goQuote(versionOf(expected.apiVersion))} cannot be handled ` +
      `as a ${expected.kind}: ${message}`,
  );
}

/** Not even a version and kind could be read. */
function isUnrecognized(message: string): boolean {
  return (
    message.startsWith("couldn't get version/kind; ") ||
    message.startsWith("provided data does not appear to be a protobuf message")
  );
}

function unrecognized(why: string, data: Uint8Array, expected: Expected): Error {
  return apiErrors.badRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): ${why} ` +
      `(${summary(data)})`,
  );
}

const summaryBytes = 30;

function summary(data: Uint8Array): string {
  if (data.length === 0) return "<empty>";
  const bytes = Buffer.from(data).subarray(0, summaryBytes);
  const shown = bytes.toString(bytes[0] === 0x7b ? "utf8" : "hex");
  return data.length > summaryBytes ? `${shown} ...` : shown;
}

/** What does not decode, in words: the first fault, or all fields that are unknown or doubled. */
export function decodeMessage(
  errors: readonly CodecError[],
  repeated: readonly string[] = [],
): string {
  const strict = errors.every((e) => e.reason === "unknownField" || e.reason === "duplicateField");
  const keys = repeated.length === 0 ? [] : [`yaml: unmarshal errors:\n  ${repeated.join("\n  ")}`];
  const text = [...keys, ...errors.map((e) => e.message)].join(", ");
  return strict ? `strict decoding error: ${text}` : (errors[0]?.message ?? "");
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}

/**
 * Checks dryRun, fieldValidation and fieldManager; `kind` names the options in the error. Those of
 * an apply are PatchOptions of their own.
 */
export function validateWriteOptions(
  options: RequestOptions,
  kind: "CreateOptions" | "UpdateOptions" | "PatchOptions" | "DeleteOptions" | "apply",
): void {
  const errors = [];
  if (kind === "apply" && options.fieldManager === "") {
    errors.push(fieldErrors.required("fieldManager", "is required for apply patch"));
  }
  const badDryRun = options.dryRun.find((value) => value !== "All");
  if (badDryRun !== undefined) {
    errors.push(fieldErrors.notSupported("dryRun", options.dryRun, ["All"]));
  }
  if (options.force !== undefined && kind === "PatchOptions") {
    errors.push(fieldErrors.forbidden("force", "may not be specified for non-apply patch"));
  }
  if (options.fieldManager.length > 128) {
    errors.push(fieldErrors.tooLong("fieldManager", 128));
  }
  const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(options.fieldManager);
  if (unprintable !== null) {
    const code = (unprintable[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    const detail = `invalid character U+${code} (at position ${unprintable.index})`;
    errors.push(fieldErrors.invalid("fieldManager", options.fieldManager, detail));
  }
  if (!["", "Ignore", "Warn", "Strict"].includes(options.fieldValidation)) {
    errors.push(
      fieldErrors.notSupported("fieldValidation", options.fieldValidation, [
        "",
        "Ignore",
        "Strict",
        "Warn",
      ]),
    );
  }
  if (errors.length > 0) {
    const named = kind === "apply" ? "PatchOptions" : kind;
    throw apiErrors.invalid({ group: "meta.k8s.io", kind: named }, "", errors);
  }
}

export function fieldValidationOf(options: RequestOptions): FieldValidation {
  return options.fieldValidation === "" ? "Warn" : (options.fieldValidation as FieldValidation);
}

export function isDryRun(options: RequestOptions): boolean {
  return options.dryRun.length > 0;
}
