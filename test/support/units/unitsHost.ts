import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { fileURLToPath } from "node:url";
import { removeCgroupTree } from "../../../lib/cluster/nodes/cgroupTree.js";
import { routedCniConfig } from "../../../lib/cluster/nodes/cniConfig.js";
import {
  cniTemplateOf,
  configOf,
  containerdConfig,
} from "../../../lib/cluster/nodes/containerdConfig.js";
import { killAll } from "../../../lib/cluster/nodes/nodeProcesses.js";
import { imageArchive } from "../../../lib/cluster/nodes/ociImage.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { rigName } from "../nodes/rigName.js";
import { directoryOf, sweepRigs } from "../nodes/sweepRigs.js";
import { guardMilliseconds } from "../nodes/until.js";
import { type UnitName, unitArguments, unitProgram } from "./unitFile.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const pauseName = "registry.local/baseimage/pause-amd64:3.1";
export const busyboxName = "registry.local/busybox:1";
/** Folders that the units name, and others that would otherwise be the machine's. */
const boundFolders = ["/etc/kubernetes", "/var/lib/kubelet", "/var/lib/kube-proxy"];
const freshFolders = ["/run/containerd", "/run/netns", "/var/log", "/var/lib/cni", "/etc/cni"];

/** Why the units cannot run here; undefined where they can. */
export function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return "not root";
  for (const command of ["containerd", "runc", "iptables", "nsenter", "unshare", "ip", "ctr"]) {
    try {
      execFileSync("which", [command], { stdio: "ignore" });
    } catch {
      return `${command} is not installed`;
    }
  }
  return existsSync("/bin/busybox") ? undefined : "busybox is not installed";
}

/**
 * A machine with the address 10.0.0.9 made of namespaces, with a containerd of its own and the
 * files of
 * `steersman init` where the units look for them. close() ends every process and removes every
 * trace.
 */
export class UnitsHost {
  readonly name = rigName("units");
  readonly directory = directoryOf(this.name);
  readonly #children = new Map<string, ChildProcess>();

  /** Runs to the end in the machine's network (and, once containerd is up, its mounts). */
  run(command: string, ...args: string[]): string {
    return execFileSync("nsenter", [...this.#namespaces(), command, ...args], {
      encoding: "utf8",
      timeout: guardMilliseconds,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  #namespaces(): string[] {
    const containerd = this.#children.get("containerd");
    const mount = containerd ? [`--mount=/proc/${containerd.pid}/ns/mnt`] : [];
    return [`--net=/run/netns/${this.name}`, ...mount, "--"];
  }

  kubectl(...args: string[]): string {
    return this.run("kubectl", "-s", "http://127.0.0.1:8080", "--request-timeout=20s", ...args);
  }

  log(name: string): string {
    return readFileSync(`${this.directory}/${name}.log`, "utf8");
  }

  async start(): Promise<void> {
    await sweepRigs();
    mkdirSync(this.directory, { mode: 0o700 });
    execFileSync("ip", ["netns", "add", this.name]);
    const setUp = [
      ["ip", "link", "set", "lo", "up"],
      ["ip", "addr", "add", "10.0.0.9/32", "dev", "lo"],
      ["ip", "link", "add", "dead0", "type", "veth", "peer", "name", "dead1"],
      ["ip", "link", "set", "dead0", "up"],
      ["ip", "link", "set", "dead1", "up"],
      ["ip", "route", "add", "10.10.0.0/16", "dev", "dead0"],
      ["sysctl", "-qw", "net.ipv4.ip_forward=1"],
    ];
    for (const [command = "", ...args] of setUp) this.run(command, ...args);
    const program = `${root}dist/lib/cmd/bin/steersman.js`;
    const flags = ["--dir", this.directory, "--address", "10.0.0.9", "--node", "10.0.0.9"];
    execFileSync(process.execPath, [program, "init", ...flags], { stdio: "ignore" });
    this.#startContainerd();
    this.#importImages();
  }

  #startContainerd(): void {
    const settings = {
      directory: `${this.directory}/containerd`,
      sandboxImage: pauseName,
      cniBinDirectory: "/usr/lib/cni",
      cniConfDirectory: `${this.directory}/cni`,
      registryDirectories: [],
      systemdCgroup: false,
      restrictOomScoreAdj: true,
    };
    mkdirSync(settings.directory, { recursive: true });
    mkdirSync(settings.cniConfDirectory);
    const config = containerdConfig(settings).replaceAll(
      `${settings.directory}/run/containerd.sock`,
      "/run/containerd/containerd.sock",
    );
    writeFileSync(configOf(settings), config);
    writeFileSync(cniTemplateOf(settings), routedCniConfig(`${this.directory}/cni-data`));
    const binds = boundFolders.map(
      (path) => `mkdir -p ${path} && mount --bind ${this.directory}${path} ${path}`,
    );
    const fresh = freshFolders.map((path) => `mkdir -p ${path} && mount -t tmpfs none ${path}`);
    const script = ["mount --make-rprivate /", ...binds, ...fresh].join(" && ");
    const command = `${script} && exec containerd -c ${configOf(settings)}`;
    const net = `--net=/run/netns/${this.name}`;
    this.#spawn("containerd", "nsenter", [net, "unshare", "--mount", "sh", "-c", command]);
  }

  #importImages(): void {
    const pause = `${this.directory}/pause`;
    const flags = ["-Os", "-static", "-nostdlib", "-fno-stack-protector"];
    execFileSync("cc", [...flags, "-o", pause, `${root}packaging/pause/pause.c`]);
    const applets = ["sh", "httpd", "sleep", "cat", "echo", "wget", "true", "false"];
    const archives = {
      pause: imageArchive({
        names: [pauseName],
        architecture: "amd64",
        files: [{ path: "pause", mode: 0o755, data: readFileSync(pause) }],
        entrypoint: ["/pause"],
      }),
      busybox: imageArchive({
        names: [busyboxName],
        architecture: "amd64",
        files: [
          { path: "bin", mode: 0o755 },
          { path: "bin/busybox", mode: 0o755, data: readFileSync("/bin/busybox") },
          ...applets.map((name) => ({ path: `bin/${name}`, mode: 0o777, linkTo: "busybox" })),
        ],
        entrypoint: [],
        command: ["sh"],
      }),
    };
    this.eventually("containerd to answer", () => this.run("ctr", "version") !== "");
    for (const [name, bytes] of Object.entries(archives)) {
      const file = `${this.directory}/${name}.tar`;
      writeFileSync(file, bytes);
      this.run("ctr", "-n", "k8s.io", "images", "import", file);
    }
  }

  startUnit(name: UnitName): void {
    const own: Partial<Record<UnitName, string[]>> = {
      "kube-apiserver": ["--storage=embedded", `--data-dir=${this.directory}/data`],
      kubelet: [`--cgroup-root=/${this.name}`],
    };
    const args = [unitProgram(name), ...unitArguments(name), ...(own[name] ?? [])];
    this.#spawn(name, "nsenter", [...this.#namespaces(), process.execPath, ...args]);
  }

  #spawn(name: string, command: string, args: string[]): void {
    // Straight to a file: waiting here blocks the loop that pipes would need.
    const output = openSync(`${this.directory}/${name}.log`, "w");
    const child = spawn(command, args, { stdio: ["ignore", output, output] });
    closeSync(output);
    this.#children.set(name, child);
  }

  pid(name: string): number {
    return this.#children.get(name)?.pid ?? -1;
  }

  /** Asks again until it holds, up to a minute. What throws counts as not yet. */
  eventually(what: string, ask: () => boolean): void {
    const end = Date.now() + guardMilliseconds;
    let last: unknown;
    while (Date.now() < end) {
      try {
        if (ask()) return;
      } catch (error) {
        last = error;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
    throw new Error(`never: ${what}; last: ${String(last)}`);
  }

  async close(): Promise<void> {
    const ended = [...this.#children].map(
      ([name, child]) =>
        new Promise<void>((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) resolve();
          child.on("exit", () => resolve());
          if (name !== "containerd") child.kill("SIGTERM");
        }),
    );
    await removeCgroupTree(nodePlatform, this.name);
    this.#children.get("containerd")?.kill("SIGTERM");
    setTimeout(() => {
      for (const child of this.#children.values()) child.kill("SIGKILL");
    }, 10_000).unref();
    await Promise.all(ended);
    const left = execFileSync("ip", ["netns", "pids", this.name], { encoding: "utf8" });
    await killAll(nodePlatform, left.split(/\s+/).filter(Boolean).map(Number));
    await removeCgroupTree(nodePlatform, this.name);
    execFileSync("ip", ["netns", "delete", this.name]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}
