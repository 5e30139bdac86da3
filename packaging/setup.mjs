#!/usr/bin/env node
// Makes a fresh clone ready: npm packages, the addon, TypeScript and, on Debian as root, what real nodes need.
// Plain JavaScript, since nothing is compiled yet. Steps that are done already cost a look at a stamp.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CommandGroup } from "./commandGroup.mjs";
import { installPackages, mayInstall, nodePackages, testPackages } from "./debianPackages.mjs";
import { runCommand } from "./runCommand.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamps = join(root, "node_modules", ".steersman");
const all = process.argv.slice(2);
const separator = all.indexOf("--then");
const own = separator < 0 ? all : all.slice(0, separator);
const then = separator < 0 ? [] : all.slice(separator + 1);
const noInstall = then.includes("--no-install") || own.includes("--no-install");

function say(text) {
  process.stderr.write(`${text}\n`);
}

const commands = new CommandGroup();

async function run(what, command, args) {
  const started = Date.now();
  say(`• ${what}`);
  const outcome = await commands.run(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (outcome !== 0) {
    say(`✗ ${what}: ${command} ended with ${outcome}`);
    process.exit(1);
  }
  say(`  done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

function digest(paths) {
  const hash = createHash("sha256");
  const visit = (path) => {
    if (!existsSync(path)) return;
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) if (name !== "target") visit(join(path, name));
    } else hash.update(path.slice(root.length)).update(readFileSync(path));
  };
  for (const path of paths) visit(join(root, path));
  return hash.digest("hex");
}

/** Runs a step unless its inputs are those of the last time and its output is there. */
async function step(name, inputs, output, work) {
  const stamp = join(stamps, name);
  const wanted = digest(inputs);
  const isDone = existsSync(join(root, output)) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (isDone) return;
  // What a step that is cut short leaves is no earlier step's output.
  rmSync(stamp, { force: true });
  await work();
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, wanted);
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  say(`✗ Node ${process.versions.node} is too old: 20.19 or later is needed`);
  process.exit(1);
}
const started = Date.now();
await step("packages", ["package-lock.json"], "node_modules/typescript", () =>
  run("npm packages", "npm", ["ci", "--no-audit", "--no-fund"]),
);
await step("addon", ["crates", "Cargo.toml", "Cargo.lock"], "lib/native/gen/steersman.node", () =>
  run("the addon (Rust; some minutes the first time)", "npm", ["run", "--silent", "build:native"]),
);
await step("typescript", ["lib", "test", "proto/generators", "tsconfig.json"], "dist/lib/index.js", () =>
  run("TypeScript", "npm", ["run", "--silent", "build:ts"]),
);
await step("bundle", ["dist/lib", "packaging/bundle.mjs", "packaging/gatherTypes.mjs"], "dist/types/index.d.mts", () =>
  run("the bundle", "npm", ["run", "--silent", "build:bundle"]),
);
if (mayInstall()) {
  const names = own.includes("--tests") ? [...nodePackages, ...testPackages] : nodePackages;
  await installPackages(names, { commands, noInstall, say });
}
if (own.includes("--tests")) say(`set up in ${((Date.now() - started) / 1000).toFixed(1)} s`);
if (then.length > 0) {
  const [command, ...args] = then.filter((argument) => argument !== "--no-install" && argument !== "--");
  await commands.heed();
  commands.release();
  runCommand(join(root, command), args, root);
}
