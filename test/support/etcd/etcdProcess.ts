import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts } from "../commands/commandProcess.js";
import { EtcdApi } from "./etcdApi.js";

const steersman = fileURLToPath(new URL("../../../lib/cmd/bin/steersman.js", import.meta.url));

export interface EtcdFiles {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

export interface EtcdChoice {
  /** Absent: without TLS. */
  readonly tls?: EtcdFiles;
  readonly program?: string;
  /** What the program is given before etcd's flags. */
  readonly leading?: readonly string[];
  /** More of etcd's flags. */
  readonly flags?: readonly string[];
}

/** Whether no thread of a process runs: each stops by itself once it is told. */
function isStopped(pid: number): boolean {
  const tasks = `/proc/${pid}/task`;
  const states = readdirSync(tasks).map((task) => {
    const stat = readFileSync(`${tasks}/${task}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2)[0];
  });
  return states.every((state) => state === "T");
}

/** A member's name, and where it is. */
interface Place {
  readonly name: string;
  readonly url: string;
  readonly peerUrl: string;
}

/** etcd with one member; close() ends it and removes what it wrote. */
export class EtcdProcess {
  readonly url: string;
  readonly peerUrl: string;
  readonly #directory: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();
  #token = "steersman";
  #said = "";

  private constructor(
    readonly program: string,
    { name, url, peerUrl }: Place,
    cluster: readonly Place[],
    { tls, leading = [], flags = [] }: EtcdChoice,
  ) {
    this.url = url;
    this.peerUrl = peerUrl;
    this.#directory = mkdtempSync(join(tmpdir(), "steersman-etcd-"));
    this.#args = [
      ...leading,
      ...["--data-dir", join(this.#directory, "data"), "--name", name, "--logger", "zap"],
      ...["--listen-client-urls", url, "--advertise-client-urls", url],
      ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
      ...["--initial-cluster", cluster.map((one) => `${one.name}=${one.peerUrl}`).join(",")],
      ...(tls === undefined
        ? []
        : [
            ...["--client-cert-auth", "--trusted-ca-file", tls.authority],
            ...["--cert-file", tls.certificate, "--key-file", tls.key],
          ]),
      ...flags,
    ];
  }

  /** Debian's, unless another program is given. */
  static async start(choice: EtcdChoice = {}): Promise<EtcdProcess> {
    const { tls, program = "etcd" } = choice;
    const scheme = tls === undefined ? "http" : "https";
    const [place] = await places(1, scheme);
    if (place === undefined) throw new Error("no port is free");
    const etcd = new EtcdProcess(program, place, [place], choice);
    await etcd.run();
    return etcd;
  }

  /** `steersman etcd`. */
  static own(choice: Omit<EtcdChoice, "program" | "leading"> = {}): Promise<EtcdProcess> {
    const leading = [steersman, "etcd"];
    return EtcdProcess.start({ ...choice, program: process.execPath, leading });
  }

  /** Members of one cluster, without TLS. */
  static async cluster(count: number, program = "etcd"): Promise<EtcdProcess[]> {
    const all = await places(count, "http");
    const members = all.map((place) => new EtcdProcess(program, place, all, {}));
    try {
      await Promise.all(members.map((member) => member.run()));
    } catch (error) {
      await Promise.all(members.map((member) => member.close()));
      throw error;
    }
    return members;
  }

  get dataDirectory(): string {
    return join(this.#directory, "data");
  }

  /** Starts it, at first or again. Resolves when it serves. */
  async run(): Promise<void> {
    const args = [...this.#args, "--initial-cluster-token", this.#token];
    const child = spawn(this.program, args, { stdio: ["ignore", "ignore", "pipe"] });
    this.#child = child;
    this.#gone = new Promise((resolve) => {
      child.on("close", () => resolve());
    });
    this.#said = "";
    await new Promise<void>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", () => reject(new Error(`etcd ended: ${this.#said.slice(-2000)}`)));
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        if (this.#said.length < 1 << 20) this.#said += text;
        if (/serving (insecure )?client (requests|traffic)/.test(this.#said)) resolve();
      });
    });
  }

  /** As somebody else would who knows nothing of objects; without TLS only. */
  async put(key: string, value: string | Uint8Array, lease = "0"): Promise<void> {
    await this.#post("kv/put", { key: base64(key), value: base64(value), lease });
  }

  async remove(key: string): Promise<void> {
    await this.#post("kv/deleterange", { key: base64(key) });
  }

  /** With a number of etcd's own, in decimal: it has up to 63 bits. */
  async grantLease(ttlSeconds: number): Promise<string> {
    const { ID } = await this.#post<{ ID: string }>("lease/grant", { TTL: ttlSeconds });
    return ID;
  }

  async revokeLease(lease: string): Promise<void> {
    await this.#post("lease/revoke", { ID: lease });
  }

  async leasedKeys(lease: string): Promise<string[]> {
    const asked = { ID: lease, keys: true };
    const { keys = [] } = await this.#post<{ keys?: string[] }>("lease/timetolive", asked);
    return keys.map((key) => Buffer.from(key, "base64").toString());
  }

  /** Has etcd ask everybody for a user: `root`, who may do everything, with this password. */
  async enableUsers(password: string): Promise<void> {
    await this.#ask(async (api) => {
      await api.call("Auth/UserAdd", { name: "root", password });
      await api.call("Auth/RoleAdd", { name: "root" });
      await api.call("Auth/UserGrantRole", { user: "root", role: "root" });
      await api.call("Auth/AuthEnable");
    });
  }

  /** Ends every token that was given before. */
  async forgetTokens(password: string): Promise<void> {
    let token = "";
    await this.#ask(async (api) => {
      token = String((await api.call("Auth/Authenticate", { name: "root", password })).token);
    });
    await this.#ask((api) => api.call("Auth/AuthDisable"), token);
    await this.#ask((api) => api.call("Auth/AuthEnable"));
  }

  async #ask(call: (api: EtcdApi) => Promise<unknown>, token?: string): Promise<void> {
    const api = new EtcdApi(this.url, undefined, token);
    try {
      await call(api);
    } finally {
      api.close();
    }
  }

  async #post<T>(what: string, body: object): Promise<T> {
    const options = { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`${this.url}/v3/${what}`, options);
    const text = await response.text();
    if (!response.ok) throw new Error(`etcd: ${what}: ${text}`);
    return JSON.parse(text) as T;
  }

  /** What it has said on standard error since it was started, to a bound. */
  get said(): string {
    return this.#said;
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  /** SIGSTOP and SIGCONT hold it: after the first, none of its threads runs any more. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
    while (signal === "SIGSTOP" && !isStopped(this.pid));
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#gone;
    this.#child = undefined;
  }

  /** Ends it as a service manager does; answers the exit code. */
  async stop(): Promise<number | null> {
    const child = this.#child;
    child?.kill("SIGTERM");
    await this.#gone;
    this.#child = undefined;
    return child?.exitCode ?? null;
  }

  /** As if another one had been put in its place: empty, and of this token's cluster. */
  async replace(token: string): Promise<void> {
    await this.kill();
    rmSync(join(this.#directory, "data"), { recursive: true, force: true });
    this.#token = token;
    await this.run();
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function base64(text: string | Uint8Array): string {
  return Buffer.from(text).toString("base64");
}

async function places(count: number, scheme: string): Promise<Place[]> {
  const ports = await freePorts(2 * count);
  return Array.from({ length: count }, (_, at) => ({
    name: `m${at}`,
    url: `${scheme}://127.0.0.1:${ports[2 * at]}`,
    peerUrl: `http://127.0.0.1:${ports[2 * at + 1]}`,
  }));
}
