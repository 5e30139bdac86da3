import assert from "node:assert/strict";
import type { Codec } from "../../../../lib/api/codec.js";
import type { WatchSessionOptions } from "../../../../lib/apiserver/registry/watchSession.js";
import { WatchSession } from "../../../../lib/apiserver/registry/watchSession.js";
import type { Clock } from "../../../../lib/platform/clock.js";
import type { WatchBatch, WatchStream } from "../../../../lib/storage/storage.js";

const nothing: WatchBatch = { bytes: new Uint8Array(), events: 0, revision: 1 };

function event(text: string, ended?: WatchBatch["ended"]): WatchBatch {
  const batch = { bytes: Buffer.from(text), events: 1, revision: 2 };
  return ended === undefined ? batch : { ...batch, ended };
}

/** Timers by hand: `fire` runs those of a delay. */
class HandClock implements Pick<Clock, "setTimer"> {
  readonly #timers = new Map<object, { delay: number; callback: () => void }>();

  setTimer(delay: number, callback: () => void) {
    const timer = { cancel: () => void this.#timers.delete(timer) };
    this.#timers.set(timer, { delay, callback });
    return timer;
  }

  fire(delay: number): void {
    for (const [timer, entry] of [...this.#timers]) {
      if (entry.delay === delay && this.#timers.delete(timer)) {
        entry.callback();
      }
    }
  }

  get pending(): number {
    return this.#timers.size;
  }
}

function harness(options: Partial<WatchSessionOptions> = {}) {
  const clock = new HandClock();
  const ready: WatchBatch[] = [];
  const written: string[] = [];
  const state = { ended: false, streamClosed: false, accepts: true, closed: 0, initialized: 0 };
  let wake: () => void = () => undefined;
  let drained: () => void = () => undefined;
  const stream: WatchStream = {
    isReady: () => false,
    take: () => ready.shift() ?? nothing,
    bookmark: (initial) => Buffer.from(initial ? "[initial end]" : "[bookmark]"),
    close: () => {
      state.streamClosed = true;
    },
  };
  const session = new WatchSession({
    codec: {} as Codec,
    clock: clock as unknown as Clock,
    framing: "json",
    contentType: "application/json",
    initial: undefined,
    bookmarks: false,
    initialEventsEnd: false,
    timeoutSeconds: 100,
    open: (onReady) => {
      wake = onReady;
      return stream;
    },
    transform: undefined,
    onEvents: () => undefined,
    onClose: () => {
      state.closed += 1;
    },
    ...options,
  });
  session.onInitialized(() => {
    state.initialized += 1;
  });
  session.start({
    write: (bytes) => {
      written.push(Buffer.from(bytes).toString());
      return state.accepts;
    },
    onDrain: (callback) => {
      drained = callback;
    },
    end: () => {
      state.ended = true;
    },
  });
  const deliver = (...batches: WatchBatch[]): void => {
    ready.push(...batches);
    wake();
  };
  return { clock, session, state, written, deliver, drain: () => drained() };
}

describe("WatchSession", () => {
  it("writes what was there first, its end, then what comes", async () => {
    const pages = [Buffer.from("a"), Buffer.from("b")];
    const { written, deliver } = harness({
      initial: { next: () => Promise.resolve(pages.shift()) },
      initialEventsEnd: true,
    });
    deliver(event("c"), event("d"));
    for (let turn = 0; turn < 10; turn += 1) {
      await Promise.resolve();
    }
    assert.deepEqual(written, ["a", "b", "[initial end]", "c", "d"]);
  });

  it("leaves events in the store while the client is slow", () => {
    const { written, deliver, drain, state } = harness();
    state.accepts = false;
    deliver(event("a"), event("b"));
    assert.deepEqual(written, ["a"]);
    state.accepts = true;
    drain();
    assert.deepEqual(written, ["a", "b"]);
  });

  it("is initialized when all is sent that was there, and once", async () => {
    const pages = [Buffer.from("a"), Buffer.from("b")];
    const { state, deliver } = harness({ initial: { next: () => Promise.resolve(pages.shift()) } });
    await Promise.resolve();
    assert.equal(state.initialized, 0);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    assert.equal(state.initialized, 1);
    deliver(event("c"));
    assert.equal(state.initialized, 1);
    assert.equal(harness().state.initialized, 1);
  });

  it("counts as initialized where its client is slow, or has gone", async () => {
    const slow = harness({ initial: { next: () => Promise.resolve(Buffer.from("a")) } });
    slow.state.accepts = false;
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    assert.deepEqual([slow.written, slow.state.initialized], [["a"], 1]);
    const gone = harness({ initial: { next: () => new Promise(() => undefined) } });
    assert.equal(gone.state.initialized, 0);
    gone.session.close();
    assert.equal(gone.state.initialized, 1);
  });

  it("sends a bookmark a minute where they are allowed", () => {
    const { written, clock } = harness({ bookmarks: true });
    clock.fire(60_000);
    clock.fire(60_000);
    assert.deepEqual(written, ["[bookmark]", "[bookmark]"]);
    const without = harness();
    without.clock.fire(60_000);
    assert.deepEqual(without.written, []);
  });

  it("ends in time, with a last bookmark, and leaves no timer", () => {
    const { written, clock, state } = harness({ bookmarks: true });
    clock.fire(100_000);
    assert.deepEqual(written, ["[bookmark]"]);
    assert.deepEqual([state.ended, state.streamClosed, state.closed], [true, true, 1]);
    assert.equal(clock.pending, 0);
  });

  it("ends after the last whole event when the store closed it as slow", () => {
    const { written, deliver, state } = harness();
    deliver(event("a", "slow"));
    assert.deepEqual(written, ["a"]);
    assert.equal(state.ended, true);
  });

  it("tells a client that fell behind the log to begin anew", () => {
    const { written, deliver, state } = harness();
    deliver({ ...nothing, ended: "compacted" });
    const [frame = ""] = written;
    const { type, object } = JSON.parse(frame) as { type: string; object: { code: number } };
    assert.deepEqual([type, object.code, state.ended], ["ERROR", 410, true]);
  });

  it("ends alone when its events cannot be printed", () => {
    const transform = (): Uint8Array => {
      throw new Error("no columns");
    };
    const { written, deliver, state } = harness({ transform });
    deliver(event("a"));
    const [frame = ""] = written;
    assert.equal((JSON.parse(frame) as { object: { code: number } }).object.code, 500);
    assert.equal(state.ended, true);
  });

  it("writes nothing once the client has gone", () => {
    const { session, written, deliver, state, clock } = harness();
    session.close();
    deliver(event("a"));
    assert.deepEqual(written, []);
    assert.deepEqual([state.ended, state.streamClosed, clock.pending], [false, true, 0]);
  });
});
