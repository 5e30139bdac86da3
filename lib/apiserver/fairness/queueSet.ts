import type { Clock } from "../../platform/clock.js";
import type { LevelSeries } from "./fairnessMetrics.js";
import { estimatedSeconds, type LevelRequest, type QueueSettings } from "./levelRequest.js";
import { Queue } from "./queue.js";
import { QueueHeap } from "./queueHeap.js";
import { RequestList } from "./requestList.js";
import type { SeatDemand } from "./seatDemand.js";
import { widthOf } from "./workEstimate.js";

/** Seats of a level for requests that the listener serves by itself. */
export interface LentSeats {
  /** From now on so many at once; those that run go on. */
  limitTo(seats: number): void;
  readonly used: number;
}

/** Idle queues that are kept, so that usual numbers of them are made once. */
const idleQueuesKept = 1024;
/** Virtual time beyond which it is set back, in seat-seconds: what is added must not get lost. */
const epochSeatSeconds = 2 ** 30;

/** What becomes of a request that finds no seat. */
export type LimitResponse =
  | { readonly type: "exempt" }
  | { readonly type: "reject" }
  | { readonly type: "queue"; readonly settings: QueueSettings };

/**
 * The requests of one level: those that run, and those that wait in fair queues. Virtual time (R)
 * passes as fast as each busy queue would be served if seats could be divided. What it holds is
 * bounded by its queues and their lengths, and by the seats.
 */
export class QueueSet {
  readonly #clock: Clock;
  readonly #series: LevelSeries;
  readonly #demand: SeatDemand;
  /** By index, those that were used. */
  readonly #queues = new Map<number, Queue>();
  readonly #ready = new QueueHeap();
  /** Those that run without a queue. */
  readonly #queueless = new RequestList();
  #response: LimitResponse = { type: "reject" };
  #limit = 0;
  #r = 0;
  #at: number;
  #activeQueues = 0;
  #enqueued = 0;
  #served = 0;
  #waiting = 0;
  #seatsWaiting = 0;
  #running = 0;
  #seatsInUse = 0;
  #lent: LentSeats | undefined;
  dispatched = 0;
  rejected = 0;
  cancelled = 0;

  constructor(clock: Clock, series: LevelSeries, demand: SeatDemand) {
    this.#clock = clock;
    this.#series = series;
    this.#demand = demand;
    this.#at = clock.monotonic();
  }

  get waiting(): number {
    return this.#waiting;
  }

  get running(): number {
    return this.#running;
  }

  get seatsInUse(): number {
    return this.#seatsInUse;
  }

  get isIdle(): boolean {
    return this.#waiting === 0 && this.#running === 0;
  }

  queues(): Queue[] {
    return [...this.#queues.values()].sort((a, b) => a.index - b.index);
  }

  get queueless(): Iterable<LevelRequest> {
    return this.#queueless;
  }

  /**
   * Seats for what is not asked about here: all that are free as long as nobody waits, and half of
   * them where many want some. While those are taken nothing starts here beyond the limit; whoever
   * waits starts when one that runs here has ended, at the latest.
   */
  lend(make: () => LentSeats): LentSeats {
    this.#lent ??= make();
    this.#share();
    return this.#lent;
  }

  #share(): void {
    if (this.#lent === undefined) return;
    const half = Math.floor(this.#limit / 2);
    const free = this.#waiting > 0 ? 0 : this.#limit - this.#seatsInUse;
    this.#lent.limitTo(Math.max(half, free));
  }

  /** To be called before metrics are read. */
  noteBounds(): void {
    const { nextS, nextDiscountedS } = this.#series;
    const waiting = this.queues().filter((queue) => queue.waiting.length > 0);
    if (waiting.length === 0) return;
    const starts = waiting.map(({ nextR }) => nextR);
    const discounted = waiting.map((queue) => queue.nextR - queue.seatsInUse * estimatedSeconds);
    nextS.min.set(least(starts));
    nextS.max.set(-least(starts.map((start) => -start)));
    nextDiscountedS.min.set(least(discounted));
    nextDiscountedS.max.set(-least(discounted.map((start) => -start)));
  }

  configure(response: LimitResponse, limit: number, ratioOf: number): void {
    const now = this.#clock.monotonic();
    this.#pass(now);
    this.#response = response;
    this.#limit = limit;
    const waiting =
      response.type === "queue" ? response.settings.queues * response.settings.queueLengthLimit : 1;
    this.#series.waitingRatio.setDenominator(waiting, now);
    this.#series.executingRatio.setDenominator(ratioOf, now);
    this.#series.seatUtilization.setDenominator(ratioOf, now);
    this.#series.demandRatio.setDenominator(ratioOf, now);
    this.#dispatch(now);
    this.#share();
  }

  /** A request arrives. It runs already, it waits until `onStart`, or it is turned away. */
  start(request: LevelRequest, now: number): "running" | "waiting" | "rejected" {
    this.#pass(now);
    if (this.#response.type !== "queue") return this.#startWithoutQueue(request, now);
    const { settings } = this.#response;
    const queue = this.#pick(request.flow.hand(settings));
    const isFull = queue.waiting.length >= settings.queueLengthLimit;
    if (isFull && this.#seatsInUse >= this.#limit) {
      this.#forget(queue);
      this.rejected += 1;
      request.flow.series.rejected("queue-full");
      return "rejected";
    }
    request.queue = queue;
    request.arrivalR = this.#r;
    if (!queue.isActive) {
      this.#activeQueues += 1;
      queue.nextR = this.#r;
    }
    if (this.#waiting === 0 && this.#hasRoomFor(request.width)) {
      if (queue.nextR < this.#r) queue.nextR = this.#r;
      request.flow.series.queueLength.observe(1);
      this.#run(request, queue, now);
      return "running";
    }
    this.#enqueue(request, queue, now);
    this.#dispatch(now);
    return request.state === "running" ? "running" : "waiting";
  }

  /** It has its response: its seats are free now, or when watchers have been told. */
  finish(request: LevelRequest, now: number): void {
    if (request.state !== "running") return;
    this.#pass(now);
    request.state = "done";
    this.#running -= 1;
    request.flow.series.executing.add(-1);
    this.#series.executingRatio.add(-1, now);
    const { queue, work } = request;
    if (queue === undefined) this.#queueless.remove(request);
    else {
      queue.running.remove(request);
      if (!queue.isActive) this.#activeQueues -= 1;
      const seconds = (now - request.startedAt) / 1000;
      queue.nextR -= work.initialSeats * (estimatedSeconds - seconds);
      this.#settle(queue);
    }
    if (work.finalMilliseconds <= 0) this.#free(request, now);
    else {
      this.#clock.setTimer(work.finalMilliseconds, () => {
        const later = this.#clock.monotonic();
        this.#pass(later);
        this.#free(request, later);
        this.#dispatch(later);
      });
    }
    if (this.#waiting > 0) this.#dispatch(now);
  }

  /** It waits no longer: its client has gone, or it has waited for too long. */
  leave(request: LevelRequest, now: number): void {
    const { queue } = request;
    if (request.state !== "waiting" || queue === undefined) return;
    this.#pass(now);
    request.state = "done";
    this.#dequeue(request, queue, now);
    if (!queue.isActive) this.#activeQueues -= 1;
    this.#settle(queue);
    this.#forget(queue);
    this.rejected += 1;
    this.cancelled += 1;
    request.flow.series.rejected("time-out");
    // A wide one may have stood before others for which there is room.
    this.#dispatch(now);
  }

  #startWithoutQueue(request: LevelRequest, now: number): "running" | "rejected" {
    if (this.#response.type !== "exempt" && !this.#hasRoomFor(request.width)) {
      this.rejected += 1;
      request.flow.series.rejected("concurrency-limit");
      return "rejected";
    }
    this.#queueless.append(request);
    this.#take(request, now);
    return "running";
  }

  /** The one with the least to do of the flow's hand, each card being looked at first in turn. */
  #pick(hand: readonly number[]): Queue {
    const first = this.#enqueued % hand.length;
    this.#enqueued += 1;
    if (this.#waiting === 0) return this.#queue(hand[first] ?? 0);
    let best = hand[first] ?? 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < hand.length; i += 1) {
      const index = hand[(first + i) % hand.length] ?? 0;
      const cost = this.#queues.get(index)?.costWaiting ?? 0;
      if (cost < least) {
        least = cost;
        best = index;
      }
    }
    return this.#queue(best);
  }

  #queue(index: number): Queue {
    let queue = this.#queues.get(index);
    if (queue === undefined) {
      queue = new Queue(index);
      this.#queues.set(index, queue);
    }
    return queue;
  }

  #forget(queue: Queue): void {
    if (queue.isActive || queue.seatsInUse > 0) return;
    const isSurplus =
      this.#response.type !== "queue" || queue.index >= this.#response.settings.queues;
    if (isSurplus || this.#queues.size > idleQueuesKept) this.#queues.delete(queue.index);
  }

  #enqueue(request: LevelRequest, queue: Queue, now: number): void {
    request.state = "waiting";
    queue.waiting.append(request);
    queue.costWaiting += request.cost;
    queue.seatsWaiting += request.width;
    queue.initialSeatsWaiting += request.work.initialSeats;
    this.#waiting += 1;
    this.#seatsWaiting += request.width;
    this.#share();
    this.#settle(queue);
    const { series } = request.flow;
    series.waiting.add(1);
    series.waitingSeats.add(request.width);
    series.queueLength.observe(queue.waiting.length);
    this.#series.waitingRatio.add(1, now);
    this.#noteDemand(now);
  }

  #dequeue(request: LevelRequest, queue: Queue, now: number): void {
    queue.waiting.remove(request);
    queue.costWaiting = queue.waiting.length === 0 ? 0 : queue.costWaiting - request.cost;
    queue.seatsWaiting -= request.width;
    queue.initialSeatsWaiting -= request.work.initialSeats;
    this.#waiting -= 1;
    this.#seatsWaiting -= request.width;
    this.#share();
    const { series } = request.flow;
    series.waiting.add(-1);
    series.waitingSeats.add(-request.width);
    this.#series.waitingRatio.add(-1, now);
    this.#noteDemand(now);
  }

  #dispatch(now: number): void {
    while (this.#waiting > 0 && this.#seatsInUse < this.#limit) {
      const queue = this.#ready.first;
      const request = queue?.waiting.first;
      if (queue === undefined || request === undefined) return;
      if (!this.#hasRoomFor(request.width)) {
        request.flow.series.noAccommodation.increment();
        return;
      }
      this.#dequeue(request, queue, now);
      this.#run(request, queue, now);
      request.onStart?.();
    }
  }

  #run(request: LevelRequest, queue: Queue, now: number): void {
    this.#narrow(request);
    this.#series.dispatchR.value = this.#r;
    this.#series.latestS.value = queue.nextR;
    this.#served += 1;
    queue.servedAt = this.#served;
    queue.running.append(request);
    queue.seatsInUse += request.width;
    queue.nextR += request.cost;
    this.#take(request, now);
    this.#settle(queue);
  }

  /** The same work with as many seats as there are. */
  #narrow(request: LevelRequest): void {
    const { work } = request;
    if (work.finalSeats <= this.#limit || this.#limit <= 0) return;
    const finalMilliseconds = (work.finalSeats * work.finalMilliseconds) / this.#limit;
    request.work = { ...work, finalSeats: this.#limit, finalMilliseconds };
    request.width = widthOf(request.work);
  }

  #take(request: LevelRequest, now: number): void {
    request.state = "running";
    request.startedAt = now;
    this.#running += 1;
    this.#seatsInUse += request.width;
    this.#share();
    this.dispatched += 1;
    const { series } = request.flow;
    series.dispatched.increment();
    series.executing.add(1);
    series.executingSeats.add(request.width);
    this.#series.executingRatio.add(1, now);
    this.#series.seatUtilization.add(request.width, now);
    this.#noteDemand(now);
  }

  #free(request: LevelRequest, now: number): void {
    this.#seatsInUse -= request.width;
    this.#share();
    request.flow.series.executingSeats.add(-request.width);
    this.#series.seatUtilization.add(-request.width, now);
    this.#noteDemand(now);
    if (request.queue === undefined) return;
    request.queue.seatsInUse -= request.width;
    this.#forget(request.queue);
  }

  #hasRoomFor(seats: number): boolean {
    // Nobody says when a lent seat is free again: one always runs that does.
    if (seats > this.#limit || this.#lent === undefined) {
      return seats > this.#limit ? this.#running === 0 : this.#seatsInUse + seats <= this.#limit;
    }
    const lent = this.#running === 0 ? 0 : this.#lent.used;
    return this.#seatsInUse + lent + seats <= this.#limit;
  }

  /** After any change of a queue: nothing starts before it came, and the heap is in order. */
  #settle(queue: Queue): void {
    const oldest = queue.waiting.first;
    if (oldest === undefined) {
      this.#ready.remove(queue);
      return;
    }
    if (queue.nextR < oldest.arrivalR) queue.nextR = oldest.arrivalR;
    this.#ready.place(queue);
  }

  #noteDemand(now: number): void {
    const seats = this.#seatsInUse + this.#seatsWaiting;
    this.#demand.set(seats, now);
    this.#series.demandRatio.set(seats, now);
  }

  #pass(now: number): void {
    const elapsed = now - this.#at;
    this.#at = now;
    if (elapsed <= 0 || this.#activeQueues === 0) return;
    const seats = Math.min(this.#seatsInUse + this.#seatsWaiting, this.#limit);
    this.#r += ((elapsed / 1000) * seats) / this.#activeQueues;
    this.#series.currentR.value = this.#r;
    if (this.#r >= epochSeatSeconds) this.#advanceEpoch();
  }

  /** All readings alike, so that their order stays what it is. */
  #advanceEpoch(): void {
    const by = this.#r;
    this.#r = 0;
    for (const queue of this.#queues.values()) {
      queue.nextR -= by;
      for (const request of queue.waiting) request.arrivalR -= by;
    }
    this.#series.epochAdvances.increment();
  }
}

function least(values: readonly number[]): number {
  return values.reduce((found, value) => Math.min(found, value), Number.POSITIVE_INFINITY);
}
