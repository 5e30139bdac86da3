#!/usr/bin/env node
// Writes docs/api/README.md, the reference of what the package exports, from the declarations that users get (dist/types).
// With --check it only says whether the page is as it would be written. TypeDoc is installed beside, at the versions of
// packaging/typedoc/package-lock.json: it needs another TypeScript than the one that compiles the package.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const page = join(root, "docs/api/README.md");
const declarations = join(root, "dist/types/index.d.ts");
/** Generated kinds are documented by Kubernetes: here they would make megabytes. */
const generated = /\bfrom "\.\/api\/gen\//;
const head = `# API reference

Made by \`npm run generate:api\` from the declarations that the package ships. Beside what stands here it exports \`resources\` and, for each
served version of each group, a table of its resources by plural (\`coreV1.pods\`, \`appsV1.deployments\`, \`autoscalingV2.horizontalpodautoscalers\`),
and \`types\`, the kinds' own types (\`types.coreV1.Pod\`); their fields are those of Kubernetes' API.
[program.md](../program.md) shows how the parts go together.
`;

/** The entry without the statements that export generated kinds. */
function entryText() {
  const statements = readFileSync(declarations, "utf8").split(/(?<=;\n)/);
  return statements.filter((one) => !generated.test(one)).join("");
}

function make() {
  const folder = mkdtempSync(join(tmpdir(), "steersman-api-"));
  try {
    cpSync(join(root, "packaging/typedoc"), folder, { recursive: true });
    const run = (command, args) => execFileSync(command, args, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    // Beside the declarations: their imports are relative.
    cpSync(join(root, "dist/types"), join(folder, "types"), { recursive: true });
    writeFileSync(join(folder, "types/reference.d.ts"), entryText());
    run(process.execPath, ["node_modules/typedoc/bin/typedoc"]);
    const text = readFileSync(join(folder, "out/README.md"), "utf8");
    return `${head}\n${text.replace(/^# .*\n+/, "")}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const text = make();
if (process.argv.includes("--check")) {
  const isCurrent = existsSync(page) && readFileSync(page, "utf8") === text;
  if (!isCurrent) console.error("docs/api/README.md is not what the declarations give: npm run generate:api");
  process.exitCode = isCurrent ? 0 : 1;
} else {
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, text);
}
