import { execFile } from "node:child_process";
import { buildGoProgram } from "../clients/goProgram.js";

/** What the checker says of one history. */
export interface Verdict {
  readonly file: string;
  readonly lines: number;
  /** How often the store was opened. */
  readonly eras: number;
  /** Reads and writes of keys, each judged in its key's order. */
  readonly operations: number;
  readonly changes: number;
  /** That watches were told. */
  readonly events: number;
  readonly problems: readonly string[];
}

/** Judges histories: the Go program of this folder, with porcupine. */
export class HistoryChecker {
  readonly #program: string;

  private constructor(program: string) {
    this.#program = program;
  }

  /** Throws where there is no Go or a module cannot be had. */
  static build(): HistoryChecker {
    const program = buildGoProgram({
      name: "history",
      folder: "test/support/history",
      module: "github.com/anishathalye/porcupine",
    });
    return new HistoryChecker(program);
  }

  /** Rejects when a file is no history at all. */
  check(files: readonly string[]): Promise<Verdict[]> {
    return new Promise((resolve, reject) => {
      execFile(this.#program, files, { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
        if (error && error.code !== 1) reject(new Error(`the checker: ${stderr || error.message}`));
        else {
          const lines = stdout.split("\n").filter((line) => line !== "");
          resolve(lines.map((line) => JSON.parse(line) as Verdict));
        }
      });
    });
  }
}
