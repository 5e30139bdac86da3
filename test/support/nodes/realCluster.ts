import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
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
import { killAll } from "../../../lib/cluster/nodes/nodeProcesses.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { type UnitName, unitArguments, unitProgram } from "../units/unitFile.js";
import { rigName } from "./rigName.js";
import { directoryOf, sweepRigs } from "./sweepRigs.js";
import { testImages } from "./testImages.js";
import { TestRegistry, whyNoRegistry } from "./testRegistry.js";
import { guardMilliseconds, until } from "./until.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const serverAddress = "10.0.0.9";
const registryName = "registry.local";
const serviceRange = "10.10.0.0/16";
const needed =
  "containerd containerd-shim-runc-v2 runc iptables nsenter unshare ip curl cc kubectl";
export const webImage = `${registryName}/web:1`;

/** Every machine's address on the bridge that joins them. */
export const addresses = {
  api: serverAddress,
  one: "10.0.0.11",
  two: "10.0.0.12",
  outside: "10.0.0.20",
} as const;
export type Machine = keyof typeof addresses;
export type NodeMachine = "one" | "two";
export const nodeMachines: readonly NodeMachine[] = ["one", "two"];

/** Why such a cluster cannot run here; undefined where it can. */
export function whyNoRealCluster(): string | undefined {
  if (process.getuid?.() !== 0) return "namespaces need root";
  for (const command of needed.split(" ")) {
    try {
      execFileSync("which", [command], { stdio: "ignore" });
    } catch {
      return `${command} is not installed`;
    }
  }
  for (const path of ["/bin/busybox", "/usr/lib/cni/bridge", "/run/containerd", "/var/lib/cni"]) {
    if (!existsSync(path)) return `${path} is not there`;
  }
  return whyNoRegistry();
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

/**
 * A control plane, two nodes and a machine outside, each in a network namespace of its own, joined
 * by a bridge in another:
 *
 *   api 10.0.0.9 ─┐   ┌─ one 10.0.0.11, pods 10.20.n.0/24
 *                 hub ┤
 * outside .0.20 ──┘   └─ two 10.0.0.12, pods 10.20.m.0/24
 *
 * Nobody has a default route; the nodes send the service range into a veth with nobody at its end,
 * since a kernel without a route refuses a packet before the rules see it, and `outside` sends it
 * to node one. The components run with the arguments of the systemd units.
 */
export class RealCluster {
  readonly #prefix = rigName("real");
  readonly #directory = directoryOf(this.#prefix);
  /** No proxy of the surroundings may come between containerd and the registry. */
  readonly #environment = { PATH: process.env.PATH ?? "", HOME: this.#directory };
  readonly #running = new Map<string, Running>();
  readonly #spaces: string[] = [];

  /** For files of tests; gone with the cluster. */
  get directory(): string {
    return this.#directory;
  }

  get #registries(): string {
    return join(this.#directory, "certs.d");
  }

  #space(machine: Machine | "hub"): string {
    return `${this.#prefix}-${machine}`;
  }

  #inside(machine: Machine | "hub"): string[] {
    const holder = this.#running.get(`containerd-${machine}`);
    const mount = holder ? [`--mount=/proc/${holder.child.pid}/ns/mnt`] : [];
    return [`--net=/run/netns/${this.#space(machine)}`, ...mount, "--"];
  }

  /** Runs to the end on a machine; throws when it fails. */
  run(machine: Machine | "hub", command: string, ...args: string[]): string {
    return execFileSync("nsenter", [...this.#inside(machine), command, ...args], {
      encoding: "utf8",
      timeout: guardMilliseconds,
      stdio: ["ignore", "pipe", "pipe"],
      env: this.#environment,
    });
  }

  kubectl(...args: string[]): string {
    const server = ["-s", "http://127.0.0.1:8080", "--request-timeout=20s"];
    return this.run("api", "kubectl", ...server, ...args);
  }

  /** Creates or changes objects. */
  apply(...items: object[]): void {
    const file = join(this.#directory, "objects.json");
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    this.kubectl("apply", "-f", file);
  }

  log(name: string): string {
    return readFileSync(join(this.#directory, `${name}.log`), "utf8");
  }

  get logNames(): string[] {
    return [...this.#running.keys()];
  }

  /** Containers that run on a node, by the runtime's own account. */
  containers(node: NodeMachine): string[] {
    const socket = socketOf({ directory: this.#nodeDirectory(node) });
    const list = this.run(node, "ctr", "-a", socket, "-n", "k8s.io", "tasks", "list");
    return list
      .split("\n")
      .filter((line) => line.includes(" RUNNING"))
      .map((line) => line.split(/\s+/)[0] ?? "")
      .sort();
  }

  /** Kills a container's first process, as the kernel would for want of memory. */
  killContainer(node: NodeMachine, id: string): void {
    const socket = socketOf({ directory: this.#nodeDirectory(node) });
    this.run(node, "ctr", "-a", socket, "-n", "k8s.io", "tasks", "kill", "-s", "SIGKILL", id);
  }

  async start(): Promise<void> {
    await sweepRigs();
    mkdirSync(this.#directory, { mode: 0o700 });
    this.#wire();
    this.#makeFiles();
    await this.#startRegistry();
    for (const node of nodeMachines) this.#startContainerd(node);
    this.startControlPlane();
    await this.untilServed();
    for (const node of nodeMachines) {
      const socket = socketOf({ directory: this.#nodeDirectory(node) });
      await until("containerd", () =>
        this.#holds(() => this.run(node, "ctr", "-a", socket, "version")),
      );
      this.startKubelet(node);
      this.startProxy(node);
    }
    await this.untilReady();
    this.#route();
  }

  async untilServed(): Promise<void> {
    await until("the API server", () => this.#holds(() => this.kubectl("get", "--raw=/readyz")));
  }

  async untilReady(): Promise<void> {
    const wait = ["wait", "--for=condition=Ready", "--timeout=1s", "nodes"];
    await until("both nodes to be ready", () => {
      return this.#holds(() => this.kubectl(...wait, ...this.nodeNames()));
    });
  }

  nodeNames(): string[] {
    return nodeMachines.map((node) => addresses[node]);
  }

  #holds(act: () => unknown): boolean {
    try {
      act();
      return true;
    } catch {
      return false;
    }
  }

  #wire(): void {
    for (const name of ["hub", "api", "one", "two", "outside"] as const) {
      execFileSync("ip", ["netns", "add", this.#space(name)]);
      this.#spaces.push(this.#space(name));
      this.run(name, "ip", "link", "set", "lo", "up");
    }
    this.run("hub", "ip", "link", "add", "br0", "type", "bridge");
    this.run("hub", "ip", "link", "set", "br0", "up");
    for (const [name, address] of Object.entries(addresses) as [Machine, string][]) {
      const far = ["peer", "name", "eth0", "netns", this.#space(name)];
      this.run("hub", "ip", "link", "add", `v-${name}`, "type", "veth", ...far);
      this.run("hub", "ip", "link", "set", `v-${name}`, "master", "br0", "up");
      this.run(name, "ip", "address", "add", `${address}/24`, "dev", "eth0");
      this.run(name, "ip", "link", "set", "eth0", "up");
    }
    for (const node of nodeMachines) {
      this.run(node, "ip", "link", "add", "dead0", "type", "veth", "peer", "name", "dead1");
      this.run(node, "ip", "link", "set", "dead0", "up");
      this.run(node, "ip", "link", "set", "dead1", "up");
      this.run(node, "ip", "route", "add", serviceRange, "dev", "dead0");
      this.run(node, "sysctl", "-qw", "net.ipv4.ip_forward=1");
    }
    this.run("outside", "ip", "route", "add", serviceRange, "via", addresses.one);
  }

  /** A node sends the other node's pods to the other node. */
  #route(): void {
    for (const node of nodeMachines) {
      const path = "jsonpath={.spec.podCIDR}";
      const range = this.kubectl("get", "node", addresses[node], "-o", path);
      for (const other of nodeMachines) {
        if (other === node) continue;
        this.run(other, "ip", "route", "replace", range, "via", addresses[node]);
      }
    }
  }

  #nodeDirectory(machine: Machine): string {
    return join(this.#directory, machine);
  }

  /** The files of `steersman init` for each machine, under one authority. */
  #makeFiles(): void {
    const program = join(root, "dist/lib/cmd/bin/steersman.js");
    const ssl = "etc/kubernetes/ssl";
    for (const machine of ["api", ...nodeMachines] as const) {
      const directory = this.#nodeDirectory(machine);
      mkdirSync(join(directory, ssl), { recursive: true });
      for (const file of machine === "api" ? [] : ["ca.pem", "ca-key.pem"]) {
        copyFileSync(join(this.#nodeDirectory("api"), ssl, file), join(directory, ssl, file));
      }
      const node = ["--address", serverAddress, "--node", addresses[machine]];
      const flags = ["--dir", directory, ...node];
      execFileSync(process.execPath, [program, "init", ...flags], { stdio: "ignore" });
      const config = join(directory, "var/lib/kubelet/config.yaml");
      const text = this.#relocated(machine, readFileSync(config, "utf8"));
      writeFileSync(config, `${text}nodeLeaseDurationSeconds: 4\n`);
    }
  }

  #relocated(machine: Machine, text: string): string {
    const directory = this.#nodeDirectory(machine);
    return text.replaceAll(/(?<=^|[\s=])\/(?:etc\/kubernetes|var\/lib\/kube)/g, `${directory}$&`);
  }

  async #startRegistry(): Promise<void> {
    const registry = new TestRegistry({
      directory: this.#directory,
      address: `${serverAddress}:5000`,
      curl: (...args) => this.run("api", "curl", ...args),
    });
    this.#spawn("registry", ["nsenter", ...this.#inside("api"), ...registry.command()]);
    await registry.ready();
    for (const image of await testImages(registryName, this.#directory)) registry.push(image);
    registry.writeHosts(this.#registries, registryName);
  }

  #startContainerd(node: NodeMachine): void {
    const directory = this.#nodeDirectory(node);
    const settings = {
      directory,
      sandboxImage: "registry.local/pause:1",
      cniBinDirectory: "/usr/lib/cni",
      cniConfDirectory: join(directory, "cni"),
      registryDirectories: [this.#registries],
      systemdCgroup: false,
      restrictOomScoreAdj: true,
    };
    mkdirSync(settings.cniConfDirectory);
    mkdirSync(join(directory, "run"));
    writeFileSync(configOf(settings), containerdConfig(settings));
    writeFileSync(cniTemplateOf(settings), routedCniConfig(join(directory, "cni-data")));
    // What containerd, its shims and the plugins write at fixed places is the node's own.
    const fresh = ["/run/containerd", "/run/netns", "/var/log", "/var/lib/cni"];
    const mounts = fresh.map((path) => `mount -t tmpfs none ${path}`);
    const script = [...mounts, `exec containerd -c ${configOf(settings)}`].join(" && ");
    const net = `--net=/run/netns/${this.#space(node)}`;
    const command = ["nsenter", net, "--", "unshare", "--mount", "sh", "-c", script];
    this.#spawn(`containerd-${node}`, command);
  }

  startControlPlane(): void {
    const timing = ["--node-monitor-grace-period=6s", "--node-monitor-period=1s"];
    const data = join(this.#directory, "data");
    this.#component("kube-apiserver", "api", ["--storage=embedded", `--data-dir=${data}`]);
    this.#component("kube-controller-manager", "api", timing);
    this.#component("kube-scheduler", "api", []);
  }

  startKubelet(node: NodeMachine): void {
    const address = addresses[node];
    const socket = socketOf({ directory: this.#nodeDirectory(node) });
    this.#component("kubelet", node, [
      `--address=${address}`,
      `--hostname-override=${address}`,
      `--node-ip=${address}`,
      `--container-runtime-endpoint=unix://${socket}`,
      `--cgroup-root=/${this.#space(node)}`,
    ]);
  }

  startProxy(node: NodeMachine, ...flags: string[]): void {
    const address = addresses[node];
    const own = [`--bind-address=${address}`, `--hostname-override=${address}`];
    this.#component("kube-proxy", node, [...own, ...flags]);
  }

  #component(name: UnitName, machine: Machine, flags: readonly string[]): void {
    const args = unitArguments(name).map((text) => this.#relocated(machine, text));
    const command = [process.execPath, unitProgram(name), ...args, ...flags];
    const label = machine === "api" ? name : `${name}-${machine}`;
    this.#spawn(label, ["nsenter", ...this.#inside(machine), ...command]);
  }

  /** Starts a shell script on the API server's machine; what it writes is in its log. */
  startScript(name: string, script: string): void {
    this.#spawn(name, ["nsenter", ...this.#inside("api"), "sh", "-c", script]);
  }

  #spawn(name: string, [command = "", ...args]: readonly string[]): void {
    // Straight to a file: commands that are waited for block the loop that pipes would need.
    const output = openSync(join(this.#directory, `${name}.log`), "a");
    const child = spawn(command, args, {
      stdio: ["ignore", output, output],
      env: this.#environment,
    });
    closeSync(output);
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    this.#running.set(name, { child, ended });
  }

  /** Ends a component, by default as a crash would. */
  async end(name: string, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    if (!running) return;
    running.child.kill(signal);
    const timer = setTimeout(() => running.child.kill("SIGKILL"), 10_000);
    await running.ended;
    clearTimeout(timer);
  }

  /** kill -9 of every process of this project's at once. */
  async crash(): Promise<void> {
    const own = [...this.#running.keys()].filter((name) => name.startsWith("kube"));
    await Promise.all(own.map((name) => this.end(name)));
  }

  /** Ends every process and removes every trace; safe after a start that failed midway. */
  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.end(name)));
    for (const space of this.#spaces) {
      const left = execFileSync("ip", ["netns", "pids", space], { encoding: "utf8" });
      await killAll(nodePlatform, left.split(/\s+/).filter(Boolean).map(Number));
      await removeCgroupTree(nodePlatform, space);
      execFileSync("ip", ["netns", "delete", space]);
    }
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
