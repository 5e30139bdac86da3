import { parseTime } from "./time.js";

/**
 * A moment some time after one that an object names. Times are written by other machines' clocks:
 * one that lies in the future puts the deadline off by as much, as it does upstream.
 */
export type Deadline =
  /** There is no time to count from (yet): whoever asks decides what that means. */
  | { readonly state: "unset" }
  | { readonly state: "passed"; readonly atMilliseconds: number }
  | {
      readonly state: "ahead";
      readonly atMilliseconds: number;
      /** From now until then; above 0. */
      readonly waitMilliseconds: number;
    };

/**
 * The deadline so long after a metav1.Time or MicroTime; now and the result's moment are
 * milliseconds since the epoch. It has passed at the very moment that it names.
 */
export function deadlineAfter(
  since: string | null | undefined,
  durationMilliseconds: number,
  nowMilliseconds: number,
): Deadline {
  const from = parseTime(since);
  if (from === undefined) return { state: "unset" };
  const atMilliseconds = from + durationMilliseconds;
  if (atMilliseconds <= nowMilliseconds) return { state: "passed", atMilliseconds };
  return { state: "ahead", atMilliseconds, waitMilliseconds: atMilliseconds - nowMilliseconds };
}

/** How long until the first of the deadlines that are ahead; undefined where none is. */
export function firstWait(deadlines: Iterable<Deadline>): number | undefined {
  let first: number | undefined;
  for (const deadline of deadlines) {
    if (deadline.state !== "ahead") continue;
    if (first === undefined || deadline.waitMilliseconds < first) first = deadline.waitMilliseconds;
  }
  return first;
}

/** Orders two times, the earlier first; absent and unreadable ones stand where `absent` says. */
export function compareTimes(
  a: string | null | undefined,
  b: string | null | undefined,
  absent: "first" | "last",
): number {
  const first = parseTime(a);
  const second = parseTime(b);
  if (first !== undefined && second !== undefined) return first - second;
  if (first === second) return 0;
  return (first === undefined) === (absent === "first") ? -1 : 1;
}
