import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BenchProcess } from "./benchProcess.js";
import type { LoadTarget } from "./load.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const startLimitMilliseconds = 10_000;
const pollMilliseconds = 10;

export interface BareServerOptions {
  readonly loadProgram: string;
  /** Files of TLS. */
  readonly certificate: string;
  readonly key: string;
  /** The response to lists, in protobuf. */
  readonly list: Uint8Array;
  readonly eventBytes: number;
  readonly framing: "json" | "protobuf";
}

/**
 * A bare hyper server that sends ready bytes to each open watch for every write: what no API server
 * that sends the same can be cheaper than.
 */
export class BareServer implements LoadTarget {
  readonly side = "bare hyper";
  readonly #folder: string;
  readonly #process: BenchProcess;
  readonly #loadProgram: string;
  #port = 0;

  private constructor(options: BareServerOptions) {
    const example = ["--package", "steersman-front", "--example", "bare_streams"];
    execFileSync("cargo", ["build", "--quiet", "--release", ...example], {
      ...{ cwd: root, stdio: ["ignore", "inherit", "inherit"] },
    });
    this.#folder = mkdtempSync(join(tmpdir(), "steersman-bare-"));
    const list = join(this.#folder, "list");
    writeFileSync(list, options.list);
    const { certificate, key, eventBytes, framing, loadProgram } = options;
    this.#loadProgram = loadProgram;
    const program = join(root, "target", "release", "examples", "bare_streams");
    this.#process = new BenchProcess(
      [program, certificate, key, list, String(eventBytes), framing],
      join(this.#folder, "log"),
    );
  }

  static async start(options: BareServerOptions): Promise<BareServer> {
    const server = new BareServer(options);
    const end = performance.now() + startLimitMilliseconds;
    while (!server.#process.output().includes("\n")) {
      if (server.#process.isOver || performance.now() > end) {
        const said = server.#process.lastLines();
        await server.stop();
        throw new Error(`the bare server does not start: ${said}`);
      }
      await pause(pollMilliseconds);
    }
    server.#port = Number(server.#process.output());
    return server;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  loadProgram(): string {
    return this.#loadProgram;
  }

  cpuSeconds(): number {
    return this.#process.cpuSeconds();
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
