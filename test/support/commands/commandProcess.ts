import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

const programs = {
  "kube-apiserver": "kubeApiserver",
  "kube-controller-manager": "kubeControllerManager",
  "kube-scheduler": "kubeScheduler",
  kubelet: "kubelet",
  "kube-proxy": "kubeProxy",
  steersman: "steersman",
} as const;
export type CommandName = keyof typeof programs;
export const commandNames = Object.keys(programs) as readonly CommandName[];

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly error: string;
}

/** One of the real commands as a child process; close() ends it whatever state it is in. */
export class CommandProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ended>;
  output = "";
  error = "";
  #wake: (() => void) | undefined;

  constructor(name: CommandName, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const program = `${root}dist/lib/cmd/bin/${programs[name]}.js`;
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NOTIFY_SOCKET: "", ...environment },
    });
    this.#child = child;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.output += text;
      this.#wake?.();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.error += text;
      this.#wake?.();
    });
    this.ended = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        resolve({ code, signal, output: this.output, error: this.error });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when what it has written matches. Rejects when it ends before. */
  async says(pattern: RegExp): Promise<void> {
    const gone = this.ended.then((ended) => {
      throw new Error(`ended with ${ended.code ?? ended.signal}: ${ended.error}`);
    });
    gone.catch(() => undefined);
    while (!pattern.test(this.output + this.error)) {
      const more = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([more, gone]);
    }
  }

  async close(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }
}

/** Runs to its end. */
export async function runCommand(
  name: CommandName,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  return new CommandProcess(name, args, environment).ended;
}

/** Ports of 127.0.0.1 that nothing listened on a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer().on("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
