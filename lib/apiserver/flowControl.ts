import type { MaybePromise } from "../api/maybePromise.js";
import type { Clock } from "../platform/clock.js";
import type { LentSeats } from "./fairness/queueSet.js";
import type { Grounds } from "./grounds.js";
import type { UserInfo } from "./identity.js";
import type { SeatGauges, SeatMetrics } from "./metrics/seatMetrics.js";
import type { RequestInfo, ResourceRequestInfo } from "./requestInfo.js";
import type { RequestOptions } from "./requestOptions.js";
import { type Release, SeatPool } from "./seatPool.js";

export type { Release } from "./seatPool.js";

export interface FlowControlOptions {
  /** --max-requests-inflight; 0 is no limit. */
  readonly maxReadOnly: number;
  /** --max-mutating-requests-inflight; 0 is no limit. */
  readonly maxMutating: number;
  /** Requests that wait for a seat at once, of each kind; default 4,000. */
  readonly maxWaiting?: number;
}

/** What flow control needs to know of a request, and what it says of it. */
export interface FlowControlled {
  readonly info: RequestInfo;
  readonly options: RequestOptions;
  /** Aborts when the client has gone, the deadline has passed or the server stops. */
  readonly signal: () => AbortSignal;
  /** Of the request's deadline, from its arrival; absent where it has the server's. */
  readonly timeoutMilliseconds?: number | undefined;
  /** Set by flow control: headers of the response, whatever it is. */
  flowHeaders?: Readonly<Record<string, string>>;
}

/** What the headers that flow control gave a request rest on. */
export interface HeaderGrounds {
  readonly grounds: Grounds;
  /** In which namespaces requests that are like it otherwise would have the same. */
  readonly covers: "namespace" | "cluster";
  /**
   * Seats for requests like it that the listener serves by itself; undefined where it needs none.
   * `make` is called once for many requests. Absent where there are none to lend.
   */
  readonly lend?: (make: () => LentSeats) => LentSeats | undefined;
}

/** Decides when requests begin. Connections have no seats and do not come here. */
export interface FlowControl {
  /**
   * A seat at once, or a promise where the request waits in a queue. Throws, or rejects with,
   * TooManyRequests where it may not begin. A watch gives its seat back when it is initialized.
   */
  enter(request: FlowControlled, user: UserInfo): MaybePromise<Release>;
  /**
   * Undefined where what they rest on has changed since the request entered. Absent where no
   * request has any.
   */
  headerGrounds?(request: FlowControlled, user: UserInfo): HeaderGrounds | undefined;
  /** A watch runs from now on; returns what is called once when it is over. */
  watchStarted?(info: ResourceRequestInfo): () => void;
  /** Before the server listens: resolves when requests can be told apart. */
  start?(): Promise<void>;
  stop?(): void;
  /** Text that shows its state, under a path of its own. */
  debugPage?(path: string, query: URLSearchParams | undefined): string | undefined;
}

const readOnlyVerbs = new Set(["get", "list", "watch"]);
const healthPath = /^\/(healthz|livez|readyz)(\/|$)/;
/** Members of the control plane whose leases keep it going. */
const leaders = new Set(["system:kube-controller-manager", "system:kube-scheduler"]);
const defaultMaxWaiting = 4000;
/** A quarter of the usual request timeout, as upstream's priority and fairness waits. */
const maxWaitMilliseconds = 15_000;
/** Seats beside the others' for what keeps nodes and the control plane alive. */
const vitalSeats = 100;

/**
 * The fixed limits on requests in flight. What finds no seat waits for up to 15 s in a bounded
 * line. Watches, system:masters and health checks pass freely; leases, and what nodes
 * say of themselves, have seats of their own.
 */
export class MaxInFlight implements FlowControl {
  readonly #readOnly: SeatPool | undefined;
  readonly #mutating: SeatPool | undefined;
  readonly #vital: { readonly readOnly: SeatPool; readonly mutating: SeatPool };
  readonly #metrics: Pick<SeatMetrics, "readOnly" | "mutating">;

  constructor(
    options: FlowControlOptions,
    clock: Clock,
    metrics: Pick<SeatMetrics, "readOnly" | "mutating">,
  ) {
    this.#metrics = metrics;
    const maxWaiting = options.maxWaiting ?? defaultMaxWaiting;
    const pool = (seats: number, gauges: SeatGauges) =>
      new SeatPool({ seats, maxWaiting, maxWaitMilliseconds }, clock, gauges);
    const { readOnly, mutating } = metrics;
    this.#readOnly = options.maxReadOnly > 0 ? pool(options.maxReadOnly, readOnly) : undefined;
    this.#mutating = options.maxMutating > 0 ? pool(options.maxMutating, mutating) : undefined;
    this.#vital = { readOnly: pool(vitalSeats, readOnly), mutating: pool(vitalSeats, mutating) };
  }

  enter({ info, signal }: FlowControlled, user: UserInfo): MaybePromise<Release> {
    if (info.isResourceRequest && info.verb === "watch") return noRelease;
    const isReadOnly = readOnlyVerbs.has(info.verb);
    const pool = isReadOnly ? this.#readOnly : this.#mutating;
    if (pool === undefined || isExempt(info, user)) return this.#pass(isReadOnly);
    if (!isVital(info, user)) return pool.enter(user.name, signal);
    const vital = isReadOnly ? this.#vital.readOnly : this.#vital.mutating;
    return vital.enter(user.name, signal);
  }

  #pass(isReadOnly: boolean): Release {
    const { running } = isReadOnly ? this.#metrics.readOnly : this.#metrics.mutating;
    running.add(1);
    return () => running.add(-1);
  }
}

function isExempt(info: RequestInfo, user: UserInfo): boolean {
  if (user.groups.includes("system:masters")) return true;
  return !info.isResourceRequest && healthPath.test(info.path);
}

/** Without these nodes are thought dead and leaders step down. Lists are not among them. */
function isVital(info: RequestInfo, user: UserInfo): boolean {
  if (!info.isResourceRequest || info.verb === "list") return false;
  const isLease = info.group === "coordination.k8s.io" && info.resource === "leases";
  const isNode = info.group === "" && info.resource === "nodes";
  if (user.groups.includes("system:nodes")) return isLease || isNode;
  return isLease && leaders.has(user.name);
}

/** Watches last, so that they are not counted as in flight. */
const noRelease: Release = () => undefined;
