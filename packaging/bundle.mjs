#!/usr/bin/env node
// Joins the compiled modules, and most of the libraries they use, into few files, which load in half the time. What is
// taken in is a development dependency of the package, and its licence stands in THIRD_PARTY_NOTICES.txt.
//
// The files are CommonJS, which `require` and `import` both load (Jest too, without flags); index.mjs names their exports
// for `import`, so that there is one set of classes in a process.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, stop, transform } from "esbuild-wasm";
import { gatherTypes } from "./gatherTypes.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outdir = join(root, "dist/bundle");
const commands = ["steersman", "kubeApiserver", "kubeControllerManager", "kubeScheduler", "kubelet", "kubeProxy"];
// Natives that ws would use if somebody had installed them.
const optional = ["bufferutil", "utf-8-validate"];
// Libraries that look for parts of themselves at run time.
const apart = ["@grpc/*", "protobufjs"];
const target = "node20";
/** What stands for import.meta.url in a CommonJS file. */
const ownUrl = "$ownUrl";
const ownUrlBanner = `const ${ownUrl} = require("node:url").pathToFileURL(__filename).href;`;

/** Chunks can be split from ES modules alone, so they are split as such, and each then becomes CommonJS. */
const { metafile, outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ["dist/lib/index.js", ...commands.map((name) => `dist/lib/cmd/bin/${name}.js`)],
  outdir,
  outbase: "dist/lib",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  write: false,
  external: [...apart, ...optional],
  mainFields: ["module", "main"],
  conditions: ["module"],
  define: { "import.meta.url": ownUrl },
  format: "esm",
  platform: "node",
  target,
  sourcemap: "inline",
  sourcesContent: false,
  metafile: true,
  logLevel: "warning",
});

rmSync(outdir, { recursive: true, force: true });
for (const { path, text } of outputFiles) {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const { code, map } = await transform(text, {
    format: "cjs",
    platform: "node",
    target,
    supported: { "dynamic-import": false },
    banner: text.includes(ownUrl) ? ownUrlBanner : undefined,
    sourcefile: name,
    sourcemap: "external",
    sourcesContent: false,
    logLevel: "warning",
  });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${code}//# sourceMappingURL=${name}.map\n`);
  writeFileSync(`${path}.map`, map);
}
await stop();
writeFileSync(join(outdir, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
// Not `import`: where a CommonJS file throws (the addon is not there), Node 20 ends the process though somebody catches it.
const names = metafile.outputs["dist/bundle/index.js"].exports.sort();
writeFileSync(
  join(outdir, "index.mjs"),
  `import { createRequire } from "node:module";\n\nexport const {\n${names.map((name) => `  ${name},\n`).join("")}} = createRequire(import.meta.url)("./index.js");\n`,
);
gatherTypes(root);

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
