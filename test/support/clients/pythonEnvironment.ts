import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const installTimeoutMilliseconds = 10 * 60_000;

/**
 * The python of a virtual environment with what a requirements file pins. It is made once for each
 * state of that file, and kept under `.cache`. Throws where there is no Python or a package cannot
 * be had.
 */
export function pythonEnvironment(requirements: string): string {
  const state = createHash("sha256")
    .update(readFileSync(`${root}${requirements}`))
    .digest("hex");
  const folder = `${root}.cache/python-${state.slice(0, 12)}`;
  const python = `${folder}/bin/python`;
  const mark = `${folder}/complete`;
  if (existsSync(mark)) return python;
  rmSync(folder, { recursive: true, force: true });
  const run = (program: string, ...args: string[]): void => {
    execFileSync(program, args, { stdio: "pipe", timeout: installTimeoutMilliseconds });
  };
  run("python3", "-m", "venv", folder);
  // Wheels only: a build from source would need compilers, and take its own dependencies unpinned.
  const wheels = ["--only-binary", ":all:", "--no-deps"];
  run(python, "-m", "pip", "install", "--quiet", ...wheels, "-r", `${root}${requirements}`);
  writeFileSync(mark, "");
  return python;
}
