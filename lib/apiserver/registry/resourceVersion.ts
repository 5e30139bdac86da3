import { fieldErrors } from "../../api/fieldErrors.js";
import { goQuote } from "../../api/goQuote.js";
import { apiErrors } from "../../api/status.js";
import type { Revision } from "../../storage/storage.js";
import { unknownFailure } from "../plainError.js";
import type { RequestOptions } from "../requestOptions.js";

const largestRevision = 2n ** 64n - 1n;

/**
 * `resourceVersion` of a request as a number; undefined where it is not set. Only lists refuse
 * what is no number as the client's fault, as upstream does.
 */
export function parseResourceVersion(
  text: string,
  verb: "get" | "list" | "watch",
): Revision | undefined {
  if (text === "") {
    return undefined;
  }
  const isNumber = /^\d+$/.test(text);
  if (!isNumber || BigInt(text) > largestRevision) {
    const why =
      `resourceVersion: Invalid value: ${goQuote(text)}: strconv.ParseUint: ` +
      `parsing ${goQuote(text)}: ${isNumber ? "value out of range" : "invalid syntax"}`;
    throw verb === "list"
      ? apiErrors.badRequest(`invalid resource version: ${why}`)
      : unknownFailure(why);
  }
  // Beyond what is counted exactly everything is the far future alike.
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** Reads that must not be older than a revision which the store has not reached. */
export function requireReached(
  { resourceVersion }: RequestOptions,
  revision: Revision | undefined,
  current: Revision,
): void {
  if (revision !== undefined && revision > current) {
    throw apiErrors.tooLargeResourceVersion(resourceVersion, String(current));
  }
}

/** Upstream's ValidateListOptions: which options may stand together. */
export function validateListOptions(options: RequestOptions, isWatch: boolean): void {
  const errors = isWatch ? watchErrors(options) : listErrors(options);
  if (errors.length > 0) {
    throw apiErrors.invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
  }
}

function listErrors(options: RequestOptions) {
  const match = options.resourceVersionMatch;
  const errors = [];
  if (match !== "") {
    if (options.resourceVersion === "") {
      errors.push(
        forbidMatch("resourceVersionMatch is forbidden unless resourceVersion is provided"),
      );
    }
    if (options.continue !== "") {
      errors.push(forbidMatch("resourceVersionMatch is forbidden when continue is provided"));
    }
    if (match !== "Exact" && match !== "NotOlderThan") {
      errors.push(
        fieldErrors.notSupported("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]),
      );
    }
    if (match === "Exact" && options.resourceVersion === "0") {
      errors.push(forbidMatch('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (options.sendInitialEvents !== undefined) {
    errors.push(
      fieldErrors.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"),
    );
  }
  return errors;
}

function watchErrors(options: RequestOptions) {
  const match = options.resourceVersionMatch;
  const errors = [];
  if (options.sendInitialEvents !== undefined && match !== "NotOlderThan") {
    errors.push(
      forbidMatch("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"),
    );
  }
  if (match !== "") {
    if (options.sendInitialEvents === undefined) {
      errors.push(
        forbidMatch(
          "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ),
      );
    }
    if (match !== "NotOlderThan") {
      errors.push(fieldErrors.notSupported("resourceVersionMatch", match, ["NotOlderThan"]));
    }
  }
  if (options.continue !== "") {
    errors.push(forbidMatch("resourceVersionMatch is forbidden when continue is provided"));
  }
  return errors;
}

function forbidMatch(detail: string) {
  return fieldErrors.forbidden("resourceVersionMatch", detail);
}
