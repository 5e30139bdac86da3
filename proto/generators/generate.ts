import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { capabilityDocuments } from "./capabilityDocuments.js";
import { descriptorSet } from "./descriptorSet.js";
import type { GeneratedFile } from "./generatedFile.js";
import { grpcServices } from "./grpcServices.js";
import { loadModel, type Model } from "./model.js";
import { nativeTables } from "./nativeTables.js";
import { openApi } from "./openapi.js";
import { resourceTable } from "./resourceTable.js";
import { typescriptTypes } from "./typescriptTypes.js";
import { wirePackages } from "./wirePackages.js";

const generators: ((model: Model, repository: string) => GeneratedFile[])[] = [
  typescriptTypes,
  resourceTable,
  nativeTables,
  wirePackages,
  grpcServices,
  openApi,
  descriptorSet,
  capabilityDocuments,
];

/** Folders whose files all come from here, so that stale ones are found. */
const generatedFolders = ["lib/api/gen", "proto/steersman/gen", "crates/codec/src/gen"];

/**
 * `node dist/proto/generators/generate.js` writes every generated file;
 * with `--check` it writes nothing and fails where a file differs, is missing or is left over.
 */
function main(check: boolean): void {
  const repository = fileURLToPath(new URL("../../../", import.meta.url));
  const model = loadModel(join(repository, "proto"));
  const paths = new Set<string>();
  const changed: GeneratedFile[] = [];
  for (const generator of generators) {
    for (const file of generator(model, repository)) {
      paths.add(file.path);
      if (isCurrent(repository, file)) continue;
      changed.push(file);
      // At once, because later generators read earlier ones' .proto files.
      if (!check) write(repository, file);
    }
  }
  const stale = generatedFolders
    .flatMap((folder) => filesBelow(repository, folder))
    .filter((path) => !paths.has(path));
  if (check) {
    for (const { path } of changed) process.stderr.write(`differs: ${path}\n`);
    for (const path of stale) process.stderr.write(`left over: ${path}\n`);
    if (changed.length + stale.length > 0) process.exitCode = 1;
    return;
  }
  for (const path of stale) rmSync(join(repository, path));
  process.stdout.write(`${paths.size} files, ${changed.length} written, ${stale.length} removed\n`);
}

function write(repository: string, { path, content }: GeneratedFile): void {
  mkdirSync(dirname(join(repository, path)), { recursive: true });
  writeFileSync(join(repository, path), content);
}

function filesBelow(repository: string, folder: string): string[] {
  try {
    return readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(repository.length));
  } catch {
    return [];
  }
}

function isCurrent(repository: string, { path, content, comparable }: GeneratedFile): boolean {
  const existing = readOr(repository, path);
  if (existing === content || existing === undefined) return existing === content;
  return comparable !== undefined && comparable(existing) === comparable(content);
}

function readOr(repository: string, path: string): string | undefined {
  try {
    return readFileSync(join(repository, path), "utf8");
  } catch {
    return undefined;
  }
}

main(process.argv.includes("--check"));
