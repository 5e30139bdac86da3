import type { Event } from "../../api/gen/types/coreV1.js";
import type { Clock } from "../../platform/clock.js";
import { BucketRateLimiter } from "../workqueue/rateLimiter.js";

/** Upstream's numbers (client-go's EventCorrelator). */
const maxCacheEntries = 4096;
const maxSimilarEvents = 10;
const similarIntervalMilliseconds = 600_000;
const spamBurst = 25;
const spamPerSecond = 1 / 300;

interface Similar {
  /** Distinct messages of the last interval. */
  readonly messages: Set<string>;
  lastSeen: number;
}

interface Written {
  count: number;
  readonly firstTimestamp: Event["firstTimestamp"];
  readonly name: string;
}

export interface CorrelatedEvent {
  readonly event: Event;
  /** It is to be written onto the event of this name, which has been written before. */
  readonly isUpdate: boolean;
  readonly key: string;
}

/**
 * Keeps a component from flooding the server with events: the same event again raises a count,
 * many that differ only in their message become one, and one object gets 25 at once and then one
 * in five minutes.
 */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #similar = new RecentMap<Similar>(maxCacheEntries);
  readonly #written = new RecentMap<Written>(maxCacheEntries);
  readonly #buckets = new RecentMap<BucketRateLimiter>(maxCacheEntries);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The event to write, or undefined for one too many. */
  correlate(event: Event): CorrelatedEvent | undefined {
    const aggregated = this.#aggregate(event);
    const key = aggregated.key;
    const known = this.#written.get(key);
    let result = aggregated.event;
    if (known !== undefined) {
      known.count++;
      result = {
        ...result,
        metadata: { ...result.metadata, name: known.name },
        count: known.count,
        ...(known.firstTimestamp === undefined ? {} : { firstTimestamp: known.firstTimestamp }),
      };
    } else {
      this.#written.set(key, {
        count: 1,
        firstTimestamp: event.firstTimestamp,
        name: event.metadata.name ?? "",
      });
    }
    if (this.#isSpam(event)) return undefined;
    return { event: result, isUpdate: known !== undefined, key };
  }

  /** What the server made of an event: later ones of the same kind are written onto it. */
  written(key: string, event: Event): void {
    const known = this.#written.get(key);
    if (known === undefined) return;
    this.#written.set(key, { ...known, name: event.metadata.name ?? known.name });
  }

  #aggregate(event: Event): { event: Event; key: string } {
    const similarKey = groupOf(event);
    const now = this.#clock.monotonic();
    let similar = this.#similar.get(similarKey);
    if (similar === undefined || now - similar.lastSeen > similarIntervalMilliseconds) {
      similar = { messages: new Set(), lastSeen: now };
    }
    similar.lastSeen = now;
    similar.messages.add(event.message ?? "");
    this.#similar.set(similarKey, similar);
    if (similar.messages.size < maxSimilarEvents) return { event, key: identity(event) };
    // One out, so that the set stays bounded however many different messages come.
    similar.messages.delete(similar.messages.values().next().value as string);
    const message = `(combined from similar events): ${event.message ?? ""}`;
    return { event: { ...event, message }, key: similarKey };
  }

  #isSpam(event: Event): boolean {
    const key = sourceAndObject(event);
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = new BucketRateLimiter(this.#clock, spamPerSecond, spamBurst);
      this.#buckets.set(key, bucket);
    }
    return !bucket.tryTake();
  }
}

/** A map that forgets what was used longest ago. */
class RecentMap<V> {
  readonly #entries = new Map<string, V>();

  constructor(readonly maxEntries: number) {}

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.maxEntries) {
      this.#entries.delete(this.#entries.keys().next().value as string);
    }
  }
}

function sourceAndObject(event: Event): string {
  const { involvedObject: object, source } = event;
  return JSON.stringify([
    source?.component,
    source?.host,
    object.kind,
    object.namespace,
    object.name,
    object.uid,
    object.apiVersion,
  ]);
}

function groupOf(event: Event): string {
  return JSON.stringify([
    sourceAndObject(event),
    event.type,
    event.reason,
    event.reportingComponent,
    event.reportingInstance,
  ]);
}

function identity(event: Event): string {
  return JSON.stringify([groupOf(event), event.involvedObject.fieldPath, event.message]);
}
