import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rigName } from "../nodes/rigName.js";
import { directoryOf, sweepRigs } from "../nodes/sweepRigs.js";
import { LineProcess } from "./lineProcess.js";
import type { AgentReply } from "./networkAgent.js";

export type Backend = "nft" | "legacy";

function isInstalled(command: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${command}`], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

/**
 * One node with two pods, and a machine outside, each in a network namespace of its own:
 *
 *   outside 192.168.77.2 ── 192.168.77.1 node 10.20.0.1 ─┬─ one 10.20.0.2
 *                                             │          └─ two 10.20.0.3
 *                       10.96.0.0/16 and 198.51.100.0/24 into a veth with nobody at its end
 *
 * and the same with IPv6: outside fd00:77::2, node fd00:77::1 and fd00:20::1, pods fd00:20::2 and
 * fd00:20::3. There is no default route anywhere. Services' addresses have a route on the node
 * because a kernel without any refuses a packet before the rules see it.
 */
export class ProxyNetwork {
  readonly #prefix: string;
  readonly #agents = new Map<string, LineProcess>();
  /** Where `iptables` is the one of the wanted kind. */
  readonly #folder: string;
  proxy!: LineProcess;

  private constructor(prefix: string, backend: Backend) {
    this.#prefix = prefix;
    this.#folder = directoryOf(prefix);
    mkdirSync(this.#folder, { mode: 0o700 });
    for (const program of ["iptables", "ip6tables"]) {
      for (const kind of ["", "-save", "-restore"]) {
        symlinkSync(`/usr/sbin/xtables-${backend}-multi`, join(this.#folder, `${program}${kind}`));
      }
    }
  }

  get #path(): string {
    return `${this.#folder}:${process.env.PATH ?? ""}`;
  }

  /** Why it cannot be made here; undefined when it can. */
  static unavailable(backend: Backend): string | undefined {
    if (process.getuid?.() !== 0) return "network namespaces need root";
    const wanted = ["ip", "nsenter", "ping", "conntrack", `/usr/sbin/xtables-${backend}-multi`];
    const missing = wanted.find((command) => !isInstalled(command));
    return missing === undefined ? undefined : `${missing} is not installed`;
  }

  static async create(backend: Backend): Promise<ProxyNetwork> {
    await sweepRigs();
    const network = new ProxyNetwork(rigName("proxy"), backend);
    try {
      network.#wire();
      network.#start();
    } catch (error) {
      await network.destroy();
      throw error;
    }
    return network;
  }

  #namespace(name: string): string {
    return `${this.#prefix}-${name}`;
  }

  /** Runs a command in a namespace and returns its output; throws when it fails. */
  run(name: string, ...command: string[]): string {
    const inside = [`--net=/var/run/netns/${this.#namespace(name)}`, ...command];
    const env = { ...process.env, PATH: this.#path };
    return execFileSync("nsenter", inside, { encoding: "utf8", stdio: "pipe", env });
  }

  succeeds(name: string, ...command: string[]): boolean {
    try {
      this.run(name, ...command);
      return true;
    } catch {
      return false;
    }
  }

  #wire(): void {
    const ip = (...args: string[]): void => {
      execFileSync("ip", args, { stdio: "pipe" });
    };
    for (const name of ["node", "outside", "one", "two"]) {
      ip("netns", "add", this.#namespace(name));
      this.run(name, "ip", "link", "set", "lo", "up");
    }
    const veth = (name: string, address: string, six: string): void => {
      const [near, far] = [this.#namespace("node"), this.#namespace(name)];
      ip("link", "add", `v-${name}`, "netns", near, "type", "veth", "peer", "eth0", "netns", far);
      this.run("node", "ip", "link", "set", `v-${name}`, "up");
      this.run(name, "ip", "address", "add", address, "dev", "eth0");
      this.run(name, "ip", "address", "add", six, "dev", "eth0", "nodad");
      this.run(name, "ip", "link", "set", "eth0", "up");
    };
    veth("outside", "192.168.77.2/24", "fd00:77::2/64");
    this.run("node", "ip", "address", "add", "192.168.77.1/24", "dev", "v-outside");
    this.run("node", "ip", "address", "add", "fd00:77::1/64", "dev", "v-outside", "nodad");
    this.run("outside", "ip", "route", "add", "fd00:96::/112", "via", "fd00:77::1");
    this.run("outside", "ip", "route", "add", "10.96.0.0/16", "via", "192.168.77.1");
    this.run("outside", "ip", "route", "add", "198.51.100.0/24", "via", "192.168.77.1");
    for (const [name, address, six] of [
      ["one", "10.20.0.2", "fd00:20::2"],
      ["two", "10.20.0.3", "fd00:20::3"],
    ] as const) {
      veth(name, `${address}/32`, `${six}/128`);
      this.run("node", "ip", "address", "add", "fd00:20::1/128", "dev", `v-${name}`, "nodad");
      this.run("node", "ip", "route", "add", `${six}/128`, "dev", `v-${name}`);
      this.run(name, "ip", "route", "add", "fd00:20::1/128", "dev", "eth0");
      for (const range of ["fd00:20::/64", "fd00:96::/112", "fd00:77::/64"]) {
        this.run(name, "ip", "route", "add", range, "via", "fd00:20::1");
      }
      this.run("node", "ip", "address", "add", "10.20.0.1/32", "dev", `v-${name}`);
      this.run("node", "ip", "route", "add", `${address}/32`, "dev", `v-${name}`);
      this.run(name, "ip", "route", "add", "10.20.0.1/32", "dev", "eth0");
      for (const range of ["10.20.0.0/24", "10.96.0.0/16", "192.168.77.0/24", "198.51.100.0/24"]) {
        this.run(name, "ip", "route", "add", range, "via", "10.20.0.1");
      }
    }
    this.run("node", "ip", "link", "add", "dead", "type", "veth", "peer", "end");
    for (const end of ["dead", "end"]) this.run("node", "ip", "link", "set", end, "up");
    for (const range of ["10.96.0.0/16", "198.51.100.0/24", "fd00:96::/112"]) {
      this.run("node", "ip", "route", "add", range, "dev", "dead");
    }
    this.run("node", "sysctl", "-q", "-w", "net.ipv4.ip_forward=1");
    this.run("node", "sysctl", "-q", "-w", "net.ipv6.conf.all.forwarding=1");
  }

  #program(name: string, file: string): LineProcess {
    const path = fileURLToPath(new URL(file, import.meta.url));
    const inside = `--net=/var/run/netns/${this.#namespace(name)}`;
    return new LineProcess("nsenter", [inside, process.execPath, path], this.#path);
  }

  #start(): void {
    for (const name of ["node", "outside", "one", "two"]) {
      this.#agents.set(name, this.#program(name, "./networkAgent.js"));
    }
    this.proxy = this.#program("node", "./proxyMain.js");
  }

  /** A proxy that knows nothing of the one before, as after a crash. */
  async restartProxy(): Promise<void> {
    await this.proxy.end();
    this.proxy = this.#program("node", "./proxyMain.js");
  }

  agent(name: string): LineProcess {
    const agent = this.#agents.get(name);
    if (agent === undefined) throw new Error(`there is no ${name}`);
    return agent;
  }

  get(name: string, host: string, port: number): Promise<AgentReply> {
    return this.agent(name).ask<AgentReply>({ do: "get", host, port });
  }

  udp(name: string, host: string, port: number, from: number): Promise<AgentReply> {
    return this.agent(name).ask<AgentReply>({ do: "udp", host, port, from });
  }

  /** Removes everything, whatever was made. */
  async destroy(): Promise<void> {
    const programs = [this.proxy, ...this.#agents.values()];
    await Promise.all(programs.map((program) => program?.end()));
    for (const name of ["node", "outside", "one", "two"]) {
      try {
        execFileSync("ip", ["netns", "delete", this.#namespace(name)], { stdio: "pipe" });
      } catch {
        // It was never made.
      }
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
