import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { buildGoProgram } from "../../support/clients/goProgram.js";
import { builtEtcd, releaseFlags } from "../../support/clients/upstreamPrograms.js";
import { freePorts } from "../../support/commands/commandProcess.js";
import { BenchProcess } from "./benchProcess.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const startLimitMilliseconds = 60_000;
const pollMilliseconds = 10;

export const tokens = { administrator: "bench-administrator", user: "bench-user" } as const;

const kubernetes = {
  folder: "test/bench/peers/kubernetes",
  module: "k8s.io/kubernetes",
  linkFlags: releaseFlags,
} as const;

const upstreamProgram = (name: string): string =>
  buildGoProgram({ ...kubernetes, name, package: `k8s.io/kubernetes/cmd/${name}` });

/** Upstream's programs, built from their published modules, and the load; once, under `.cache`. */
export function builtPeers() {
  return {
    apiserver: upstreamProgram("kube-apiserver"),
    scheduler: builtScheduler(),
    etcd: builtEtcd(),
    load: buildGoProgram({
      name: "apiload",
      folder: "test/bench/peers/load",
      module: "k8s.io/client-go",
    }),
  };
}

export type Peers = ReturnType<typeof builtPeers>;

/** What an API server and its storage need. */
export type ServerPrograms = Pick<Peers, "apiserver" | "etcd">;

export const builtServers = (): ServerPrograms => ({
  apiserver: upstreamProgram("kube-apiserver"),
  etcd: builtEtcd(),
});
export const builtScheduler = (): string => upstreamProgram("kube-scheduler");
export type Side = "upstream" | "steersman";

export interface PeerStart {
  /** Of the API server; by default one that is free. */
  readonly port?: number;
  /** What the API server's command is given to. */
  readonly leading?: readonly string[];
}

/** An API server with its storage, in processes of its own on loopback. */
export class Peer {
  readonly #processes: BenchProcess[] = [];
  readonly #scheduler: BenchProcess[] = [];
  #etcd: BenchProcess | undefined;
  #etcdUrl = "";
  #apiserver: BenchProcess | undefined;
  startMilliseconds = 0;

  private constructor(
    readonly side: Side,
    readonly folder: string,
    readonly port: number,
    readonly programs: ServerPrograms & Partial<Peers>,
    readonly counts: "everything" | "apiserver",
  ) {}

  /**
   * Starts one and waits until it is ready: both sides with the same flags, storage aside. With
   * `onEtcd` both keep their objects in an etcd of their own, or in that of another, which is
   * counted by itself. `more` flags come last.
   */
  static async start(
    side: Side,
    programs: ServerPrograms & Partial<Peers>,
    onEtcd: boolean,
    shared?: Peer,
    more: readonly string[] = [],
    how: PeerStart = {},
  ): Promise<Peer> {
    const folder = mkdtempSync(join(tmpdir(), `steersman-peer-${side}-`));
    const [free = 0, clientPort = 0, peerPort = 0] = await freePorts(3);
    const { port = free, leading = [] } = how;
    const counts = onEtcd ? "apiserver" : "everything";
    const peer = new Peer(side, folder, port, programs, counts);
    const usesEtcd = onEtcd || side === "upstream";
    writeFiles(folder, port);
    const began = performance.now();
    try {
      if (shared !== undefined) peer.#etcdUrl = shared.#etcdUrl;
      else if (usesEtcd) peer.#startEtcd(clientPort, peerPort);
      const storage = [
        ...(usesEtcd ? ["--etcd-servers", peer.#etcdUrl] : ["--storage", "embedded"]),
        ...(side === "upstream" ? [] : ["--data-dir", join(folder, "store"), "--grpc-port", "0"]),
      ];
      const command = side === "upstream" ? [programs.apiserver] : ours("kubeApiserver");
      peer.#apiserver = peer.#start("apiserver", [
        ...[...leading, ...command, ...commonFlags(folder, port)],
        ...[...storage, ...more],
      ]);
      await peer.#untilReady();
    } catch (error) {
      await peer.stop();
      throw error;
    }
    peer.startMilliseconds = performance.now() - began;
    return peer;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  get etcdUrl(): string {
    return this.#etcdUrl;
  }

  /** Kills the API server. */
  kill(): void {
    this.#apiserver?.kill();
  }

  /** What the API server has printed. */
  output(): string {
    return this.#apiserver?.output() ?? "";
  }

  /** CPU seconds of etcd, where there is one. */
  etcdCpuSeconds(): number {
    return this.#etcd?.cpuSeconds() ?? 0;
  }

  /** CPU seconds of what counts, and of the scheduler where one runs. */
  cpuSeconds(): number {
    return this.#all().reduce((sum, one) => sum + one.cpuSeconds(), 0);
  }

  residentMebibytes(): number {
    return this.#all().reduce((sum, one) => sum + one.residentMebibytes(), 0);
  }

  #all(): BenchProcess[] {
    const all = [...this.#processes, ...this.#scheduler];
    return this.counts === "everything" ? all : all.filter((one) => one !== this.#etcd);
  }

  #start(name: string, command: readonly string[]): BenchProcess {
    const process = new BenchProcess(command, join(this.folder, `${name}.log`));
    this.#processes.push(process);
    return process;
  }

  #startEtcd(clientPort: number, peerPort: number): void {
    const [client, peer] = [`http://127.0.0.1:${clientPort}`, `http://127.0.0.1:${peerPort}`];
    const urls = {
      ...{ "listen-client-urls": client, "advertise-client-urls": client },
      ...{ "listen-peer-urls": peer, "initial-advertise-peer-urls": peer },
      "initial-cluster": `default=${peer}`,
    };
    const flags = Object.entries(urls).flatMap(([name, value]) => [`--${name}`, value]);
    this.#etcdUrl = client;
    this.#etcd = this.#start("etcd", [
      ...[this.programs.etcd, "--data-dir", join(this.folder, "etcd")],
      ...["--log-level", "error", ...flags],
    ]);
  }

  loadProgram(): string {
    return this.#built("load");
  }

  #built(name: keyof Peers): string {
    const program = this.programs[name];
    if (program === undefined) throw new Error(`${name} was not built`);
    return program;
  }

  startScheduler(): void {
    const command = this.side === "upstream" ? [this.#built("scheduler")] : ours("kubeScheduler");
    const file = join(this.folder, "kubeconfig");
    const flags = [
      ...["--kubeconfig", file, "--authentication-kubeconfig", file],
      ...["--authorization-kubeconfig", file, "--leader-elect=false", "--secure-port", "0"],
      // Upstream's own limit is 50 requests a second, which would measure that it waits.
      ...["--kube-api-qps", "5000", "--kube-api-burst", "5000"],
    ];
    this.#scheduler.push(
      new BenchProcess([...command, ...flags], join(this.folder, "scheduler.log")),
    );
  }

  async stopScheduler(): Promise<void> {
    for (const one of this.#scheduler.splice(0)) await one.stop();
  }

  async #untilReady(): Promise<void> {
    const end = performance.now() + startLimitMilliseconds;
    while (!(await isReady(this.url))) {
      const over = this.#processes.find(({ isOver }) => isOver);
      if (over !== undefined) throw new Error(`${this.side} ended: ${over.lastLines()}`);
      if (performance.now() > end) {
        throw new Error(`${this.side} is not ready: ${this.#processes.at(-1)?.lastLines()}`);
      }
      await pause(pollMilliseconds);
    }
  }

  async stop(): Promise<void> {
    await this.stopScheduler();
    // The API server before its storage.
    for (const process of this.#processes.splice(0).reverse()) await process.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const ours = (name: string): string[] => [
  process.execPath,
  `${root}dist/bundle/cmd/bin/${name}.js`,
];

function writeFiles(folder: string, port: number): void {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  mkdirSync(join(folder, "certificates"));
  const write = (name: string, text: string): void =>
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  write("service-account.key", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  write("service-account.pub", publicKey.export({ type: "spki", format: "pem" }).toString());
  const { administrator, user } = tokens;
  write(
    "tokens.csv",
    `${administrator},administrator,1,"system:masters"\n${user},bench-user,2,"bench"\n`,
  );
  const named = (name: string, key: string, value: object) => [{ name, [key]: value }];
  const kubeconfig = {
    ...{ apiVersion: "v1", kind: "Config", "current-context": "bench" },
    clusters: named("bench", "cluster", {
      server: `https://127.0.0.1:${port}`,
      "insecure-skip-tls-verify": true,
    }),
    users: named("bench", "user", { token: administrator }),
    contexts: named("bench", "context", { cluster: "bench", user: "bench" }),
  };
  write("kubeconfig", JSON.stringify(kubeconfig));
}

function commonFlags(folder: string, port: number): string[] {
  const flags: Readonly<Record<string, string>> = {
    "secure-port": String(port),
    "bind-address": "127.0.0.1",
    // Upstream's takes no loopback address; nobody goes there.
    "advertise-address": "192.0.2.1",
    "cert-dir": join(folder, "certificates"),
    "authorization-mode": "RBAC",
    "token-auth-file": join(folder, "tokens.csv"),
    "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
    "service-account-key-file": join(folder, "service-account.pub"),
    "service-account-signing-key-file": join(folder, "service-account.key"),
    "service-cluster-ip-range": "10.96.0.0/16",
  };
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
}

/** Files of what it serves TLS with. */
export function certificateOf({ folder }: Peer): { certificate: string; key: string } {
  const file = (name: string): string => join(folder, "certificates", name);
  return { certificate: file("apiserver.crt"), key: file("apiserver.key") };
}

/** A response's body, for the administrator. */
export function read(peer: Peer, path: string, accept: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const authorization = `Bearer ${tokens.administrator}`;
    const headers = { accept, authorization };
    const options = { rejectUnauthorized: false, agent: false, headers };
    const sent = request(`${peer.url}${path}`, options, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => resolve(Buffer.concat(parts)));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end();
  });
}

function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request(
      `${url}/readyz`,
      {
        rejectUnauthorized: false,
        agent: false,
        headers: { authorization: `Bearer ${tokens.administrator}` },
      },
      (response) => {
        response.resume();
        void once(response, "end").then(() => resolve(response.statusCode === 200));
      },
    );
    sent.on("error", () => resolve(false));
    sent.end();
  });
}

/** The versions that are compared, for the head of the table. */
export function versionsOf({ apiserver, etcd }: Peers): string {
  const kubernetesVersion = execFileSync(apiserver, ["--version"], { encoding: "utf8" }).trim();
  const etcdVersion = execFileSync(etcd, ["--version"], { encoding: "utf8" }).split("\n")[0];
  return `${kubernetesVersion}, ${etcdVersion}`;
}
