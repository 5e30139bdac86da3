#!/usr/bin/env node
// Joins the compiled modules, and most of the libraries they use, into few files, which load in half the time. What is
// taken in is a development dependency of the package, and its licence stands in THIRD_PARTY_NOTICES.txt.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild-wasm";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outdir = join(root, "dist/bundle");
const commands = ["steersman", "kubeApiserver", "kubeControllerManager", "kubeScheduler", "kubelet", "kubeProxy"];
// Natives that ws would use if somebody had installed them.
const optional = ["bufferutil", "utf-8-validate"];
// Libraries that look for parts of themselves at run time.
const apart = ["@grpc/*", "protobufjs"];

rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["dist/lib/index.js", ...commands.map((name) => `dist/lib/cmd/bin/${name}.js`)],
  outdir,
  outbase: "dist/lib",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  external: [...apart, ...optional],
  mainFields: ["module", "main"],
  conditions: ["module"],
  banner: { js: 'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);' },
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: "warning",
});

const packages = new Set();
for (const input of Object.keys(metafile.inputs)) {
  const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
  if (name !== undefined) packages.add(name);
}
const notices = [...packages].sort().map((name) => {
  const directory = join(root, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? "" : readFileSync(join(directory, file), "utf8").trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
});
writeFileSync(join(outdir, "THIRD_PARTY_NOTICES.txt"), notices.join(`\n${"-".repeat(79)}\n\n`));
