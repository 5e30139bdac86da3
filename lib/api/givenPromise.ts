/**
 * Whether a function that has to say at once gave a promise. Whoever asks refuses it; what it
 * rejects with is nobody's then, and must not end the process.
 */
export function isGivenPromise(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("then" in value)) return false;
  Promise.resolve(value).catch(() => undefined);
  return true;
}
