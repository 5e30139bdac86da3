import { writeFileSync } from "node:fs";

export interface Row {
  readonly name: string;
  readonly perSecond: number;
  /** Of the server's process, user and system. */
  readonly serverCpuMilliseconds: number;
  readonly p50Milliseconds?: number;
  readonly p99Milliseconds?: number;
}

/** What a bench found: printed as it comes, written as JSON at the end. */
export class BenchReport {
  readonly #rows: Row[] = [];
  readonly #facts: Record<string, number> = {};

  row(row: Row): void {
    this.#rows.push(row);
    const times =
      row.p50Milliseconds === undefined
        ? ""
        : `  p50 ${row.p50Milliseconds.toFixed(2)}, p99 ${(row.p99Milliseconds ?? 0).toFixed(2)} ms`;
    const rate = `${String(Math.round(row.perSecond)).padStart(7)}/s`;
    const cpu = `${row.serverCpuMilliseconds.toFixed(3).padStart(8)} ms CPU`;
    console.log(`${row.name.padEnd(52)} ${rate} ${cpu}${times}`);
  }

  /** A single figure; its name ends with the unit. */
  fact(name: string, value: number): void {
    const rounded = Number(value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0));
    this.#facts[name] = rounded;
    console.log(`${name.padEnd(52)} ${String(rounded).padStart(7)}`);
  }

  write(path: string): void {
    writeFileSync(path, `${JSON.stringify({ rows: this.#rows, facts: this.#facts }, null, 2)}\n`);
  }
}

/** The value that the given part (0 to 1) of sorted values does not exceed. */
export function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
