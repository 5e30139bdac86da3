import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeCgroupTree } from "../../../lib/cluster/nodes/cgroupTree.js";
import { routedCniConfig } from "../../../lib/cluster/nodes/cniConfig.js";
import {
  cniTemplateOf,
  configOf,
  containerdConfig,
  socketOf,
} from "../../../lib/cluster/nodes/containerdConfig.js";
import { killAll, nodeProcesses } from "../../../lib/cluster/nodes/nodeProcesses.js";
import { type ImageFile, imageArchive } from "../../../lib/cluster/nodes/ociImage.js";
import { buildPause, pauseImage, pauseImageName } from "../../../lib/cluster/nodes/pauseImage.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { rigName } from "./rigName.js";
import { skipBecause } from "./skipBecause.js";
import { directoryOf, sweepRigs } from "./sweepRigs.js";
import { guardMilliseconds, until } from "./until.js";

/**
 * Of the node, the API server and everything that listens: alone in the rig's network namespace.
 */
export const rigAddress = "10.0.0.9";
export const rigServer = "http://127.0.0.1:8080";
export const busyboxImage = "registry.local/busybox:1";
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const applets = (
  "sh httpd sleep nc cat echo wget ls tar id hostname ping ip env true false stty dd yes head wc " +
  "md5sum mkdir rm tr seq kill date"
).split(" ");

/** Why a rig cannot be had on this machine; undefined where it can. */
export function missingForRig(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root for namespaces";
  for (const command of ["containerd", "ctr", "runc", "ip", "nsenter", "unshare", "cc"]) {
    if (spawnSync("sh", ["-c", `command -v ${command}`]).status !== 0) return `needs ${command}`;
  }
  for (const path of ["/bin/busybox", "/usr/lib/cni/bridge"]) {
    if (!existsSync(path)) return `needs ${path}`;
  }
  return undefined;
}

function busyboxFiles(): ImageFile[] {
  const links = applets.map((name): ImageFile => {
    return { path: `bin/${name}`, mode: 0o777, linkTo: "busybox" };
  });
  return [
    { path: "bin", mode: 0o755 },
    { path: "tmp", mode: 0o1777 },
    { path: "etc", mode: 0o755 },
    { path: "etc/passwd", mode: 0o644, data: Buffer.from("root:x:0:0::/:/bin/sh\n") },
    { path: "bin/busybox", mode: 0o755, data: readFileSync("/bin/busybox") },
    ...links,
  ];
}

async function makeImages(directory: string): Promise<string[]> {
  const program = join(directory, "pause");
  await buildPause(nodePlatform, join(root, "packaging/pause/pause.c"), program);
  const { architecture } = nodePlatform.host;
  const busybox = { names: [busyboxImage], architecture, files: busyboxFiles(), entrypoint: [] };
  const images = [
    pauseImage(readFileSync(program), architecture, [pauseImageName]),
    { ...busybox, command: ["sh"] },
  ];
  return images.map((image, index) => {
    const path = join(directory, `image${index}.tar`);
    writeFileSync(path, imageArchive(image));
    return path;
  });
}

export interface NodeRigOptions {
  readonly kubeletFlags?: string[];
  readonly apiserverFlags?: string[];
  /** When the API server answers: what the kubelet finds when it starts. */
  readonly beforeKubelet?: () => Promise<void>;
}

/**
 * One node with containerd, kubelet and API server in a network and mount namespace of its own.
 * Everything that it starts and makes is gone after stop().
 */
export class NodeRig {
  readonly name = rigName("node");
  #directory: string | undefined;
  readonly #processes: { name: string; child: ChildProcess }[] = [];
  #containerd = 0;

  /** Made when somebody first asks; gone after stop(). */
  get directory(): string {
    if (this.#directory === undefined) {
      this.#directory = directoryOf(this.name);
      mkdirSync(this.#directory, { mode: 0o700 });
    }
    return this.#directory;
  }

  /** Of containerd. */
  get socket(): string {
    return socketOf({ directory: this.directory });
  }

  /**
   * Command and arguments that run a command in the rig's network (and, for the node, mount)
   * namespace.
   */
  inside(command: readonly string[], where: "network" | "node" = "network"): string[] {
    const mount = where === "node" ? [`--mount=/proc/${this.#containerd}/ns/mnt`] : [];
    return ["nsenter", `--net=/run/netns/${this.name}`, ...mount, "--", ...command];
  }

  run(command: readonly string[], options: { input?: string | Buffer } = {}): string {
    const [program = "", ...args] = this.inside(command);
    return execFileSync(program, args, {
      encoding: "utf8",
      timeout: guardMilliseconds,
      stdio: ["pipe", "pipe", "pipe"],
      ...options,
    });
  }

  /** As run(), but whatever the exit code. */
  attempt(command: readonly string[], environment: Record<string, string> = {}) {
    const [program = "", ...args] = this.inside(command);
    const env = { ...process.env, ...environment };
    return spawnSync(program, args, { encoding: "utf8", timeout: guardMilliseconds, env });
  }

  spawn(command: readonly string[], environment: Record<string, string> = {}): ChildProcess {
    const [program = "", ...args] = this.inside(command);
    const child = spawn(program, args, { env: { ...process.env, ...environment } });
    this.#processes.push({ name: command[0] ?? "", child });
    return child;
  }

  /** Of the API server and the kubelet together. */
  residentBytes(): number {
    return this.#processes
      .filter(({ name }) => name === "apiserver" || name === "kubelet")
      .map(({ child }) => readFileSync(`/proc/${child.pid}/status`, "utf8"))
      .reduce((sum, text) => sum + Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) * 1024, 0);
  }

  /** Sockets that the API server and the kubelet have open. */
  openSockets(): number {
    return this.#processes
      .filter(({ name }) => name === "apiserver" || name === "kubelet")
      .flatMap(({ child }) =>
        readdirSync(`/proc/${child.pid}/fd`).map((fd) => `${child.pid}/fd/${fd}`),
      )
      .filter((path) => {
        try {
          return readlinkSync(`/proc/${path}`).startsWith("socket:");
        } catch {
          return false;
        }
      }).length;
  }

  log(name: string): string {
    return readFileSync(join(this.directory, `${name}.log`), "utf8");
  }

  /** Starts a program whose output goes into the log of its name. */
  daemon(name: string, command: readonly string[]): ChildProcess {
    const log = openSync(join(this.directory, `${name}.log`), "a");
    const [program = "", ...args] = command;
    const child = spawn(program, args, { stdio: ["ignore", log, log] });
    closeSync(log);
    this.#processes.push({ name, child });
    return child;
  }

  /** The node's namespaces, with containerd and its images: what a kubelet needs. */
  async open(): Promise<void> {
    await sweepRigs();
    execFileSync("ip", ["netns", "add", this.name]);
    this.run(["ip", "link", "set", "lo", "up"]);
    this.run(["ip", "addr", "add", `${rigAddress}/32`, "dev", "lo"]);
    await this.#startContainerd();
  }

  async start(options: NodeRigOptions = {}): Promise<void> {
    await this.open();
    await this.#startServer(options.apiserverFlags ?? []);
    await options.beforeKubelet?.();
    await this.startKubelet(options.kubeletFlags ?? []);
    await until("the node to be ready", async () => {
      const ready = '{.status.conditions[?(@.type=="Ready")].status}';
      const answer = this.kubectl("get", "node", rigAddress, "-o", `jsonpath=${ready}`);
      return answer.status === 0 && answer.stdout === "True";
    });
  }

  async #startContainerd(): Promise<void> {
    const { directory } = this;
    const confDirectory = join(directory, "cni/net.d");
    for (const path of ["run", "cni/net.d"]) mkdirSync(join(directory, path), { recursive: true });
    const settings = {
      directory,
      sandboxImage: pauseImageName,
      cniBinDirectory: "/usr/lib/cni",
      cniConfDirectory: confDirectory,
      registryDirectories: [],
      systemdCgroup: false,
      restrictOomScoreAdj: true,
    };
    writeFileSync(configOf(settings), containerdConfig(settings));
    writeFileSync(cniTemplateOf(settings), routedCniConfig(join(directory, "cni/data")));
    // Its own /run/netns, so that the pods' namespaces leave nothing behind.
    const script = `mount -t tmpfs none /run/netns && exec containerd -c ${configOf(settings)}`;
    const child = this.daemon("containerd", [
      "nsenter",
      `--net=/run/netns/${this.name}`,
      "unshare",
      "--mount",
      "sh",
      "-c",
      script,
    ]);
    this.#containerd = child.pid ?? 0;
    await until("containerd", () => this.#ctr("version").status === 0);
    for (const image of await makeImages(directory)) {
      const answer = this.#ctr("images", "import", "--all-platforms", image);
      if (answer.status !== 0) throw new Error(answer.stderr);
    }
  }

  #ctr(...args: string[]) {
    const [program = "", ...rest] = this.inside(
      ["ctr", "--address", this.socket, "--namespace", "k8s.io", ...args],
      "node",
    );
    return spawnSync(program, rest, { encoding: "utf8", timeout: guardMilliseconds });
  }

  async #startServer(flags: readonly string[]): Promise<void> {
    this.daemon(
      "apiserver",
      this.inside([
        process.execPath,
        join(root, "dist/bundle/cmd/bin/kubeApiserver.js"),
        "--storage=embedded",
        `--data-dir=${join(this.directory, "data")}`,
        "--insecure-port=8080",
        `--bind-address=${rigAddress}`,
        "--authorization-mode=Node,RBAC",
        "--disable-admission-plugins=ServiceAccount",
        "--allow-privileged",
        ...flags,
      ]),
    );
    await until("the API server", () => {
      const answer = this.kubectl("get", "--raw=/readyz");
      return answer.status === 0;
    });
  }

  async startKubelet(flags: readonly string[]): Promise<void> {
    const kubeconfig = join(this.directory, "kubeconfig");
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "c", cluster: { server: rigServer } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "" } }],
      "current-context": "c",
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
    this.daemon(
      "kubelet",
      this.inside(
        [
          process.execPath,
          join(root, "dist/bundle/cmd/bin/kubelet.js"),
          `--kubeconfig=${kubeconfig}`,
          `--hostname-override=${rigAddress}`,
          `--node-ip=${rigAddress}`,
          `--root-dir=${join(this.directory, "kubelet")}`,
          `--container-runtime-endpoint=unix://${this.socket}`,
          `--cgroup-root=/${this.name}`,
          "--pod-cidr=10.20.0.0/24",
          ...flags,
        ],
        "node",
      ),
    );
  }

  /** Ends what runs under that name. */
  async end(name: string): Promise<void> {
    const last = this.#processes.findLast((one) => one.name === name);
    if (last) await end(last.child);
  }

  stopKubelet(): Promise<void> {
    return this.end("kubelet");
  }

  kubectl(...args: string[]) {
    return this.attempt(["kubectl", "--server", rigServer, ...args]);
  }

  /** Creates objects and waits until the pods among them are ready. */
  async apply(...objects: object[]): Promise<void> {
    const list = { apiVersion: "v1", kind: "List", items: objects };
    this.run(["kubectl", "--server", rigServer, "create", "-f", "-"], {
      input: JSON.stringify(list),
    });
  }

  async stop(): Promise<void> {
    if (this.#directory === undefined) return;
    for (const { name, child } of this.#processes.toReversed()) {
      if (name !== "containerd") await end(child);
    }
    for (const id of this.#ctr("tasks", "list", "--quiet").stdout?.split("\n") ?? []) {
      if (id !== "") this.#ctr("tasks", "delete", "--force", id);
    }
    for (const { name, child } of this.#processes) if (name === "containerd") await end(child);
    // Shims outlive their containerd.
    const shims = await nodeProcesses(nodePlatform, this.directory);
    await killAll(
      nodePlatform,
      shims.map(({ pid }) => pid),
    );
    spawnSync("ip", ["netns", "delete", this.name]);
    const left = await removeCgroupTree(nodePlatform, this.name);
    if (left.length > 0) console.warn(`cgroups are left: ${left.join(", ")}`);
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** How a suite on a rig begins: skipped where there can be none. stop() is the caller's to call. */
export async function startRig(
  context: Mocha.Context,
  rig: NodeRig,
  options: () => NodeRigOptions | Promise<NodeRigOptions> = () => ({}),
): Promise<void> {
  skipBecause(context, missingForRig());
  await rig.start(await options());
}

/** SIGTERM, and SIGKILL when that was not enough. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(timer);
}
