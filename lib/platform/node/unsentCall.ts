import type { SlowResponse, Unsent } from "./unsentBudget.js";

/** A client that needs longer than this for a piece of this size is slow. */
const slowMilliseconds = 100;
const pieceBytes = 64 * 1024;

/** What of one call's responses its client has not taken: all, until the stream is closed. */
export class UnsentCall implements SlowResponse {
  unsentBytes = 0;
  readonly #unsent: Unsent;
  readonly #end: () => void;
  #timer: NodeJS.Timeout | undefined;
  #onTaken: (() => void) | undefined;
  #isHeld = false;
  #presumed = 0;
  #isOver = false;

  constructor(unsent: Unsent, end: () => void) {
    this.#unsent = unsent;
    this.#end = end;
  }

  /** As HttpResponse's. Of 0 bytes: what is written is counted as it comes, and nothing before. */
  hold(bytes: number, onTaken: () => void): void {
    if (this.#isOver) {
      onTaken();
      return;
    }
    if (bytes === 0) {
      this.#forgetPresumed();
      onTaken();
      return;
    }
    this.#isHeld = true;
    this.#onTaken = onTaken;
    if (this.#presumed > 0) this.#unsent.sized(bytes);
    this.#count(bytes - this.#presumed);
  }

  /** The stream takes nothing more until what comes back is called. */
  blocked(bytes: number): () => void {
    // What is held has been counted.
    if (this.#isOver || this.#isHeld) return () => undefined;
    this.#count(bytes);
    return () => {
      if (this.#isOver) return;
      clearTimeout(this.#timer);
      this.unsentBytes -= bytes;
      this.#unsent.add(-bytes);
    };
  }

  /** Its stream is closed. */
  over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#taken();
    this.#unsent.budget.forget(this);
    this.#unsent.add(-this.unsentBytes);
  }

  cut(): void {
    this.over();
    this.#end();
  }

  /** As HttpResponse's. */
  room(isLarge: boolean): Promise<void> | undefined {
    if (this.#isOver) return undefined;
    if (!this.#unsent.isFull) {
      this.#presumed = isLarge ? this.#unsent.presumed : 0;
      this.unsentBytes += this.#presumed;
      this.#unsent.add(this.#presumed);
      return undefined;
    }
    return new Promise((resolve) => {
      const forget = this.#unsent.whenRoom(resolve);
      this.#onTaken = () => {
        forget();
        resolve();
      };
    });
  }

  /** Resolves, to false, when its client has taken so little for so long that it is too late. */
  roomWithin(longestMilliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        forget();
        resolve(false);
      }, longestMilliseconds);
      const forget = this.#unsent.whenRoom(() => {
        clearTimeout(timer);
        resolve(true);
      });
      this.#onTaken = () => {
        clearTimeout(timer);
        forget();
        resolve(false);
      };
    });
  }

  #forgetPresumed(): void {
    const presumed = this.#presumed;
    this.#presumed = 0;
    this.unsentBytes -= presumed;
    this.#unsent.add(-presumed);
  }

  get mustWait(): boolean {
    return this.#unsent.mustWait;
  }

  #count(bytes: number): void {
    this.unsentBytes += bytes;
    this.#unsent.add(bytes);
    clearTimeout(this.#timer);
    const pieces = Math.max(1, Math.ceil(bytes / pieceBytes));
    this.#timer = setTimeout(() => {
      this.#taken();
      this.#unsent.budget.becameSlow(this);
    }, pieces * slowMilliseconds);
  }

  #taken(): void {
    const onTaken = this.#onTaken;
    this.#onTaken = undefined;
    onTaken?.();
  }
}
