/**
 * Calls what a program gave to be told. What that throws, or rejects with where it gives a promise,
 * goes to `onError`: it must neither keep its caller from its work nor end the process.
 */
export function guardedCall(call: () => unknown, onError: (error: unknown) => void): void {
  try {
    const given = call();
    if (typeof given !== "object" || given === null || !("then" in given)) return;
    Promise.resolve(given).catch(onError);
  } catch (error) {
    onError(error);
  }
}
