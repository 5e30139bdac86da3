import { createHash } from "node:crypto";
import type { Results } from "./resultsFile.js";
import { isAlone } from "./specRunner.js";

/** What the tests of a choice took, one after another, when all of them were run. */
const choiceSeconds = 420;
/** Longer ones are left to full runs: one of them would be most of a choice. */
const longestSeconds = 60;

/**
 * Some of the tests that passed, drawn by a seed: the same seed and results give the same choice,
 * and every test that may be chosen is as likely as every other.
 */
export function chooseTests(results: Results, seed: string): string[] {
  const rank = (name: string): string =>
    createHash("sha256").update(`${seed}\n${name}`).digest("hex");
  const candidates = Object.entries(results.tests)
    .filter(([name]) => !isAlone(name))
    .map(([name, verdict]) => ({ name, verdict, rank: rank(name) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const chosen: string[] = [];
  let seconds = 0;
  for (const { name, verdict } of candidates) {
    if (verdict.result !== "passed" || verdict.seconds > longestSeconds) continue;
    seconds += verdict.seconds;
    if (seconds > choiceSeconds) break;
    chosen.push(name);
  }
  return chosen;
}
