import type { MaybePromise } from "../api/maybePromise.js";
import type { StatusReason } from "../api/status.js";

/** The fields of C, those named by K filled in. */
type Filled<C, K extends keyof C> = C & { readonly [F in K]-?: NonNullable<C[F]> };

/**
 * One step on a way. A way is a list of stages, and the list is all there is to know of its order:
 * the code runs it, documents are compared with it.
 */
export interface Stage<C> {
  readonly name: string;
  /** Fields of the context that an earlier stage has filled in. */
  readonly needs: readonly (keyof C)[];
  /** Fields of the context that it fills in. */
  readonly gives: readonly (keyof C)[];
  /** The Status errors that the way may end with here, beside those of a server at fault. */
  readonly errors: readonly StatusReason[];
  /** Returns a promise only where it waits. Throws, or rejects with, one of `errors`. */
  run(context: C): MaybePromise<void>;
}

/** A stage's `run` sees what it needs as present. A unit test checks each list for its `needs`. */
export function stageOf<C>() {
  return <N extends keyof C>(
    stage: Omit<Stage<C>, "needs" | "run"> & {
      readonly needs: readonly N[];
      run(context: Filled<C, N>): MaybePromise<void>;
    },
  ): Stage<C> => stage;
}

/** Runs the stages in their order. Makes no promise as long as none of them waits. */
export function runStages<C>(stages: readonly Stage<C>[], context: C): MaybePromise<void> {
  for (let at = 0; at < stages.length; at += 1) {
    const waiting = (stages[at] as Stage<C>).run(context);
    if (waiting === undefined) continue;
    const isLast = at + 1 === stages.length;
    return isLast ? waiting : runAfter(waiting, stages, at + 1, context);
  }
}

async function runAfter<C>(
  waiting: Promise<void>,
  stages: readonly Stage<C>[],
  from: number,
  context: C,
): Promise<void> {
  await waiting;
  for (let at = from; at < stages.length; at += 1) {
    const next = (stages[at] as Stage<C>).run(context);
    if (next !== undefined) await next;
  }
}
