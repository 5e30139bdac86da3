import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const buildTimeoutMilliseconds = 60 * 60_000;

export interface GoProgramSource {
  /** What the program is called in the cache. */
  readonly name: string;
  /** The module's folder, from the top of the repository. */
  readonly folder: string;
  /** The module in its go.mod whose version names the program. */
  readonly module: string;
  /** A program of another module that the lock file pins; by default the folder's own. */
  readonly package?: string;
  /** Builds the package's tests, for a program that runs them. */
  readonly isTest?: boolean;
  readonly linkFlags?: (version: string) => string;
}

/** The version of a module that a go.mod asks for, without its `v`. */
export function moduleVersion(folder: string, module: string): string {
  const lines = readFileSync(`${root}${folder}/go.mod`, "utf8").split("\n");
  for (const line of lines) {
    const [name, version] = line.replace("require", "").trim().split(/\s+/);
    if (name === module && version !== undefined) return version.slice(1);
  }
  throw new Error(`${folder}/go.mod does not require ${module}`);
}

/**
 * The path of a Go program of this repository. It is built once for each state of its sources and
 * lock file, and kept under `.cache`. Throws where there is no Go or a module cannot be had.
 */
export function buildGoProgram(source: GoProgramSource): string {
  const version = moduleVersion(source.folder, source.module);
  const hash = createHash("sha256");
  for (const file of readdirSync(`${root}${source.folder}`).sort()) {
    if (/\.go$|^go\.(mod|sum)$/.test(file))
      hash.update(readFileSync(`${root}${source.folder}/${file}`));
  }
  const state = hash.digest("hex").slice(0, 12);
  const cache = `${root}.cache/${source.name}-${version}-${state}`;
  const program = `${cache}/${source.name}`;
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  // Renamed when whole: a build that is cut short leaves nothing that looks like the program.
  const unfinished = `${program}.${process.pid}`;
  const flags = `-s -w ${source.linkFlags?.(version) ?? ""}`;
  const how = source.isTest ? ["test", "-c", "-vet=off"] : ["build"];
  const output = ["-trimpath", "-ldflags", flags, "-o", unfinished];
  const environment = {
    ...process.env,
    GOFLAGS: `${process.env.GOFLAGS ?? ""} -p=2`.trim(),
    // Needs no C library where it runs, which may be an image of its own.
    CGO_ENABLED: "0",
  };
  execFileSync("go", [...how, ...output, source.package ?? "."], {
    cwd: `${root}${source.folder}`,
    env: environment,
    stdio: "pipe",
    timeout: buildTimeoutMilliseconds,
  });
  renameSync(unfinished, program);
  return program;
}
