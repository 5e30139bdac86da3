/** As client-go: a call is repeated ten times at most, and no wait is longer than a minute. */
const maxRetries = 10;
const maxRetryAfterSeconds = 60;

/**
 * How long a call that failed waits before it is repeated, in milliseconds; undefined where it is
 * not. The one rule of every transport: the server answered 429 or 5xx and said when to come again,
 * and the call was not repeated too often. `retries` counts the repetitions so far.
 */
export function retryDelay(
  answer: { readonly code: number; readonly retryAfterSeconds: number | undefined },
  retries: number,
): number | undefined {
  const { code, retryAfterSeconds } = answer;
  if (retryAfterSeconds === undefined || !(retryAfterSeconds >= 0)) return undefined;
  if ((code !== 429 && code < 500) || retries >= maxRetries) return undefined;
  return Math.min(retryAfterSeconds, maxRetryAfterSeconds) * 1000;
}
