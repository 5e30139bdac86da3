// Gathers the declarations that index.d.ts leads to, and no others, under dist/types.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative } from "node:path";

const importPattern = /(?:\bfrom\s+|\bimport\(|\bimport\s+)"([^"]+)"/g;

/**
 * The declarations are those of CommonJS files, as the code is; index.d.mts gives the same ones to `import`, so that a
 * class is one type for both. Throws for one that needs a package that users do not get with this one.
 */
export function gatherTypes(root) {
  const from = join(root, "dist/lib");
  const to = join(root, "dist/types");
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  rmSync(to, { recursive: true, force: true });
  const seen = new Set();
  const gather = (path) => {
    if (seen.has(path)) return;
    seen.add(path);
    const text = readFileSync(path, "utf8").replace(/^\/\/# sourceMappingURL=.*\n?/m, "");
    // An example in a comment imports nothing.
    const code = text.replace(/\/\*[\s\S]*?\*\//g, "");
    for (const [, wanted] of code.matchAll(importPattern)) {
      if (wanted.startsWith(".")) gather(join(dirname(path), wanted.replace(/\.js$/, ".d.ts")));
      else if (!isShipped(wanted, dependencies)) throw new Error(`${relative(root, path)} needs ${wanted}, which users do not have`);
    }
    const target = join(to, relative(from, path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  };
  gather(join(from, "index.d.ts"));
  const index = join(to, "index.d.ts");
  writeFileSync(index, `/// <reference types="node" />\n${readFileSync(index, "utf8")}`);
  writeFileSync(join(to, "index.d.mts"), 'export * from "./index.js";\n');
  writeFileSync(join(to, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
}

function isShipped(wanted, dependencies) {
  const isBuiltIn = wanted.startsWith("node:") || builtinModules.includes(wanted);
  const name = wanted.split("/").slice(0, wanted.startsWith("@") ? 2 : 1).join("/");
  return Object.hasOwn(dependencies, isBuiltIn ? "@types/node" : name);
}
