import type { UserInfo } from "../identity.js";
import type { RequestInfo } from "../requestInfo.js";
import type { FlowSeries } from "./fairnessMetrics.js";
import type { Queue } from "./queue.js";
import { type WorkEstimate, widthOf } from "./workEstimate.js";

/** How long a request is thought to run, until it is known. */
export const estimatedSeconds = 0.003;

export interface QueueSettings {
  readonly queues: number;
  readonly handSize: number;
  readonly queueLengthLimit: number;
}

/** Requests that are counted as one requester's. */
export interface Flow {
  readonly flowSchema: string;
  readonly distinguisher: string;
  readonly series: FlowSeries;
  /** The queues that it may use. */
  hand(settings: QueueSettings): readonly number[];
}

/** One request in its level, from its arrival until its seats are free again. */
export class LevelRequest {
  readonly flow: Flow;
  readonly info: RequestInfo;
  readonly user: UserInfo;
  readonly arrivedAt: number;
  work: WorkEstimate;
  width: number;
  /** Seat-seconds that it is thought to cost. */
  cost: number;
  queue: Queue | undefined;
  /** Virtual time of its arrival. */
  arrivalR = 0;
  startedAt = 0;
  state: "new" | "waiting" | "running" | "done" = "new";
  /** Called when it may run, if it had to wait. */
  onStart: (() => void) | undefined;
  /** Its neighbours in the list that it is in. */
  previous: LevelRequest | undefined;
  next: LevelRequest | undefined;

  constructor(
    flow: Flow,
    info: RequestInfo,
    user: UserInfo,
    work: WorkEstimate,
    arrivedAt: number,
  ) {
    this.flow = flow;
    this.info = info;
    this.user = user;
    this.work = work;
    this.width = widthOf(work);
    this.cost = work.initialSeats * estimatedSeconds + finalCost(work);
    this.arrivedAt = arrivedAt;
  }
}

function finalCost({ finalSeats, finalMilliseconds }: WorkEstimate): number {
  return (finalSeats * finalMilliseconds) / 1000;
}
