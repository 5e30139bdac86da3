import { checkArgument } from "./checkArgument.js";
import type { FieldError } from "./fieldErrors.js";
import type { Status, StatusCause, StatusDetails } from "./gen/types/metaV1.js";
import { goQuote } from "./goQuote.js";
import { object } from "./optionChecks.js";

/** The reasons that Kubernetes' API gives, with the HTTP code that each comes with. */
export const statusReasons = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  StoreReadError: 500,
  InternalError: 500,
  StorageReadError: 500,
  ServerTimeout: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;
export type StatusReason = keyof typeof statusReasons;

/**
 * A refusal that carries the whole Status that the client gets.
 *
 * @example
 * ```ts
 * import { ApiError, Cluster, resources } from "steersman";
 *
 * const cluster = await Cluster.start({ nodes: 0 });
 * try {
 *   await cluster.client.inNamespace("default").resource(resources.pods).get("nobody");
 * } catch (error) {
 *   if (!(error instanceof ApiError)) throw error;
 *   console.log(error.code, error.reason, error.status.details?.name); // → 404 NotFound nobody
 * }
 * await cluster.stop();
 * ```
 */
export class ApiError extends Error {
  readonly status: Status;

  constructor(status: Status) {
    if (typeof status !== "object" || status === null) checkArgument("status", status, object);
    super(status.message ?? status.reason ?? "unknown");
    this.name = "ApiError";
    this.status = status;
  }

  get code(): number {
    return this.status.code ?? 500;
  }

  /** Empty where the server gave none. */
  get reason(): string {
    return this.status.reason ?? "";
  }

  /** Undefined where the server does not ask to wait. */
  get retryAfterSeconds(): number | undefined {
    return this.status.details?.retryAfterSeconds;
  }
}

/**
 * Whether this is an ApiError with one of these reasons (`NotFound`, `Conflict` …).
 *
 * @example
 * ```ts
 * import { Cluster, hasReason, resources } from "steersman";
 *
 * const cluster = await Cluster.start({ nodes: 0 });
 * const maps = cluster.client.inNamespace("default").resource(resources.configmaps);
 * try {
 *   await maps.delete("settings");
 * } catch (error) {
 *   if (!hasReason(error, "NotFound")) throw error;
 *   console.log("there was none"); // → there was none
 * }
 * await cluster.stop();
 * ```
 */
export function hasReason(error: unknown, ...reasons: StatusReason[]): error is ApiError {
  return error instanceof ApiError && (reasons as string[]).includes(error.reason);
}

/**
 * The server says that there is no object of this name. A 404 of a path that nothing serves, or
 * one that a proxy made, says nothing about the object.
 */
export function isObjectNotFound(error: unknown, name: string): boolean {
  if (!hasReason(error, "NotFound")) return false;
  const { details } = error.status;
  return details?.name === name && !hasCause(error, "UnexpectedServerResponse");
}

/** One of the refusal's causes has this reason. */
export function hasCause(error: unknown, reason: string): boolean {
  return (
    error instanceof ApiError &&
    (error.status.details?.causes ?? []).some((cause) => cause.reason === reason)
  );
}

/** The refusal to create in a namespace that is being deleted: trying again is no use. */
export function isNamespaceTerminating(error: unknown): boolean {
  return hasReason(error, "Forbidden") && hasCause(error, "NamespaceTerminating");
}

export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/** `deployments.apps`; `pods` in the core group. */
export function qualifiedResource({ group, resource }: GroupResource): string {
  return group === "" ? resource : `${resource}.${group}`;
}

/** What a lost optimistic lock says after the object's name. */
export const modifiedMessage =
  "the object has been modified; please apply your changes to the latest version and try again";

/**
 * The catalogue of errors: reason, code, details and message are those of upstream's API machinery,
 * which clients match on.
 */
export const apiErrors = {
  notFound(resource: GroupResource, name: string): ApiError {
    const message = `${qualifiedResource(resource)} ${goQuote(name)} not found`;
    return refusal("NotFound", message, about(resource, name));
  },

  alreadyExists(resource: GroupResource, name: string): ApiError {
    const message = `${qualifiedResource(resource)} ${goQuote(name)} already exists`;
    return refusal("AlreadyExists", message, about(resource, name));
  },

  /** Every name tried for a generateName was taken. */
  generateNameConflict(resource: GroupResource, name: string, retryAfterSeconds: number): ApiError {
    const message =
      `${qualifiedResource(resource)} ${goQuote(name)} already exists, ` +
      "the server was not able to generate a unique name for the object";
    return refusal("AlreadyExists", message, { ...about(resource, name), retryAfterSeconds });
  },

  unauthorized(message = "Unauthorized"): ApiError {
    return refusal("Unauthorized", message === "" ? "not authorized" : message);
  },

  /** An empty resource is a request that is for none. */
  forbidden(resource: GroupResource, name: string, why: string): ApiError {
    const qualified = qualifiedResource(resource);
    const subject = name === "" ? `${qualified} is ` : `${qualified} ${goQuote(name)} is `;
    const message = `${qualified === "" ? "" : subject}forbidden: ${why}`;
    return refusal("Forbidden", message, about(resource, name));
  },

  conflict(resource: GroupResource, name: string, why: string = modifiedMessage): ApiError {
    const subject = `${qualifiedResource(resource)} ${goQuote(name)}`;
    const message = `Operation cannot be fulfilled on ${subject}: ${why}`;
    return refusal("Conflict", message, about(resource, name));
  },

  /** Server-side apply met fields of other managers. */
  applyConflict(causes: StatusCause[], message: string): ApiError {
    return refusal("Conflict", message, { causes });
  },

  gone(message: string): ApiError {
    return refusal("Gone", message);
  },

  /** The asked revision is older than what is kept. */
  expired(message: string): ApiError {
    return refusal("Expired", message);
  },

  invalid(
    kind: { readonly group: string; readonly kind: string },
    name: string,
    errors: readonly FieldError[],
  ): ApiError {
    const qualified = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
    const list = joinErrors(errors.map((e) => `${e.field}: ${e.detail}`));
    const message = `${qualified} ${goQuote(name)} is invalid${list === "" ? "" : `: ${list}`}`;
    const causes = errors.map((e) => ({ reason: e.type, message: e.detail, field: e.field }));
    return refusal("Invalid", message, {
      ...about({ group: kind.group, resource: kind.kind }, name),
      ...(causes.length === 0 ? {} : { causes }),
    });
  },

  badRequest(message: string): ApiError {
    return refusal("BadRequest", message);
  },

  /** Zero seconds leave the time to the client. */
  tooManyRequests(message: string, retryAfterSeconds: number, causes?: StatusCause[]): ApiError {
    return refusal("TooManyRequests", message, {
      ...(causes === undefined ? {} : { causes }),
      ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }),
    });
  },

  serviceUnavailable(message: string): ApiError {
    return refusal("ServiceUnavailable", message);
  },

  methodNotSupported(resource: GroupResource, action: string): ApiError {
    const kind = goQuote(qualifiedResource(resource));
    const message = `${action} is not supported on resources of kind ${kind}`;
    return refusal("MethodNotAllowed", message, about(resource, ""));
  },

  /** A subresource that is known and not carried out; the sentence says why. */
  methodRefused(resource: GroupResource, subresource: string, why: string): ApiError {
    const message = `${qualifiedResource(resource)}/${subresource} is refused: ${why}`;
    return refusal("MethodNotAllowed", message, about(resource, ""));
  },

  /** The server could not finish now; the client may try again. */
  serverTimeout(resource: GroupResource, operation: string, retryAfterSeconds: number): ApiError {
    const message =
      `The ${operation} operation against ${qualifiedResource(resource)} ` +
      "could not be completed at this time, please try again.";
    const details = about(resource, operation);
    return refusal("ServerTimeout", message, {
      ...details,
      ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }),
    });
  },

  timeout(message: string, retryAfterSeconds = 0): ApiError {
    const details = retryAfterSeconds === 0 ? {} : { retryAfterSeconds };
    return refusal("Timeout", `Timeout: ${message}`, details);
  },

  /** A read that must not be older than `asked`, from a server that has only come to `current`. */
  tooLargeResourceVersion(asked: bigint | string, current: bigint | string): ApiError {
    const cause = { reason: "ResourceVersionTooLarge", message: "Too large resource version" };
    const message = `Timeout: Too large resource version: ${asked}, current: ${current}`;
    return refusal("Timeout", message, {
      causes: [cause],
      retryAfterSeconds: 1,
    });
  },

  requestEntityTooLarge(message: string): ApiError {
    return refusal("RequestEntityTooLarge", `Request entity too large: ${message}`);
  },

  notAcceptable(accepted: readonly string[]): ApiError {
    const list = accepted.join(", ");
    return refusal("NotAcceptable", `only the following media types are accepted: ${list}`);
  },

  unsupportedMediaType(accepted: readonly string[]): ApiError {
    const message =
      "the body of the request was in an unknown format - " +
      `accepted media types include: ${accepted.join(", ")}`;
    return refusal("UnsupportedMediaType", message);
  },

  /** An object that a list has to have cannot be read from storage. */
  storageRead(resource: GroupResource, key: string, why: string): ApiError {
    const message = `failed to read one or more ${qualifiedResource(resource)} from the storage: ${why}`;
    const cause = { reason: "UnexpectedServerResponse", message: why, field: key };
    return refusal("StorageReadError", message, { ...about(resource, "list"), causes: [cause] });
  },

  internal(error: unknown): ApiError {
    const text = error instanceof Error ? error.message : String(error);
    const details = { causes: [{ message: text }] };
    return refusal("InternalError", `Internal error occurred: ${text}`, details);
  },

  /** A response that is no Status, as clients turn it into one. `body` is its text. */
  ofResponse(
    code: number,
    verb: string,
    resource: GroupResource,
    name: string,
    body: string,
  ): ApiError {
    const { reason, message } = genericResponse(code, verb, body);
    const what = qualifiedResource(resource);
    const asked = [verb.toLowerCase(), what, name].filter((word) => word !== "").join(" ");
    return new ApiError({
      ...failure,
      message: what === "" ? message : `${message} (${asked})`,
      ...(reason === undefined ? {} : { reason }),
      details: {
        ...about(resource, name),
        causes: [{ reason: "UnexpectedServerResponse", message: body }],
      },
      code,
    });
  },
} as const;

const failure = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" } as const;

/** What a deletion and the like answer. `details` names what it was done to. */
export function successStatus(details?: StatusDetails): Status {
  const head = { ...failure, status: "Success" };
  return details === undefined ? head : { ...head, details };
}

function refusal(reason: StatusReason, message: string, details?: StatusDetails): ApiError {
  return new ApiError({
    ...failure,
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code: statusReasons[reason],
  });
}

function about({ group, resource }: GroupResource, name: string): StatusDetails {
  return {
    ...(name === "" ? {} : { name }),
    ...(group === "" ? {} : { group }),
    ...(resource === "" ? {} : { kind: resource }),
  };
}

/** Several errors in brackets, each once; one stands alone. */
function joinErrors(messages: readonly string[]): string {
  const unique = [...new Set(messages)];
  return unique.length === 1 ? unique[0]! : unique.length === 0 ? "" : `[${unique.join(", ")}]`;
}

const genericResponses: Readonly<Record<number, readonly [StatusReason, string]>> = {
  400: ["BadRequest", "the server rejected our request for an unknown reason"],
  401: ["Unauthorized", "the server has asked for the client to provide credentials"],
  403: ["Forbidden", "the server does not allow access to the requested resource"],
  404: ["NotFound", "the server could not find the requested resource"],
  405: ["MethodNotAllowed", "the server does not allow this method on the requested resource"],
  429: [
    "TooManyRequests",
    "the server has received too many requests and has asked us to try again later",
  ],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  504: ["Timeout", "the server was unable to return a response in the time allotted"],
};

function genericResponse(
  code: number,
  verb: string,
  body: string,
): { reason?: StatusReason; message: string } {
  const known = genericResponses[code];
  if (known !== undefined) return { reason: known[0], message: known[1] };
  if (code === 409) {
    const reason = verb.toUpperCase() === "POST" ? "AlreadyExists" : "Conflict";
    return { reason, message: "the server reported a conflict" };
  }
  if (code >= 500) {
    const text = goQuote(body);
    const message = `an error on the server (${text}) has prevented the request from succeeding`;
    return { reason: "InternalError", message };
  }
  const answered = `the server responded with the status code ${code}`;
  return { message: `${answered} but did not return more information` };
}
