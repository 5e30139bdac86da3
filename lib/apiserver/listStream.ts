import type { PipeEnd } from "../platform/network.js";
import type { DirectList } from "../storage/storage.js";
import type { ListHeader } from "./serverResult.js";

/** Of a list that nobody has begun to send. */
const unsent: PipeEnd = { outcome: "gone", count: 0, bytes: 0, message: "" };

/** What happens to a list that is on its way, for those who wait for its end. */
export interface ListStreamEvents {
  /** At most once, before the end: the server waits for the client. */
  readonly slow: () => void;
  /** Once: the list has been sent, or will not be. */
  readonly end: (end: PipeEnd) => void;
}

/** A list whose items the listener reads by itself, as fast as its client takes them. */
export class ListStream {
  readonly source: DirectList;
  readonly header: ListHeader;
  readonly #events: Partial<ListStreamEvents>[] = [];
  #cut: (() => void) | undefined;
  #isCut = false;

  constructor(source: DirectList, header: ListHeader) {
    this.source = source;
    this.header = header;
  }

  on(events: Partial<ListStreamEvents>): void {
    this.#events.push(events);
  }

  /** Its time is over: what has not been sent will not be. */
  cut(): void {
    this.#isCut = true;
    this.#cut?.();
  }

  /** Nobody will send it. */
  drop(): void {
    this.ended(unsent);
  }

  // For whoever sends it.

  /** Called once where the list has to be cut, which its end follows. */
  onCut(callback: () => void): void {
    this.#cut = callback;
    if (this.#isCut) callback();
  }

  slow(): void {
    for (const { slow } of this.#events) slow?.();
  }

  ended(end: PipeEnd): void {
    this.#cut = undefined;
    // Its client may have gone before the listener took it.
    this.source.close();
    for (const events of this.#events.splice(0)) events.end?.(end);
  }
}
