import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Runs suites one after another, shows their output, and closes with one line over all of them. The
 * number of skipped tests is pinned by test/skipped.json: more than that (or fewer) fails the run,
 * so that no test drops out unseen. A suite that nobody knows, or without a test, fails it too.
 */

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

interface Suite {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const mochaPath = `${root}node_modules/mocha/bin/mocha.js`;
const mocha = (name: string, ...patterns: string[]): Suite => ({
  name,
  command: process.execPath,
  args: [mochaPath, "--reporter", "dot", ...patterns],
});

const suites: Readonly<Record<string, readonly Suite[]>> = {
  main: [
    { name: "crates", command: "cargo", args: ["test", "--workspace", "--quiet"] },
    mocha("tidy", "dist/test/tidy/**/*.test.js"),
    mocha("unit", "dist/test/unit/**/*.test.js"),
    mocha("contract", "dist/test/contract/**/*.test.js"),
    mocha("scenario", "dist/test/scenario/**/*.test.js"),
    mocha("hostile", "dist/test/hostile/**/*.test.js"),
  ],
  newcomer: [mocha("newcomer", "dist/test/newcomer/**/*.test.js")],
  interop: [
    mocha("interop", "--timeout", "600000", "dist/test/interop/**/*.test.js"),
    mocha("conformance", "dist/test/conformance/**/*.test.js"),
  ],
};

function run(suite: Suite): Promise<{ tally: Tally; exitCode: number }> {
  return new Promise((resolve) => {
    const child = spawn(suite.command, suite.args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const take = (part: Buffer): void => {
      output += part.toString("utf8");
      process.stdout.write(part);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", () =>
      resolve({ tally: { passed: 0, failed: 1, skipped: 0 }, exitCode: 127 }),
    );
    child.on("close", (code) => resolve({ tally: count(output), exitCode: code ?? 1 }));
  });
}

function sum(output: string, pattern: RegExp): number {
  return [...output.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
}

/** Reads the closing lines of mocha and of cargo's test runner. */
function count(output: string): Tally {
  return {
    passed: sum(output, /^\s+(\d+) passing/gm) + sum(output, /test result: \w+\. (\d+) passed/g),
    failed: sum(output, /^\s+(\d+) failing/gm) + sum(output, /; (\d+) failed;/g),
    skipped: sum(output, /^\s+(\d+) pending/gm) + sum(output, /; (\d+) ignored;/g),
  };
}

const names = process.argv.slice(2);
const wanted = names.length === 0 ? ["main"] : names;
const unknown = wanted.filter((name) => !Object.hasOwn(suites, name));
if (unknown.length > 0) {
  const known = Object.keys(suites).join(", ");
  process.stderr.write(`${unknown.join(", ")}: no such suite; there are ${known}\n`);
  process.exit(1);
}
const total: Tally = { passed: 0, failed: 0, skipped: 0 };
let isBroken = false;
for (const suite of wanted.flatMap((name) => suites[name] ?? [])) {
  const started = Date.now();
  process.stdout.write(`\n== ${suite.name}\n`);
  const { tally, exitCode } = await run(suite);
  total.passed += tally.passed;
  total.failed += tally.failed + (exitCode !== 0 && tally.failed === 0 ? 1 : 0);
  if (tally.passed + tally.failed + tally.skipped === 0) {
    process.stdout.write(`== ${suite.name}: there was no test\n`);
    isBroken = true;
  }
  total.skipped += tally.skipped;
  isBroken ||= exitCode !== 0;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`== ${suite.name}: exit ${exitCode} after ${seconds} s\n`);
}
const pins = JSON.parse(readFileSync(`${root}test/skipped.json`, "utf8")) as Record<string, number>;
const pinned = wanted.reduce((sumOfPins, name) => sumOfPins + (pins[name] ?? 0), 0);
if (process.env.CI === "true" && total.skipped !== pinned) {
  process.stdout.write(
    `\n${total.skipped} tests were skipped, but test/skipped.json says ${pinned}\n`,
  );
  isBroken = true;
}
process.stdout.write(
  `\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`,
);
process.exitCode = isBroken || total.failed > 0 ? 1 : 0;
