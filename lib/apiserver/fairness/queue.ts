import { RequestList } from "./requestList.js";

/** One of a level's queues, and what of it runs. */
export class Queue {
  readonly index: number;
  readonly waiting = new RequestList();
  readonly running = new RequestList();
  /** Virtual time at which its next request is dispatched. */
  nextR = 0;
  seatsInUse = 0;
  initialSeatsWaiting = 0;
  seatsWaiting = 0;
  costWaiting = 0;
  /** Counts dispatches: of queues that are equal the one served longest ago is next. */
  servedAt = 0;
  heapIndex = -1;

  constructor(index: number) {
    this.index = index;
  }

  /** Virtual time at which its first request would be done. */
  get finishR(): number {
    return this.nextR + (this.waiting.first?.cost ?? 0);
  }

  get isActive(): boolean {
    return this.waiting.length > 0 || this.running.length > 0;
  }
}
