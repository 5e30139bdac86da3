import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Verdict, Verdicts } from "./verdict.js";

const path = fileURLToPath(new URL("../../../test/conformance/results.json", import.meta.url));

export interface Results {
  /** Upstream's release whose tests they are. */
  readonly version: string;
  /** By the tests' names, all of them. */
  readonly tests: Readonly<Record<string, Verdict>>;
}

/** What the last full run found, and later ones that recorded what they ran. */
export function readResults(): Results {
  return JSON.parse(readFileSync(path, "utf8")) as Results;
}

/** What tests took in the last full run. */
export function knownSeconds(): (name: string) => number | undefined {
  const { tests } = readResults();
  return (name) => {
    const verdict = tests[name];
    return verdict?.result === "passed" ? verdict.seconds : undefined;
  };
}

/** Puts what some tests came to in the place of what stands there of them. */
export function recordResults(version: string, verdicts: Verdicts): void {
  const known = readResults();
  if (known.version !== version) {
    throw new Error(`results.json is of ${known.version}: another release needs a full run`);
  }
  writeResults(version, new Map([...Object.entries(known.tests), ...verdicts]));
}

/** Only a full run has verdicts for all names. */
export function writeResults(version: string, verdicts: Verdicts): void {
  const names = [...verdicts.keys()].sort();
  const tests = Object.fromEntries(names.map((name) => [name, verdicts.get(name)]));
  writeFileSync(path, `${JSON.stringify({ version, tests }, null, 2)}\n`);
}
