import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../../lib/cmd/bin/steersman.js", import.meta.url));

/** `steersman up` as its own process: in memory, TLS, free ports, simulated nodes. */
export class ClusterProcess {
  /** Everything that a test writes; it goes with the cluster. */
  readonly folder = mkdtempSync(join(tmpdir(), "steersman-clients-"));
  readonly kubeconfig = join(this.folder, "kubeconfig");
  readonly #child: ChildProcess;
  #output = "";

  private constructor(nodes: number) {
    const kept = ["--in-memory", "--kubeconfig", this.kubeconfig];
    const ports = ["--secure-port", "0", "--grpc-port", "0"];
    const shape = ["--nodes", String(nodes), "--runtime", "simulated"];
    this.#child = spawn(process.execPath, [program, "up", ...kept, ...ports, ...shape], {
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Resolves when it says that it is ready; rejects with its output when it ends before. */
  static async start({ nodes }: { readonly nodes: number }): Promise<ClusterProcess> {
    const cluster = new ClusterProcess(nodes);
    try {
      await cluster.#ready();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  async #ready(): Promise<void> {
    const { stdout, stderr } = this.#child;
    if (!stdout || !stderr) throw new Error("it has no output");
    await new Promise<void>((resolve, reject) => {
      const take = (line: string): void => {
        this.#output += `${line}\n`;
        if (line.startsWith("ready in ")) resolve();
      };
      createInterface({ input: stdout }).on("line", take);
      createInterface({ input: stderr }).on("line", take);
      this.#child.once("error", reject);
      this.#child.once("exit", (code) => {
        reject(new Error(`steersman up ended with ${code}: ${this.#output}`));
      });
    });
  }

  /** host:port of the gRPC server. */
  get grpcAddress(): string {
    return /^gRPC +(\S+)$/m.exec(this.#output)?.[1] ?? "";
  }

  /** What it wrote so far. */
  get output(): string {
    return this.#output;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
