import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const buildTimeoutMilliseconds = 20 * 60_000;

/** Of so many histories one is of real files and killed processes; a seed says which. */
const killedEvery = 10;

export type HistoryKind = "simulate" | "kill";

export function kindOf(seed: number): HistoryKind {
  return seed % killedEvery === 0 ? "kill" : "simulate";
}

/**
 * Writes histories of the store: `crates/history`, built with all assertions. The same seed writes
 * the same history on the simulated machine; of killed processes it chooses as far as a seed can.
 */
export class StoreHistories {
  readonly #program = join(root, "target/soak/steersman-history");

  /** Throws where there is no Rust. */
  static build(): StoreHistories {
    const args = ["build", "--quiet", "--profile", "soak", "-p", "steersman-history"];
    execFileSync("cargo", args, { cwd: root, stdio: "pipe", timeout: buildTimeoutMilliseconds });
    return new StoreHistories();
  }

  /** The history's file. Rejects with what the store said when it refused what it must take. */
  async write(
    folder: string,
    seed: number,
    crashes: number,
    kind: HistoryKind = kindOf(seed),
  ): Promise<string> {
    const file = join(folder, `${kind}-${seed}.jsonl`);
    const directory = join(folder, `data-${seed}`);
    const choices = ["--seed", String(seed), "--crashes", String(crashes)];
    const args = [kind, file, ...choices, "--directory", directory];
    if (kind === "kill") mkdirSync(directory);
    await new Promise<void>((resolve, reject) => {
      execFile(this.#program, args, (error, _stdout, stderr) => {
        if (error) reject(new Error(`${kind} of seed ${seed}: ${stderr || error.message}`));
        else resolve();
      });
    });
    rmSync(directory, { recursive: true, force: true });
    return file;
  }
}
