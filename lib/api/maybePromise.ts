/** A value, or a promise where something has to be waited for: most things are there already. */
export type MaybePromise<T> = T | Promise<T>;

/** Calls `next` with the value: at once where it is there, which makes no promise. */
export function andThen<T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Runs `work`; what it throws or rejects with goes to `failed`. */
export function orElse<T>(
  work: () => MaybePromise<T>,
  failed: (error: unknown) => MaybePromise<T>,
): MaybePromise<T> {
  let value: MaybePromise<T>;
  try {
    value = work();
  } catch (error) {
    return failed(error);
  }
  return value instanceof Promise ? value.catch(failed) : value;
}

/** Runs `work`, then `after`, however it ended, as `finally` does. */
export function ensuring<T>(
  work: () => MaybePromise<T>,
  after: () => MaybePromise<void>,
): MaybePromise<T> {
  let value: MaybePromise<T>;
  try {
    value = work();
  } catch (error) {
    return andThen(after(), (): never => {
      throw error;
    });
  }
  if (!(value instanceof Promise)) {
    const settled = value;
    return andThen(after(), () => settled);
  }
  return value.then(
    (settled) => andThen(after(), () => settled),
    (error: unknown) =>
      andThen(after(), (): never => {
        throw error;
      }),
  );
}
