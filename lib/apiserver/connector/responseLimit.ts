import type { Clock } from "../../platform/clock.js";

/** A kubelet that cannot be reached, or does not begin to respond, is given up after this. */
export const responseLimitMilliseconds = 30_000;

/**
 * Runs a call whose signal aborts with the client's, or when the call has not resolved in time;
 * after that only the client's counts. Rejects with code ETIMEDOUT then.
 */
export async function withResponseLimit<T>(
  clock: Clock,
  client: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  let isLate = false;
  const timer = clock.setTimer(responseLimitMilliseconds, () => {
    isLate = true;
    abort.abort();
  });
  const onGone = (): void => abort.abort();
  client.addEventListener("abort", onGone, { once: true });
  if (client.aborted) abort.abort();
  try {
    return await call(abort.signal);
  } catch (error) {
    throw isLate ? Object.assign(new Error("timed out"), { code: "ETIMEDOUT" }) : error;
  } finally {
    timer.cancel();
  }
}
