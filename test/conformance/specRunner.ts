import { mkdirSync } from "node:fs";
import type { ConformanceCluster } from "./conformanceCluster.js";
import { runSpecGroup } from "./specGroup.js";
import type { SuitePrograms } from "./suitePrograms.js";
import type { Verdict, Verdicts } from "./verdict.js";

export interface SpecRunnerOptions {
  readonly cluster: ConformanceCluster;
  readonly programs: SuitePrograms;
  /** Where the outputs of the groups are kept. */
  readonly directory: string;
  /** How many processes run tests at a time, of those that may run beside others. */
  readonly workers: number;
  /** What a test took when it last passed; undefined where that is not known. */
  readonly secondsOf: (name: string) => number | undefined;
  /** What came out, as soon as it is known; later ones of a test take the place of earlier ones. */
  readonly onVerdict: (name: string, verdict: Verdict) => void;
}

/** Of one process, which needs some seconds to begin with. */
const groupSize = 8;
const groupSeconds = 60;
const unknownSeconds = 10;

/** Whether a test must have the cluster for itself. */
export const isAlone = (name: string): boolean => /\[(?:Serial|Disruptive)\]/.test(name);

/** Groups with the longest tests first, so that none is begun late: those are alone in theirs. */
function groupsOf(
  names: readonly string[],
  size: number,
  secondsOf: SpecRunnerOptions["secondsOf"],
): string[][] {
  const timed = names.map((name) => ({ name, seconds: secondsOf(name) ?? unknownSeconds }));
  const groups: string[][] = [];
  let left = 0;
  for (const { name, seconds } of timed.sort((a, b) => b.seconds - a.seconds)) {
    const last = groups.at(-1);
    if (last === undefined || last.length >= size || seconds > left) {
      groups.push([name]);
      left = groupSeconds - seconds;
    } else {
      last.push(name);
      left -= seconds;
    }
  }
  return groups;
}

/** Runs tests on a cluster: side by side where they may, and failed ones once more. */
export class SpecRunner {
  readonly #options: SpecRunnerOptions;
  readonly #verdicts: Verdicts = new Map();
  #groups = 0;
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: SpecRunnerOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true });
  }

  /** Begins no more tests, interrupts those under way and says nothing of them. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running.catch(() => undefined);
  }

  /** Resolves with a verdict for every one of these tests, unless it is stopped. */
  async run(names: readonly string[]): Promise<Verdicts> {
    this.#running = this.#runAll(names);
    await this.#running;
    return this.#verdicts;
  }

  async #runAll(names: readonly string[]): Promise<void> {
    const { workers } = this.#options;
    const beside = names.filter((name) => !isAlone(name));
    const smallest = Math.ceil(beside.length / workers);
    await this.#share(beside, Math.max(1, Math.min(groupSize, smallest)), workers);
    await this.#share(names.filter(isAlone), groupSize, 1);
    await this.#again(names);
  }

  async #share(names: readonly string[], size: number, workers: number): Promise<void> {
    const { secondsOf } = this.#options;
    const queue = groupsOf(names, size, secondsOf);
    const work = async (): Promise<void> => {
      for (let group = queue.shift(); group; group = queue.shift()) {
        const missing = await this.#group(group);
        // Behind one that was interrupted, or all of them where the process was killed.
        const isStuck = missing.length === group.length;
        if (missing.length > 0 && group.length > 1)
          queue.push(...groupsOf(missing, isStuck ? 1 : size, secondsOf));
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
  }

  /** Resolves with those that have no verdict. */
  async #group(names: readonly string[]): Promise<string[]> {
    const { cluster, programs, directory } = this.#options;
    const label = `group-${String(++this.#groups).padStart(3, "0")}`;
    const { signal } = this.#stopped;
    if (signal.aborted) return [];
    const found = await runSpecGroup({ cluster, programs, directory, label, names, signal });
    for (const name of names) {
      const verdict = found.get(name);
      // A failure may be that of the interruption; it is told when the test is run again.
      if (signal.aborted && verdict?.result !== "passed") continue;
      if (verdict) this.#decide(name, verdict);
      else if (names.length === 1) {
        const reason = `the process that ran it left no report (${label}.log)`;
        this.#decide(name, { result: "failed", seconds: 0, reason });
      }
    }
    return signal.aborted ? [] : names.filter((name) => !found.has(name));
  }

  #decide(name: string, verdict: Verdict): void {
    this.#verdicts.set(name, verdict);
    this.#options.onVerdict(name, verdict);
  }

  /** A failure counts when it comes again with less beside it. */
  async #again(names: readonly string[]): Promise<void> {
    const first = new Map(this.#verdicts);
    const failed = names.filter((name) => first.get(name)?.result === "failed");
    const beside = failed.filter((name) => !isAlone(name));
    await this.#share(beside, 1, Math.ceil(this.#options.workers / 2));
    await this.#share(failed.filter(isAlone), 1, 1);
    for (const name of failed) {
      const second = this.#verdicts.get(name);
      if (second?.result !== "passed") continue;
      const reason = `the second time; at first ${first.get(name)?.reason}`;
      this.#decide(name, { ...second, reason });
    }
  }
}
