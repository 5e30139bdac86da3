import type { CellPrinter } from "./tableRow.js";

const printers: ReadonlyMap<string, CellPrinter> = new Map();

/** The printer of a kind; undefined where name and age say it all. */
export function printerOf(group: string, kind: string): CellPrinter | undefined {
  return printers.get(`${group}/${kind}`);
}
