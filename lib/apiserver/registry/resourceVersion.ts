import { fieldErrors } from "../../api/fieldErrors.js";
import { goQuote } from "../../api/goQuote.js";
import { apiErrors } from "../../api/status.js";
import type { Revision } from "../../storage/storage.js";
import { unknownFailure } from "../plainError.js";
import type { RequestOptions } from "../requestOptions.js";
import type { ServerRequest } from "../serverRequest.js";
import type { RegistryDependencies } from "./registryDependencies.js";

const largestRevision = 2n ** 64n - 1n;

/**
 * `resourceVersion` of a request as a number; undefined where it is not set. Only lists reject
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

/**
 * How long a read waits for a revision that the store has not reached, and how it looks meanwhile:
 * the delays between two looks, in milliseconds, three seconds in all as upstream's servers wait.
 */
const reachedDelays = [5, 10, 20, 40, 75, ...Array.from({ length: 19 }, () => 150)];

/**
 * Undefined where the store has reached the revision, which is the oldest that may be returned;
 * else resolves when it has. Rejects with upstream's Timeout (retryAfterSeconds 1, cause
 * ResourceVersionTooLarge) when it has not after three seconds.
 */
export function requireReached(
  deps: Pick<RegistryDependencies, "storage" | "clock">,
  request: Pick<ServerRequest, "signal">,
  revision: Revision | undefined,
  asked: string,
): Promise<void> | undefined {
  if (revision === undefined || revision <= deps.storage.currentRevision()) return undefined;
  return waitUntilReached(deps, request, revision, asked);
}

async function waitUntilReached(
  deps: Pick<RegistryDependencies, "storage" | "clock">,
  request: Pick<ServerRequest, "signal">,
  revision: Revision,
  asked: string,
): Promise<void> {
  if (!(await isReached(deps, request, revision))) {
    throw apiErrors.tooLargeResourceVersion(asked, String(deps.storage.currentRevision()));
  }
}

/** Whether the store reaches the revision within three seconds and before the client goes. */
export async function isReached(
  { storage, clock }: Pick<RegistryDependencies, "storage" | "clock">,
  request: Pick<ServerRequest, "signal">,
  revision: Revision | undefined,
): Promise<boolean> {
  if (revision === undefined || revision <= storage.currentRevision()) return true;
  const signal = request.signal();
  for (const delay of reachedDelays) {
    await clock.sleep(delay, signal);
    if (revision <= storage.currentRevision()) return true;
    if (signal.aborted) return false;
  }
  return false;
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
