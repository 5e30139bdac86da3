import type { RequestInfo, ResourceRequestInfo } from "../requestInfo.js";
import type { RequestOptions } from "../requestOptions.js";
import type { FlowSeries } from "./fairnessMetrics.js";
import type { ObjectSizes } from "./objectSizes.js";
import { oneSeat, type WorkEstimate } from "./workEstimate.js";

const bytesPerSeat = 100_000;
/** What a list from a cache holds in memory at most, since it is streamed. */
const streamedBytes = 1_000_000;
const mostListSeats = 100;
const mostWriteSeats = 10;
const watchersPerSeat = 10;
const millisecondsPerEvent = 5;

export interface WorkEstimatorOptions {
  /** Undefined where nothing is known of the resource. */
  readonly sizesOf: (info: ResourceRequestInfo) => ObjectSizes | undefined;
  readonly watchersOf: (info: RequestInfo) => number;
}

/** How wide requests are; `widest` is the level's bound, 0 for none. */
export class WorkEstimator {
  readonly #options: WorkEstimatorOptions;

  constructor(options: WorkEstimatorOptions) {
    this.#options = options;
  }

  estimate(
    info: RequestInfo,
    options: RequestOptions,
    widest: number,
    series: FlowSeries,
  ): WorkEstimate {
    if (!info.isResourceRequest) return oneSeat;
    switch (info.verb) {
      case "list":
        return this.#list(info, options, widest);
      case "watch":
        return sendsState(options) ? this.#list(info, options, widest) : oneSeat;
      case "create":
      case "update":
      case "patch":
      case "delete":
        return this.#write(info, widest, series);
      default:
        return oneSeat;
    }
  }

  #list(info: ResourceRequestInfo, options: RequestOptions, widest: number): WorkEstimate {
    const sizes = this.#options.sizesOf(info);
    if (sizes === undefined || sizes.count === 0) return oneSeat;
    const seats = Math.ceil(bytesOf(sizes, info, options) / bytesPerSeat);
    const initialSeats = Math.max(1, Math.min(seats, bound(widest, mostListSeats)));
    return initialSeats === 1 ? oneSeat : { initialSeats, finalSeats: 0, finalMilliseconds: 0 };
  }

  #write(info: ResourceRequestInfo, widest: number, series: FlowSeries): WorkEstimate {
    if (info.resource === "serviceaccounts" && info.subresource === "token") return oneSeat;
    const watchers = this.#options.watchersOf(info);
    series.watchers.observe(watchers);
    if (watchers < watchersPerSeat) return oneSeat;
    const seats = Math.ceil(watchers / watchersPerSeat);
    const finalSeats = Math.min(seats, bound(widest, mostWriteSeats));
    const finalMilliseconds = (seats * millisecondsPerEvent) / finalSeats;
    return { initialSeats: 1, finalSeats, finalMilliseconds };
  }
}

function bound(widest: number, most: number): number {
  return widest === 0 ? most : Math.min(widest, most);
}

/** What is in memory at once. */
function bytesOf(
  { count, meanBytes }: ObjectSizes,
  { verb, name }: ResourceRequestInfo,
  options: RequestOptions,
): number {
  const { limit, fieldSelector, labelSelector } = options;
  if (name !== "") return Math.min(meanBytes, streamedBytes);
  const wanted = limit > 0 ? Math.min(limit, count) : count;
  if (verb === "watch" || !isReadFromStorage(options)) {
    return Math.min(wanted * meanBytes, streamedBytes);
  }
  const isSelected = fieldSelector !== "" || labelSelector !== "";
  return (isSelected ? Math.max(wanted, Math.floor(count / 2)) : wanted) * meanBytes;
}

/** Of former revisions; the newest one and what is not older than another come from the cache. */
function isReadFromStorage(options: RequestOptions): boolean {
  const { resourceVersion, resourceVersionMatch, limit } = options;
  switch (resourceVersionMatch) {
    case "NotOlderThan":
      return false;
    case "":
      if (options.continue !== "") return true;
      return limit > 0 && resourceVersion !== "" && resourceVersion !== "0";
    default:
      return true;
  }
}

/** Asked for, or as watches without a revision always had it. */
function sendsState({ sendInitialEvents, resourceVersion }: RequestOptions): boolean {
  return sendInitialEvents === true || resourceVersion === "" || resourceVersion === "0";
}
