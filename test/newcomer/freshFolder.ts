import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** What newcomers have beside the package, at versions that stay: the outcome is ours alone. */
const tools: Readonly<Record<string, string>> = {
  "@arethetypeswrong/cli": "0.18.5",
  "@types/node": "20.19.43",
  jest: "30.5.2",
  mocha: "12.0.3",
  publint: "0.3.25",
  typescript: "7.0.2",
  "typescript-5.4": "npm:typescript@5.4.5",
  vitest: "3.2.7",
};

const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET/;

export interface Ended {
  readonly code: number;
  /** Standard output, and what stood on standard error. */
  readonly output: string;
}

/** A folder with the packed package installed, and what a newcomer tries it with. */
export class FreshFolder {
  readonly #directory = mkdtempSync(join(tmpdir(), "steersman-newcomer-"));
  /** The packed package. */
  tarball = "";

  /**
   * Packs and installs. Resolves with why that cannot be done where the registry cannot be
   * reached, and rejects for any other failure.
   */
  async install(): Promise<string | undefined> {
    const packed = await this.#run("npm", ["pack", "--pack-destination", this.#directory], root);
    if (packed.code !== 0) throw new Error(packed.output);
    this.tarball = join(this.#directory, packed.output.trim().split("\n").at(-1) as string);
    const dependencies = { ...tools, steersman: `file:${this.tarball}` };
    this.write("package.json", JSON.stringify({ private: true, dependencies }));
    const args = ["install", "--no-audit", "--no-fund", "--loglevel=error"];
    const installed = await this.#run("npm", [...args, "--fetch-retries=1"], this.#directory);
    if (installed.code === 0) return undefined;
    if (unreachable.test(installed.output)) return "the npm registry cannot be reached";
    throw new Error(installed.output);
  }

  /** Where a file of the folder is. */
  path(name: string): string {
    return join(this.#directory, name);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** Runs a file with Node, inside one of the folder's projects. */
  node(
    file: string,
    args: readonly string[] = [],
    project = ".",
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    const program = file.startsWith("node_modules/") ? this.path(file) : file;
    return this.#run(process.execPath, [program, ...args], this.path(project), environment);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #run(
    command: string,
    args: readonly string[],
    cwd: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", ...environment };
    return new Promise((resolve) => {
      const options = { cwd, env, timeout: 180_000, maxBuffer: 16 * 1024 * 1024 };
      const child = execFile(command, [...args], options, (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? 1, output: `${stderr}${stdout}` });
      });
    });
  }
}
