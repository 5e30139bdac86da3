import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chooseTests } from "./chooseTests.js";
import { ConformanceCluster, whyNoConformance } from "./conformanceCluster.js";
import { listTests } from "./listTests.js";
import { knownSeconds, readResults, recordResults, writeResults } from "./resultsFile.js";
import { SpecRunner } from "./specRunner.js";
import { buildSuitePrograms, type SuitePrograms, suiteVersion } from "./suitePrograms.js";
import type { Verdict, Verdicts } from "./verdict.js";
import { whyWaiting } from "./waitingTests.js";

/** `npm run conformance`: upstream's conformance tests against two real nodes. */

const usage = `npm run conformance -- [focus] [options]

  focus            a regular expression: only tests whose names it matches, also waiting ones
  --choice <seed>  only the tests that continuous integration chooses for a commit
  --workers <n>    how many run side by side (default: two a processor)
  --resume         goes on with a full run that was cut short
  --record         writes what comes out of a focus into test/conformance/results.json, too
  --list           says the names and runs nothing

Without focus and choice it is a full run, which writes test/conformance/results.json.
`;

const root = fileURLToPath(new URL("../../../", import.meta.url));
const directory = join(root, ".cache/conformance");
const stateFile = join(directory, "full.json");

interface FullRun {
  readonly version: string;
  readonly verdicts: Record<string, Verdict>;
}

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

function describe(verdict: Verdict): string {
  const seconds = verdict.result === "not run" ? "" : ` (${verdict.seconds} s)`;
  return `${verdict.result}${seconds}${verdict.reason ? `: ${verdict.reason}` : ""}`;
}

/** Runs tests on a new cluster, which it takes down, and says what comes out. */
async function runOnCluster(
  programs: SuitePrograms,
  names: readonly string[],
  workers: number,
  onVerdict: (name: string, verdict: Verdict) => void,
): Promise<Verdicts> {
  if (names.length === 0) return new Map();
  const cluster = await ConformanceCluster.start(programs);
  say(`two nodes are ready; ${names.length} tests, ${workers} side by side`);
  let count = 0;
  const runner = new SpecRunner({
    ...{ cluster, programs, directory, workers, secondsOf: knownSeconds() },
    onVerdict: (name, verdict) => {
      say(`${++count} ${name}\n    ${describe(verdict)}`);
      onVerdict(name, verdict);
    },
  });
  let ending: Promise<void> | undefined;
  const endOnce = async (): Promise<void> => {
    await runner.stop();
    cluster.keepLogs(directory);
    await cluster.stop();
  };
  const end = (): Promise<void> => {
    ending ??= endOnce();
    return ending;
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void end().finally(() => process.exit(130)));
  try {
    return await runner.run(names);
  } finally {
    await end();
  }
}

/** Keeps every verdict at once, so that a run that is cut short can go on. */
async function fullRun(
  programs: SuitePrograms,
  workers: number,
  isResumed: boolean,
): Promise<Verdicts> {
  const version = suiteVersion();
  let state: FullRun = { version, verdicts: {} };
  if (isResumed && existsSync(stateFile))
    state = JSON.parse(readFileSync(stateFile, "utf8")) as FullRun;
  if (state.version !== version) throw new Error(`the run to resume is of ${state.version}`);
  const keep = (name: string, verdict: Verdict): void => {
    state.verdicts[name] = verdict;
    writeFileSync(stateFile, JSON.stringify(state));
  };
  const names = listTests(programs.endToEnd);
  for (const name of names) {
    const reason = whyWaiting(name);
    if (reason !== undefined) keep(name, { result: "not run", reason });
  }
  // One that failed before the cut may not have been run once more yet.
  const left = names.filter((name) => (state.verdicts[name]?.result ?? "failed") === "failed");
  await runOnCluster(programs, left, workers, keep);
  const verdicts: Verdicts = new Map(Object.entries(state.verdicts));
  // A run that was stopped has not all of them: it can be resumed.
  if (names.every((name) => verdicts.has(name))) writeResults(version, verdicts);
  return verdicts;
}

function summary(verdicts: Verdicts): string {
  const count = (result: Verdict["result"]): number =>
    [...verdicts.values()].filter((verdict) => verdict.result === result).length;
  return `${count("passed")} passed, ${count("failed")} failed, ${count("not run")} not run`;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      choice: { type: "string" },
      workers: { type: "string" },
      resume: { type: "boolean", default: false },
      record: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const reason = whyNoConformance();
  if (reason !== undefined && !values.list) throw new Error(`this needs real nodes: ${reason}`);
  say(`building the tests of Kubernetes ${suiteVersion()} (some minutes the first time)`);
  const programs = buildSuitePrograms();
  const workers = Number(values.workers ?? availableParallelism() * 2);
  if (!Number.isInteger(workers) || workers < 1) throw new Error("--workers: at least 1");
  const focus = positionals.length > 0 ? new RegExp(positionals.join(" ")) : undefined;
  let names = listTests(programs.endToEnd);
  if (values.choice !== undefined) names = chooseTests(readResults(), values.choice);
  if (focus) names = names.filter((name) => focus.test(name));
  if (values.list) {
    say(names.join("\n"));
    return 0;
  }
  if (!values.resume) rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const isFull = focus === undefined && values.choice === undefined;
  const verdicts = isFull
    ? await fullRun(programs, workers, values.resume)
    : await runOnCluster(programs, names, workers, () => undefined);
  if (values.record && !isFull) recordResults(suiteVersion(), verdicts);
  say(`\n${summary(verdicts)}; outputs are in .cache/conformance`);
  return [...verdicts.values()].some(({ result }) => result === "failed") ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
