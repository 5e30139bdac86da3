import type { LevelRequest } from "./levelRequest.js";

/** Requests in the order of their arrival; each is in one list at a time, and leaves it at once. */
export class RequestList {
  #first: LevelRequest | undefined;
  #last: LevelRequest | undefined;
  #length = 0;

  get first(): LevelRequest | undefined {
    return this.#first;
  }

  get length(): number {
    return this.#length;
  }

  append(request: LevelRequest): void {
    request.previous = this.#last;
    request.next = undefined;
    if (this.#last === undefined) this.#first = request;
    else this.#last.next = request;
    this.#last = request;
    this.#length += 1;
  }

  /** It must be in this list. */
  remove(request: LevelRequest): void {
    const { previous, next } = request;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    request.previous = undefined;
    request.next = undefined;
    this.#length -= 1;
  }

  *[Symbol.iterator](): IterableIterator<LevelRequest> {
    for (let request = this.#first; request !== undefined; request = request.next) yield request;
  }
}
