/** A value, or a promise where something has to be waited for: most things are there already. */
export type MaybePromise<T> = T | Promise<T>;

/** Calls `next` with the value: at once where it is there, which makes no promise. */
export function andThen<T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
