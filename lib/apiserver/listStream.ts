import type { PipeEnd } from "../platform/network.js";
import type { DirectList } from "../storage/storage.js";
import type { ListHeader } from "./serverResult.js";

/** A list whose items the listener reads by itself, as fast as its client takes them. */
export class ListStream {
  readonly source: DirectList;
  readonly header: ListHeader;
  readonly #callbacks: ((end: PipeEnd) => void)[] = [];

  constructor(source: DirectList, header: ListHeader) {
    this.source = source;
    this.header = header;
  }

  /** Called once when the list has been sent, or will not be. */
  onEnd(callback: (end: PipeEnd) => void): void {
    this.#callbacks.push(callback);
  }

  /** For whoever sends it. */
  ended(end: PipeEnd): void {
    for (const callback of this.#callbacks.splice(0)) callback(end);
  }
}
