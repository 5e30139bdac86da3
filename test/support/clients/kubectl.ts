import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { ClusterProcess } from "./clusterProcess.js";

const timeoutMilliseconds = 300_000;

export interface KubectlResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlOptions {
  readonly input?: string;
  /** A kubeconfig instead of the administrator's. */
  readonly kubeconfig?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** One kubectl program against one cluster. */
export class Kubectl {
  readonly #program: string;
  readonly #cluster: ClusterProcess;

  constructor(program: string, cluster: ClusterProcess) {
    this.#program = program;
    this.#cluster = cluster;
  }

  #environment(options: KubectlOptions): Record<string, string> {
    return {
      PATH: process.env.PATH ?? "",
      HOME: this.#cluster.folder,
      KUBECONFIG: options.kubeconfig ?? this.#cluster.kubeconfig,
      ...options.environment,
    };
  }

  run(args: readonly string[], options: KubectlOptions = {}): Promise<KubectlResult> {
    return new Promise((resolve) => {
      const child = execFile(
        this.#program,
        args,
        { env: this.#environment(options), timeout: timeoutMilliseconds, maxBuffer: 64 << 20 },
        (error, stdout, stderr) => {
          const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
          resolve({ exitCode, stdout, stderr });
        },
      );
      child.stdin?.end(options.input ?? "");
    });
  }

  /** The trimmed output of a command that has to succeed; its arguments are split at spaces. */
  async ok(command: string, input?: string): Promise<string> {
    return this.okArgs(command.split(" "), input === undefined ? {} : { input });
  }

  /** The same for arguments that have spaces in them. */
  async okArgs(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(args, options);
    assert.equal(exitCode, 0, `kubectl ${args.join(" ")}: ${stderr}${stdout}`);
    return stdout.trim();
  }

  /** The trimmed error output of a command that has to fail. */
  async refused(command: string, options: KubectlOptions = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(command.split(" "), options);
    assert.notEqual(exitCode, 0, `kubectl ${command}: ${stdout}`);
    return stderr.trim();
  }

  /**
   * Reads a command's lines until `isEnough`, then ends it; `started` runs after the first.
   * Without `isEnough` it reads to the command's own end, which must be a good one.
   */
  async follow(
    command: string,
    started: () => Promise<unknown>,
    isEnough?: (lines: readonly string[]) => boolean,
  ): Promise<string[]> {
    const child = spawn(this.#program, command.split(" "), {
      env: this.#environment({}),
      stdio: ["ignore", "pipe", "inherit"],
      timeout: timeoutMilliseconds,
    });
    const ended = once(child, "exit");
    const lines: string[] = [];
    let change: Promise<unknown> | undefined;
    try {
      for await (const line of createInterface({ input: child.stdout })) {
        lines.push(line);
        change ??= started();
        if (isEnough?.(lines)) return lines;
      }
      const [exitCode] = await ended;
      if (isEnough === undefined && exitCode === 0) return lines;
      throw new Error(`kubectl ${command} ended with ${exitCode}: ${lines.join("\n")}`);
    } finally {
      child.kill();
      await Promise.all([ended, change]);
    }
  }

  /** A file beside the kubeconfig; its path. */
  write(name: string, text: string, mode = 0o600): string {
    const path = `${this.#cluster.folder}/${name}`;
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  }

  /** Writes a kubeconfig for the bearer of a token; its path. */
  async writeTokenKubeconfig(token: string): Promise<string> {
    const config = JSON.parse(await this.ok("config view --raw -o json")) as {
      users: { name: string; user: unknown }[];
    };
    for (const user of config.users) user.user = { token };
    return this.write("token-kubeconfig", JSON.stringify(config));
  }
}
