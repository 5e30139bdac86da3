import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cpuSeconds, residentMebibytes } from "./processFigures.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** For `--cpu-prof --cpu-prof-dir=…`, where a figure is to be explained. */
const nodeFlags = (process.env.BENCH_SERVER_FLAGS ?? "").split(" ").filter(Boolean);

/**
 * A `steersman up` in a process of its own, so that its CPU and memory can be told from the
 * client's.
 */
export class ServerProcess {
  readonly directory = mkdtempSync(join(tmpdir(), "steersman-bench-"));
  readonly #child: ChildProcess;
  readonly #started = performance.now();
  readyMilliseconds = 0;
  #output = "";

  private constructor(args: readonly string[]) {
    const program = `${root}dist/bundle/cmd/bin/steersman.js`;
    const ports = ["--runtime", "simulated", "--secure-port", "0", "--grpc-port", "0"];
    const where = ["--data-dir", this.directory, "--kubeconfig", `${this.directory}/kubeconfig`];
    this.#child = spawn(
      process.execPath,
      [...nodeFlags, program, "up", ...ports, ...where, ...args],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
  }

  static async start(args: readonly string[]): Promise<ServerProcess> {
    const server = new ServerProcess(args);
    await new Promise<void>((resolve, reject) => {
      server.#child.stdout?.on("data", (part: Buffer) => {
        server.#output += part.toString();
        if (/ready in \d+ ms/.test(server.#output)) resolve();
      });
      server.#child.on("exit", (code) => reject(new Error(`ended with ${code}`)));
    });
    server.readyMilliseconds = performance.now() - server.#started;
    return server;
  }

  kubeconfig(): string {
    return `${this.directory}/kubeconfig`;
  }

  /** Where gRPC with TLS is served, as a URL. */
  get grpcServer(): string {
    return `https://${/^gRPC +(\S+)/m.exec(this.#output)?.[1]}`;
  }

  /** CPU seconds used so far, user and system. */
  cpuSeconds(): number {
    return cpuSeconds(this.#child.pid);
  }

  residentMebibytes(): number {
    return residentMebibytes(this.#child.pid);
  }

  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#child.on("exit", () => resolve()));
    this.#child.kill("SIGTERM");
    await ended;
    rmSync(this.directory, { recursive: true, force: true });
  }
}
