import { once } from "node:events";
import { createWriteStream, rmSync } from "node:fs";
import { join } from "node:path";
import type { ConformanceCluster } from "./conformanceCluster.js";
import { readSpecReport } from "./specReport.js";
import type { SuitePrograms } from "./suitePrograms.js";
import type { Verdicts } from "./verdict.js";

export interface SpecGroupOptions {
  readonly cluster: ConformanceCluster;
  readonly programs: SuitePrograms;
  /** Where reports and outputs go. */
  readonly directory: string;
  /** Names the group's files. */
  readonly label: string;
  readonly names: readonly string[];
  /** Interrupts the test under way and ends the process. */
  readonly signal: AbortSignal;
}

/**
 * Upstream's own limits go up to 15 minutes for slow ones; of the others the longest watch for
 * four minutes that nothing happens.
 */
const limitSeconds = (names: readonly string[]): number =>
  names.some((name) => /\[(?:Slow|Serial|Disruptive)\]/.test(name)) ? 900 : 360;
/** For what a test has to take back after it was interrupted. */
const graceSeconds = 120;
/** The same where the cluster goes anyway. */
const stopSeconds = 20;
/** What the runner writes before and after each test. */
const boundary = "------------------------------";

const escaped = (name: string): string => name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

function programArguments(options: SpecGroupOptions, report: string): string[] {
  return [
    `--kubeconfig=${options.cluster.kubeconfig}`,
    `--kubectl-path=${options.programs.kubectl}`,
    "--provider=local",
    "--num-nodes=2",
    "--dump-logs-on-failure=false",
    "--disable-log-dump=true",
    "--ginkgo.v",
    "--ginkgo.no-color",
    "--ginkgo.timeout=24h",
    `--ginkgo.grace-period=${graceSeconds}s`,
    `--ginkgo.json-report=${report}`,
    `--ginkgo.focus= (?:${options.names.map(escaped).join("|")})$`,
  ];
}

/**
 * Runs tests one after another in one process. A test that goes on beyond its limit is
 * interrupted and has failed; those behind it then have no verdict, and are to be run again.
 */
export async function runSpecGroup(options: SpecGroupOptions): Promise<Verdicts> {
  const report = join(options.directory, `${options.label}.json`);
  rmSync(report, { force: true });
  const log = createWriteStream(join(options.directory, `${options.label}.log`));
  const child = options.cluster.spawn(options.programs.endToEnd, programArguments(options, report));
  const limit = limitSeconds(options.names) * 1000;
  let timer: NodeJS.Timeout | undefined;
  let isInterrupted = false;
  const interrupt = (seconds: number): void => {
    isInterrupted = true;
    child.kill("SIGINT");
    clearTimeout(timer);
    timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
  };
  const arm = (): void => {
    if (isInterrupted) return;
    clearTimeout(timer);
    timer = setTimeout(() => interrupt(2 * graceSeconds), limit);
  };
  arm();
  const stop = (): void => interrupt(stopSeconds);
  options.signal.addEventListener("abort", stop);
  child.stdout?.on("data", (part: Buffer) => {
    log.write(part);
    if (part.includes(boundary)) arm();
  });
  child.stderr?.on("data", (part: Buffer) => log.write(part));
  await once(child, "close");
  options.signal.removeEventListener("abort", stop);
  clearTimeout(timer);
  log.end();
  await once(log, "close");
  const verdicts = readSpecReport(report, options.names);
  rmSync(report, { force: true });
  return verdicts;
}
