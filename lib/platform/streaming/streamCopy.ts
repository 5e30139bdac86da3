import type { Duplex, Readable, Writable } from "node:stream";

/**
 * Writes; a promise comes back when the reader is slow, and resolves when it is ready again or
 * gone.
 */
export function writeAll(stream: Writable, bytes: Uint8Array): Promise<void> | undefined {
  if (stream.destroyed || stream.writableEnded) return undefined;
  if (stream.write(bytes)) return undefined;
  return new Promise((resolve) => {
    // A stream that was ended meanwhile says finish, and drain no more; one that can still be read
    // closes much later.
    const events = ["drain", "finish", "close"] as const;
    const done = (): void => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
  });
}

/**
 * Everything that is read. Unlike a plain iteration it leaves the other direction open at the end.
 */
export function piecesOf(stream: Readable): AsyncIterable<Buffer> {
  return { [Symbol.asyncIterator]: () => stream.iterator({ destroyOnReturn: false }) };
}

/**
 * Hands everything that is read to send(), a piece at a time: nothing is read while a piece is
 * being sent.
 */
export async function sendAll(
  stream: Readable,
  send: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  for await (const bytes of piecesOf(stream)) await send(bytes);
}

/**
 * Joins two connections: what one says the other hears, an end is passed on, and when one is gone
 * the other is cut. Resolves when both are. Heads are bytes that were read from the streams
 * already.
 */
export function joinStreams(
  one: Duplex,
  other: Duplex,
  heads: { readonly one?: Uint8Array; readonly other?: Uint8Array } = {},
): Promise<void> {
  if (heads.one && heads.one.length > 0) other.write(heads.one);
  if (heads.other && heads.other.length > 0) one.write(heads.other);
  const closed = (stream: Duplex): Promise<void> =>
    stream.destroyed
      ? Promise.resolve()
      : new Promise((resolve) => {
          stream.once("close", () => resolve());
        });
  const ends = Promise.all([closed(one), closed(other)]);
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on("error", () => from.destroy());
    from.on("close", () => cutAfterFlush(to));
    from.pipe(to);
  }
  if (one.destroyed) other.destroy();
  if (other.destroyed) one.destroy();
  return ends.then(() => undefined);
}

/**
 * What was already handed over may still leave; then the stream is closed, whatever its peer does.
 */
function cutAfterFlush(stream: Duplex): void {
  if (stream.destroyed) return;
  if (stream.writableFinished) {
    stream.destroy();
    return;
  }
  stream.end(() => stream.destroy());
}
