import type { Limitation } from "../capability.js";

type Scalar = string | number | boolean;

/** Some fields of a kind that share one limitation. */
export type FieldRow = Limitation & {
  /**
   * From the object's root or, in a pod's table, from the pod's spec; `[]` stands for every item
   * of a list. A row of a message speaks of all that is in it.
   */
  readonly paths: readonly string[];
  /** The row speaks of these values only. */
  readonly only?: readonly Scalar[];
  /** These values ask for what is done anyway: often the default. */
  readonly unless?: readonly Scalar[];
  /** The field works where the one beside it, by name, has this value. */
  readonly worksBeside?: { readonly field: string; readonly value: Scalar };
};
