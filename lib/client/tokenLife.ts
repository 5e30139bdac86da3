import { parseTime } from "../api/time.js";

/** The shortest that a server gives (TokenRequest's own bound). */
const shortestSeconds = 600;

/**
 * How long a token that was issued just now is good for, in milliseconds. The server's clock wrote
 * its end, and this one may differ: it is never longer than was asked for, and as long as that
 * where the end cannot be read or has passed already. Count it by the monotonic clock.
 */
export function tokenLifeMilliseconds(
  expirationTimestamp: string | null | undefined,
  requestedSeconds: number,
  nowMilliseconds: number,
): number {
  const requested = Math.max(requestedSeconds, shortestSeconds) * 1000;
  const end = parseTime(expirationTimestamp);
  const told = end === undefined ? requested : end - nowMilliseconds;
  return told > 0 ? Math.min(told, requested) : requested;
}
