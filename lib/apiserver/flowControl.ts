import type { GaugeSeries } from "../api/metrics/gauge.js";
import { apiErrors } from "../api/status.js";
import type { UserInfo } from "./identity.js";
import type { RequestInfo } from "./requestInfo.js";

export interface FlowControlOptions {
  /** --max-requests-inflight; 0 is no limit. */
  readonly maxReadOnly: number;
  /** --max-mutating-requests-inflight; 0 is no limit. */
  readonly maxMutating: number;
}

/** Called once when the request has been answered. */
export type Release = () => void;

/**
 * Decides when a request may begin. Throws TooManyRequests where it may not; a promise is one that
 * waits in a queue. Priority and fairness is another implementation of this interface.
 */
export interface FlowControl {
  enter(info: RequestInfo, user: UserInfo): Release | Promise<Release>;
}

const readOnlyVerbs = new Set(["get", "list", "watch"]);

/** The fixed limits on requests in flight. Long-running requests and system:masters pass freely. */
export class MaxInFlight implements FlowControl {
  readonly #options: FlowControlOptions;
  readonly #readOnly: GaugeSeries;
  readonly #mutating: GaugeSeries;

  constructor(options: FlowControlOptions, readOnly: GaugeSeries, mutating: GaugeSeries) {
    this.#options = options;
    this.#readOnly = readOnly;
    this.#mutating = mutating;
  }

  enter(info: RequestInfo, user: UserInfo): Release {
    const isReadOnly = readOnlyVerbs.has(info.verb);
    const gauge = isReadOnly ? this.#readOnly : this.#mutating;
    const limit = isReadOnly ? this.#options.maxReadOnly : this.#options.maxMutating;
    if (limit > 0 && gauge.value >= limit && !user.groups.includes("system:masters")) {
      throw apiErrors.tooManyRequests("Too many requests, please try again later.", 1);
    }
    gauge.add(1);
    return () => gauge.add(-1);
  }
}

/** Watches, connections and log streams: they last, so they are not counted as in flight. */
export function isLongRunning(info: RequestInfo): boolean {
  return info.isResourceRequest && (info.verb === "watch" || info.verb === "connect");
}
