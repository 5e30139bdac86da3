import type { Limitation } from "../capability.js";

/** Some flags of one component, by their names without dashes, that share one limitation. */
export type FlagRow = Limitation & {
  readonly flags: readonly string[];
  /** The row speaks of the values that match only, as they are written on the command line. */
  readonly when?: RegExp;
  /** Values that ask for what is done anyway: nothing is said of them. */
  readonly fine?: readonly string[];
};
