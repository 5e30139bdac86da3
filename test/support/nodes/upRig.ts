import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { planNodes } from "../../../lib/cluster/nodes/nodePlan.js";
import type { ImageDescription } from "../../../lib/cluster/nodes/ociImage.js";
import { rigName } from "./rigName.js";
import { skipBecause } from "./skipBecause.js";
import { dataDirectoryOf, directoryOf, removeRig, sweepRigs } from "./sweepRigs.js";
import { webImageArchive } from "./testImages.js";
import { TestRegistry } from "./testRegistry.js";
import { guardMilliseconds, until } from "./until.js";

const program = fileURLToPath(new URL("../../../bundle/cmd/bin/steersman.js", import.meta.url));
const paths = ["/bin/busybox", "/usr/lib/cni/ptp"];
/** Folders of the system's containerd, over which a rig mounts its own. */
const systemPaths = ["/run/containerd", "/var/lib/cni", "/etc/cni"];
const commands =
  "containerd containerd-shim-runc-v2 runc ctr iptables nsenter unshare ip curl cc kubectl";
const cgroupMounts = "/sys/fs/cgroup";
/** No proxy of the surroundings may come between containerd and a registry. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:https?|all)_proxy$/i.test(name)),
);

/** Why `up` cannot have real nodes here; undefined where it can. */
export function whyNoUp(): string | undefined {
  if (process.getuid?.() !== 0) return "namespaces need root";
  for (const command of commands.split(" ")) {
    if (spawnSync("which", [command]).status !== 0) return `${command} is not installed`;
  }
  for (const path of paths) {
    if (!existsSync(path)) return `${path} is not there`;
  }
  return undefined;
}

/** What a cluster could leave on a machine. */
export interface Traces {
  readonly links: string[];
  readonly routes: string[];
  readonly rules: string[];
  readonly mounts: string[];
  readonly cgroups: string[];
  readonly processes: string[];
  readonly settings: string[];
}

/** `steersman up` with real nodes in a network namespace that the rig makes and removes. */
export class UpRig {
  readonly space = rigName("up");
  readonly directory = directoryOf(this.space);
  readonly dataDirectory = dataDirectoryOf(this.space);
  #child: ChildProcess | undefined;
  #system: ChildProcess | undefined;
  #run = 0;
  /** Mount points that this rig has made, to be removed with it. */
  readonly #madePaths: string[] = [];

  private constructor() {
    execFileSync("ip", ["netns", "add", this.space]);
    this.inside("ip", "link", "set", "lo", "up");
    mkdirSync(this.dataDirectory, { recursive: true, mode: 0o700 });
  }

  static async make(): Promise<UpRig> {
    await sweepRigs();
    return new UpRig();
  }

  get #enter(): string[] {
    const mount = this.#system ? [`--mount=/proc/${this.#system.pid}/ns/mnt`] : [];
    return [`--net=/run/netns/${this.space}`, ...mount, "--"];
  }

  /** Runs a containerd where the system's would be, in a mount namespace that `up` will share. */
  async startSystemContainerd(): Promise<void> {
    const directory = join(this.directory, "system");
    mkdirSync(directory);
    for (const path of systemPaths) {
      // The first of the folders that were missing, or none.
      const made = mkdirSync(path, { recursive: true });
      if (made !== undefined) this.#madePaths.push(made);
    }
    const config = [
      "version = 2",
      `root = "${directory}/root"`,
      `[plugins."io.containerd.internal.v1.opt"]`,
      `  path = "${directory}/opt"`,
      `[plugins."io.containerd.grpc.v1.cri"]`,
      "  restrict_oom_score_adj = true",
      `  [plugins."io.containerd.grpc.v1.cri".cni]`,
      `    bin_dir = "/usr/lib/cni"`,
    ];
    writeFileSync(`${directory}/config.toml`, config.join("\n"));
    const mounts = [...systemPaths, "/run/netns"].map((path) => `mount -t tmpfs none ${path}`);
    const script = [...mounts, `exec containerd -c ${directory}/config.toml`].join(" && ");
    const output = openSync(`${directory}/log`, "a");
    const command = [...this.#enter, "unshare", "--mount", "sh", "-c", script];
    const child = spawn("nsenter", command, { stdio: ["ignore", output, output] });
    closeSync(output);
    await until("the system's containerd", () => {
      const enter = [`--mount=/proc/${child.pid}/ns/mnt`, "--"];
      return spawnSync("nsenter", [...enter, "ctr", "version"]).status === 0;
    });
    this.#system = child;
  }

  /** Runs to the end in the namespace that `up` is in, the first node's; throws when it fails. */
  inside(command: string, ...args: string[]): string {
    return execFileSync("nsenter", [...this.#enter, command, ...args], {
      encoding: "utf8",
      timeout: guardMilliseconds,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** In the network of a process: of a node's holder, or of a container. */
  insideOf(pid: number, command: string, ...args: string[]): string {
    const enter = [`--net=/proc/${pid}/ns/net`, "--"];
    return execFileSync("nsenter", [...enter, command, ...args], {
      encoding: "utf8",
      timeout: guardMilliseconds,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Starts it with these flags more, and resolves with its output when it is ready. */
  up(...flags: string[]): Promise<string> {
    return this.begin(/^ready in /m, ...flags);
  }

  /** The same, but already when its output matches. */
  async begin(wanted: RegExp, ...flags: string[]): Promise<string> {
    const log = join(this.directory, `up${++this.#run}.log`);
    const output = openSync(log, "a");
    const command = [process.execPath, program, "up", "--data-dir", this.dataDirectory, ...flags];
    const child = spawn("nsenter", [...this.#enter, ...command], {
      stdio: ["ignore", output, output],
      env: environment,
    });
    closeSync(output);
    this.#child = child;
    const said = (): string => readFileSync(log, "utf8");
    const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
    await until(`up to say ${wanted}`, () => wanted.test(said()) || isOver());
    if (isOver()) throw new Error(`up ended: ${said()}`);
    return said();
  }

  /** Sends a signal to `up` and resolves with how it ended. */
  async end(signal: NodeJS.Signals): Promise<number | string> {
    const child = this.#child;
    if (!child) throw new Error("up does not run");
    this.#child = undefined;
    const over = child.signalCode ?? child.exitCode;
    if (over !== null) return over;
    const ended = once(child, "exit") as Promise<[number | null, string | null]>;
    child.kill(signal);
    const [code, by] = await ended;
    return by ?? code ?? "unknown";
  }

  steersman(...args: string[]): string {
    return this.inside(process.execPath, program, ...args);
  }

  kubectl(...args: string[]): string {
    const kubeconfig = join(this.dataDirectory, "kubeconfig");
    return this.inside("kubectl", "--kubeconfig", kubeconfig, "--request-timeout=20s", ...args);
  }

  apply(...items: object[]): void {
    const file = join(this.directory, "objects.json");
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    this.kubectl("apply", "-f", file);
  }

  /**
   * Runs a registry with these images at the machine's address on the bridge, which every node
   * reaches, and has the nodes pull from it what they pull from the registry of this name. `up`
   * must run.
   */
  async startRegistry(name: string, images: readonly ImageDescription[]): Promise<void> {
    const registry = new TestRegistry({
      directory: this.directory,
      address: "10.243.0.1:5000",
      curl: (...args) => this.inside("curl", "--noproxy", "*", ...args),
    });
    const output = openSync(join(this.directory, "registry.log"), "a");
    spawn("nsenter", [...this.#enter, ...registry.command()], {
      stdio: ["ignore", output, output],
    }).unref();
    closeSync(output);
    await registry.ready();
    for (const image of images) registry.push(image);
    registry.writeHosts(join(this.dataDirectory, "certs.d"), name);
  }

  loadWebImage(name: string): string {
    return this.loadImage("web", webImageArchive(name));
  }

  loadImage(name: string, archive: Uint8Array): string {
    const file = join(this.directory, `${name}.tar`);
    writeFileSync(file, archive);
    return this.steersman("load-image", "--data-dir", this.dataDirectory, file);
  }

  /** The process that holds a node's namespaces. */
  holder(node: string): number {
    const path = join(this.dataDirectory, "nodes", node, "holder");
    return this.#ownProcesses().find(({ words }) => words[0] === path)?.pid ?? 0;
  }

  /** A node's processes that run a script; those of cluster DNS are below `dns`. */
  processesOf(node: string, script: string): number[] {
    const directory = join(this.dataDirectory, "nodes", node);
    return this.#ownProcesses()
      .filter(({ words }) => words[0] === process.execPath && words[1]?.endsWith(`/${script}`))
      .filter(({ words }) => words.some((word) => word.includes(`${directory}/`)))
      .map(({ pid }) => pid);
  }

  /** First processes of a node's containers, by container, by the runtime's own account. */
  tasks(node: string): Map<string, number> {
    const own = join(this.dataDirectory, "nodes", node, "run/containerd.sock");
    const socket = existsSync(own) ? own : "/run/containerd/containerd.sock";
    const list = this.inside("ctr", "-a", socket, "-n", "k8s.io", "tasks", "list");
    const lines = [...list.matchAll(/^([0-9a-f]{64})\s+(\d+)\s+RUNNING/gm)];
    return new Map(lines.map(([, id = "", pid]) => [id, Number(pid)]));
  }

  #ownProcesses(): { pid: number; words: string[] }[] {
    const space = readlinkSpace(`/run/netns/${this.space}`);
    const found: { pid: number; words: string[] }[] = [];
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        const isOurs =
          words.some((word) => word.includes(this.directory)) ||
          readlinkSync(`/proc/${pid}/ns/net`) === space;
        if (isOurs) found.push({ pid: Number(pid), words });
      } catch {
        // It ended meanwhile.
      }
    }
    return found;
  }

  traces(): Traces {
    const lines = (text: string): string[] => text.split("\n").filter(Boolean).sort();
    const saved = `${this.inside("iptables-save")}${this.inside("ip6tables-save")}`;
    const builtIn = /^:(?:PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) /;
    const plan = this.#plan;
    const cgroups = ["", ...readdirSync(cgroupMounts)].map((one) => join(cgroupMounts, one));
    return {
      links: lines(this.inside("ip", "-oneline", "-brief", "link", "show")),
      routes: lines(this.inside("ip", "route", "show", "table", "all")),
      rules: lines(saved).filter((line) => /^(?:-A|:)/.test(line) && !builtIn.test(line)),
      mounts: lines(this.inside("cat", "/proc/self/mounts")).filter(
        (line) => line.includes(this.directory) || line.includes("/run/netns/cni-"),
      ),
      cgroups: cgroups.filter((path) => existsSync(join(path, plan.cgroup))),
      processes: this.#ownProcesses()
        .filter(({ pid }) => pid !== this.#system?.pid)
        .map(({ words }) => words.join(" ")),
      settings: lines(this.inside("sysctl", "net.ipv4.ip_forward", settingsOfProxy)),
    };
  }

  get #plan() {
    return planNodes({
      dataDirectory: this.dataDirectory,
      nodes: 1,
      nodeCidr: "10.243.0.0/24",
      clusterCidr: "10.244.0.0/16",
      serviceRange: "10.96.0.0/12",
    });
  }

  /** Removes everything, also after a test that failed. */
  async close(): Promise<void> {
    if (this.#child) await this.end("SIGKILL");
    await removeRig(this.space);
    for (const path of this.#madePaths.splice(0)) removeEmpty(path);
  }
}

/** Removes a folder that has become nobody's; one that another run uses meanwhile stays. */
function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // It is not empty, or is gone.
  }
}

/** A rig on which `up` is ready and has the image of a web server. */
export interface UpWithWeb {
  readonly rig: UpRig;
  /** What was there before. */
  readonly clean: Traces;
  /** What `up` has said. */
  readonly said: string;
}

export const upWebImage = "registry.local/web:1";

/** How a suite of `up` begins: skipped where it cannot be. The rig is the caller's to close. */
export async function upWithWeb(
  context: Mocha.Context,
  options: { readonly systemContainerd?: boolean; readonly flags: readonly string[] },
): Promise<UpWithWeb> {
  skipBecause(context, whyNoUp());
  const rig = await UpRig.make();
  try {
    if (options.systemContainerd) await rig.startSystemContainerd();
    const clean = rig.traces();
    const said = await rig.up(...options.flags);
    rig.loadWebImage(upWebImage);
    return { rig, clean, said };
  } catch (error) {
    await rig.close();
    throw error;
  }
}

const settingsOfProxy = "net.ipv4.conf.all.route_localnet";

/** The namespace's name as /proc/PID/ns/net has it. */
function readlinkSpace(path: string): string {
  const inode = execFileSync("stat", ["-c", "%i", path], { encoding: "utf8" }).trim();
  return `net:[${inode}]`;
}
