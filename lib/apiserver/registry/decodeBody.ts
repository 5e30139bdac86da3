import type { ApiObject, Codec, CodecError, FieldValidation, Format } from "../../api/codec.js";
import { fieldErrors } from "../../api/fieldErrors.js";
import { parseYaml } from "../../api/parseYaml.js";
import { apiErrors } from "../../api/status.js";
import type { RequestOptions } from "../requestOptions.js";
import { acceptedMediaTypes } from "./answerView.js";

const maxBodyBytes = 3 * 1024 * 1024;

/** Stands for gRPC's bare messages; no header can hold it. */
export const bareMessage = "\u0000message";

/** What a body is expected to hold. */
export interface Expected {
  readonly message: string;
  /** Empty where the kind exists in every group. */
  readonly apiVersion: string;
  readonly kind: string;
}

/** The body as the codec reads it: YAML becomes JSON. An unknown media type is 415. */
export function normalizeBody(
  body: Uint8Array,
  contentType: string,
): { data: Uint8Array; format: Format } {
  switch (contentType) {
    case bareMessage:
      return { data: body, format: "message" };
    case "":
    case "*/*":
    case "application/json":
      return { data: body, format: "json" };
    case "application/vnd.kubernetes.protobuf":
      return { data: body, format: "protobuf" };
    case "application/yaml":
      return { data: yamlToJson(body), format: "json" };
    default:
      throw apiErrors.unsupportedMediaType(acceptedMediaTypes);
  }
}

export function yamlToJson(body: Uint8Array): Uint8Array {
  let value: unknown;
  try {
    value = parseYaml(Buffer.from(body).toString("utf8"));
  } catch (error) {
    throw apiErrors.badRequest(
      `error converting YAML to JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return Buffer.from(JSON.stringify(value ?? null));
}

export function decodeBody(
  codec: Codec,
  body: Uint8Array,
  contentType: string,
  expected: Expected,
  fieldValidation: FieldValidation,
  warn: (message: string) => void,
): ApiObject {
  const { data, format } = normalizeBody(body, contentType);
  if (format !== "message") {
    checkTypeMeta(codec, data, format, expected);
  }
  const decoded = codec.decode(expected.message, data, {
    format,
    fieldValidation,
    maxBytes: maxBodyBytes,
  });
  if (decoded.object === undefined) {
    throw decodeError(decoded.errors, expected);
  }
  for (const warning of decoded.warnings) {
    warn(warning.message);
  }
  return decoded.object;
}

function checkTypeMeta(
  codec: Codec,
  data: Uint8Array,
  format: "json" | "protobuf",
  expected: Expected,
): void {
  const found = codec.peekTypeMeta(data, format);
  if (found === undefined) {
    return;
  }
  const anyVersion = expected.apiVersion === "";
  if (!anyVersion && found.apiVersion !== "" && found.apiVersion !== expected.apiVersion) {
    throw apiErrors.badRequest(
      `the API version in the data (${found.apiVersion}) does not match ` +
        `the expected API version (${expected.apiVersion})`,
    );
  }
  if (found.kind !== "" && found.kind !== expected.kind) {
    throw apiErrors.badRequest(
      `${found.kind} in version "${versionOf(expected.apiVersion)}" cannot be handled as a ` +
        `${expected.kind}: the kind in the data does not match the expected kind`,
    );
  }
}

/** The refusal of a body (or of a patch's result) that does not decode. */
export function decodeError(errors: readonly CodecError[], expected: Expected): Error {
  const first = errors[0];
  if (first?.reason === "tooLarge") {
    return apiErrors.requestEntityTooLarge(`limit is ${maxBodyBytes}`);
  }
  const message = decodeMessage(errors);
  return apiErrors.badRequest(
    `${expected.kind} in version "${versionOf(expected.apiVersion)}" cannot be handled as a ` +
      `${expected.kind}: ${message}`,
  );
}

/** What does not decode, in words: the first fault, or all fields that are unknown or doubled. */
export function decodeMessage(errors: readonly CodecError[]): string {
  const strict = errors.every((e) => e.reason === "unknownField" || e.reason === "duplicateField");
  const text = errors.map((e) => e.message).join(", ");
  return strict ? `strict decoding error: ${text}` : (errors[0]?.message ?? "");
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}

/** Checks dryRun, fieldValidation and fieldManager; `kind` names the options in the refusal. */
export function validateWriteOptions(
  options: RequestOptions,
  kind: "CreateOptions" | "UpdateOptions" | "PatchOptions" | "DeleteOptions",
): void {
  const errors = [];
  const badDryRun = options.dryRun.find((value) => value !== "All");
  if (badDryRun !== undefined) {
    errors.push(fieldErrors.notSupported("dryRun", options.dryRun, ["All"]));
  }
  if (options.fieldManager.length > 128) {
    errors.push(fieldErrors.tooLong("fieldManager", 128));
  }
  if (!["", "Ignore", "Warn", "Strict"].includes(options.fieldValidation)) {
    errors.push(
      fieldErrors.notSupported("fieldValidation", options.fieldValidation, [
        "Ignore",
        "Strict",
        "Warn",
      ]),
    );
  }
  if (errors.length > 0) {
    throw apiErrors.invalid({ group: "meta.k8s.io", kind }, "", errors);
  }
}

export function fieldValidationOf(options: RequestOptions): FieldValidation {
  return options.fieldValidation === "" ? "Warn" : (options.fieldValidation as FieldValidation);
}

export function isDryRun(options: RequestOptions): boolean {
  return options.dryRun.length > 0;
}
