import { ApiError, type StatusReason, statusReasons } from "../api/status.js";

/** A refusal that REST gives as plain text instead of a Status: paths that nothing serves. */
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

/**
 * Below a served group and version refusals of paths and methods are Statuses without a subject.
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

function generic(reason: StatusReason, message: string): ApiError {
  return new ApiError({ ...failure, message, reason, details: {}, code: statusReasons[reason] });
}
