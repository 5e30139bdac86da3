/**
 * `npm run soak -- store [--seed N] [--crashes N]`: stops the store as often as that, by power loss
 * on a simulated machine and by killing processes, and judges what its clients saw.
 * `npm run soak -- server [--seed N] [--crashes N]`: the same of a kube-apiserver that is killed.
 * `npm run soak -- etcd [--seed N] [--crashes N]`: of two of them on three members of an etcd, with
 * as many faults of members, servers and the ways between them.
 * `npm run soak -- steersman-etcd [--seed N] [--crashes N]`: the same of two on `steersman etcd`.
 *
 * The seed is printed, and that of a history which fails; it is written again by that seed, and
 * kept.
 */

import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { writeEtcdHistory } from "./etcdHistories.js";
import { HistoryChecker } from "./historyChecker.js";
import { writeServerHistory } from "./serverHistories.js";
import { StoreHistories } from "./storeHistories.js";

const crashesEach = 20;
const historiesAtOnce = 10;

interface Round {
  readonly seed: number;
  readonly file?: string;
  readonly problem?: string;
}

type Write = (folder: string, seed: number, crashes: number) => Promise<string>;

const totals = { crashes: 0, operations: 0, events: 0, failed: 0 };

async function writeRound(write: Write, folder: string, seed: number, crashes: number) {
  try {
    return { seed, file: await write(folder, seed, crashes) };
  } catch (error) {
    return { seed, problem: (error as Error).message };
  }
}

function fail(what: string, seed: number, crashes: number, problems: readonly string[]): void {
  totals.failed++;
  console.log(`FAILED: npm run soak -- ${what} --seed ${seed} --crashes ${crashes}`);
  for (const problem of problems) console.log(`  ${problem}`);
}

function keep(file: string): void {
  const kept = join(process.cwd(), ".cache", "soak");
  mkdirSync(kept, { recursive: true });
  renameSync(file, join(kept, basename(file)));
  console.log(`  the history is kept as .cache/soak/${basename(file)}`);
}

async function soak(what: string, write: Write, first: number, crashes: number): Promise<void> {
  const checker = HistoryChecker.build();
  const folder = mkdtempSync(join(tmpdir(), "steersman-soak-"));
  const begun = performance.now();
  try {
    for (let seed = first; totals.crashes < crashes; ) {
      const rounds: Round[] = [];
      const each = Math.min(crashesEach, crashes);
      while (rounds.length < historiesAtOnce && totals.crashes < crashes) {
        rounds.push(await writeRound(write, folder, seed++, each));
        totals.crashes += each;
      }
      for (const { seed: failed, problem } of rounds)
        if (problem !== undefined) fail(what, failed, each, [problem]);
      const written = rounds.filter((round) => round.file !== undefined);
      const verdicts = await checker.check(written.map((round) => round.file as string));
      for (const [at, verdict] of verdicts.entries()) {
        totals.operations += verdict.operations;
        totals.events += verdict.events;
        if (verdict.problems.length > 0) {
          fail(what, written[at]?.seed ?? 0, each, verdict.problems);
          keep(verdict.file);
        } else rmSync(verdict.file);
      }
      const seconds = ((performance.now() - begun) / 1000).toFixed(0);
      console.log(
        `${totals.crashes} crashes, ${totals.operations} reads and writes in order, ` +
          `${totals.events} events, ${totals.failed} failed, next seed ${seed}, ${seconds} s`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const commands: Readonly<Record<string, () => Write>> = {
  store: () => {
    const histories = StoreHistories.build();
    return (...round) => histories.write(...round);
  },
  server: () => writeServerHistory,
  etcd:
    () =>
    async (...round) =>
      (await writeEtcdHistory(...round)).file,
  "steersman-etcd":
    () =>
    async (...round) =>
      (await writeEtcdHistory(...round, "steersman-etcd")).file,
};
interface Arguments {
  readonly what: string;
  readonly seed: number;
  readonly crashes: number;
}

/** Undefined: they are none. */
function readArguments(): Arguments | undefined {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { seed: { type: "string" }, crashes: { type: "string" } },
    });
    const [what = "", ...more] = positionals;
    const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9) * 10 + 1);
    const crashes = Number(values.crashes ?? 10_000);
    const whole = [seed, crashes].every((number) => Number.isSafeInteger(number) && number > 0);
    return more.length === 0 && what in commands && whole ? { what, seed, crashes } : undefined;
  } catch {
    return undefined;
  }
}

const given = readArguments();
const command = commands[given?.what ?? ""];
if (given === undefined || command === undefined) {
  console.error("npm run soak -- store|server|etcd|steersman-etcd [--seed N] [--crashes N]");
  process.exitCode = 2;
} else {
  const { what, seed, crashes } = given;
  console.log(`npm run soak -- ${what} --seed ${seed} --crashes ${crashes}`);
  await soak(what, command(), seed, crashes);
}
if (totals.failed > 0) process.exitCode = 1;
