import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rigName } from "../nodes/rigName.js";
import { directoryOf, removeRig, sweepRigs } from "../nodes/sweepRigs.js";
import { etcdUnit, unitArguments, unitProgram } from "./unitFile.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
/** Folders that the units name, or that kube-apiserver takes where none is named. */
const boundFolders = ["/etc/kubernetes", "/var/lib/etcd", "/var/lib/steersman"];
const commandMilliseconds = 30_000;

/** Why the units cannot run here; undefined where they can. */
export function whyNoEtcdHost(): string | undefined {
  if (process.getuid?.() !== 0) return "not root";
  for (const command of ["ip", "nsenter", "unshare", "kubectl", "curl"]) {
    const { status } = spawnSync("which", [command], { stdio: "ignore" });
    if (status !== 0) return `${command} is not installed`;
  }
  return undefined;
}

/**
 * A network with the addresses of the units, 10.0.0.9 and etcd's 10.0.0.6, and the files of
 * `steersman init` where the units look for them. close() ends every process and removes every
 * trace.
 */
export class EtcdHost {
  readonly name = rigName("etcdunits");
  readonly directory = directoryOf(this.name);
  readonly #children = new Map<string, ChildProcess>();

  async start(): Promise<void> {
    await sweepRigs();
    mkdirSync(this.directory, { mode: 0o700 });
    execFileSync("ip", ["netns", "add", this.name]);
    for (const setUp of [
      ["ip", "link", "set", "lo", "up"],
      ["ip", "addr", "add", "10.0.0.9/32", "dev", "lo"],
      ["ip", "addr", "add", "10.0.0.6/32", "dev", "lo"],
    ]) {
      const [command = "", ...args] = setUp;
      this.run(command, ...args);
    }
    const program = `${root}dist/lib/cmd/bin/steersman.js`;
    const address = ["--address", "10.0.0.9", "--node", "10.0.0.9", "--etcd-address", "10.0.0.6"];
    const init = ["init", "--dir", this.directory, ...address];
    execFileSync(process.execPath, [program, ...init], { stdio: "ignore" });
    for (const path of boundFolders) mkdirSync(this.directory + path, { recursive: true });
  }

  /** Runs to the end in the network. */
  run(command: string, ...args: string[]): string {
    return execFileSync("nsenter", [`--net=/run/netns/${this.name}`, "--", command, ...args], {
      encoding: "utf8",
      timeout: commandMilliseconds,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  kubectl(...args: string[]): string {
    return this.run("kubectl", "-s", "http://127.0.0.1:8080", "--request-timeout=20s", ...args);
  }

  /** The status of a GET over the plain port, which only root may use; 0 where there is none. */
  status(path: string): number {
    const url = `http://127.0.0.1:8080${path}`;
    const flags = ["-s", "-m", "20", "-o", "/dev/null", "-w", "%{http_code}"];
    const { stdout } = spawnSync(
      "nsenter",
      [`--net=/run/netns/${this.name}`, "--", "curl", ...flags, url],
      { encoding: "utf8", timeout: commandMilliseconds },
    );
    return Number(stdout);
  }

  log(name: string): string {
    return readFileSync(`${this.directory}/${name}.log`, "utf8");
  }

  startEtcd(program: string): void {
    this.#spawn("etcd", [program, ...unitArguments(etcdUnit)]);
  }

  startApiserver(): void {
    const program = unitProgram("kube-apiserver");
    this.#spawn("kube-apiserver", [process.execPath, program, ...unitArguments("kube-apiserver")]);
  }

  #spawn(name: string, command: readonly string[]): void {
    const binds = boundFolders.map(
      (path) => `mkdir -p ${path} && mount --bind ${this.directory}${path} ${path}`,
    );
    const script = ["mount --make-rprivate /", ...binds, 'exec "$0" "$@"'].join(" && ");
    const output = openSync(`${this.directory}/${name}.log`, "a");
    const net = `--net=/run/netns/${this.name}`;
    const child = spawn(
      "nsenter",
      [net, "--", "unshare", "--mount", "sh", "-c", script, ...command],
      { stdio: ["ignore", output, output] },
    );
    closeSync(output);
    this.#children.set(name, child);
  }

  /** Stops it as systemd would. */
  async stop(name: string): Promise<void> {
    const child = this.#children.get(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const kill = setTimeout(() => child.kill("SIGKILL"), commandMilliseconds);
    await ended;
    clearTimeout(kill);
  }

  async close(): Promise<void> {
    for (const name of [...this.#children.keys()].reverse()) await this.stop(name);
    await removeRig(this.name);
  }
}
