import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { ImageFile } from "../../../lib/cluster/nodes/ociImage.js";

/** Where a program of this machine is; throws where it is not installed. */
function whereIs(name: string): string {
  const found = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" });
  if (found.status !== 0) throw new Error(`${name} is not installed`);
  return execFileSync("readlink", ["-f", found.stdout.trim()], { encoding: "utf8" }).trim();
}

/** Of `ldd`: libraries with their paths, and the loader by its path alone. */
function librariesOf(program: string): string[] {
  const { stdout } = spawnSync("ldd", [program], { encoding: "utf8" });
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? "");
}

/**
 * Programs of this machine for an image, by the names that they get below `/bin`, with the
 * libraries that they are linked to where their loader looks for them.
 */
export function machinePrograms(names: Readonly<Record<string, string>>): ImageFile[] {
  const libraries = new Set<string>();
  const files = Object.entries(names).map(([name, program]): ImageFile => {
    const path = whereIs(program);
    for (const library of librariesOf(path)) libraries.add(library);
    return { path: `bin/${name}`, mode: 0o755, data: readFileSync(path) };
  });
  const linked = [...libraries].map((path): ImageFile => {
    return { path: path.slice(1), mode: 0o755, data: readFileSync(path) };
  });
  return [...files, ...linked];
}

/** Puts the folders that files are in before them. */
export function withFolders(files: readonly ImageFile[]): ImageFile[] {
  const there = new Set(files.map(({ path }) => path));
  const folders: ImageFile[] = [];
  for (const { path } of files) {
    for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
      if (there.has(folder)) continue;
      there.add(folder);
      folders.push({ path: folder, mode: 0o755 });
    }
  }
  const byPath = (a: ImageFile, b: ImageFile): number => (a.path < b.path ? -1 : 1);
  return [...folders, ...files].sort(byPath);
}
