import type { ObjectTree } from "../admission/admissionPlugin.js";

export type Cell = string | number | boolean | null;

export interface PrintContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The cells of one object, in the order of its resource's columns. */
export type CellPrinter = (object: ObjectTree, context: PrintContext) => Cell[];
