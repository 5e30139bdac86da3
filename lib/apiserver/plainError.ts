import { goQuote } from "../api/goQuote.js";
import { ApiError, type StatusReason, statusReasons } from "../api/status.js";

/** An error that REST gives as plain text instead of a Status: paths that nothing serves. */
export class PlainError extends ApiError {
  readonly text: string;

  constructor(code: number, text: string) {
    super({ ...failure, message: text, code });
    this.text = text;
  }
}

const failure = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" } as const;

export function pageNotFound(): ApiError {
  return new PlainError(404, "404 page not found\n");
}

/** A path that begins like a resource's and cannot be one. */
export function noRequestInfo(path: string, why: string): ApiError {
  const text = `Internal Server Error: ${goQuote(path)}: failed to create RequestInfo: ${why}\n`;
  return new PlainError(500, text);
}

/**
 * Below a served group and version errors for paths and methods are Statuses without a subject.
 */
export function resourceNotFound(): ApiError {
  return generic("NotFound", "the server could not find the requested resource");
}

export function methodNotAllowed(): ApiError {
  return generic(
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
  );
}

/** A patch that is well formed and cannot be applied to the object, such as a failed test. */
export function unprocessable(): ApiError {
  return generic("Invalid", "the server rejected our request due to an error in our request");
}

/** The router's own errors for media types, which say nothing of the object's form. */
export function mediaTypeNotConsumed(): ApiError {
  return generic("UnsupportedMediaType", "415: Unsupported Media Type");
}

export function mediaTypeNotProduced(available: readonly string[]): ApiError {
  return generic(
    "NotAcceptable",
    `406: Not Acceptable\n\nAvailable representations: ${available.join(", ")}`,
  );
}

/** The object exists, but not in the form that was asked for. */
export function notAcceptableView(message: string): ApiError {
  return new ApiError({ ...failure, message, reason: "NotAcceptable", code: 406 });
}

/** What upstream lets through without a reason: an error of its own, told in its words. */
export function unknownFailure(message: string): ApiError {
  return new ApiError({ ...failure, message, code: 500 });
}

function generic(reason: StatusReason, message: string): ApiError {
  return new ApiError({ ...failure, message, reason, details: {}, code: statusReasons[reason] });
}
