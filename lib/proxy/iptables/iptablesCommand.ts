import type { Readable } from "node:stream";
import { addon } from "../../native/addon.js";
import type { NetRules, NetRulesSaved } from "../../native/gen/addon.js";
import type { Platform } from "../../platform/platform.js";
import type { AddressFamily } from "../addressRange.js";

/** A run of iptables that failed; the message holds what it printed. */
export class IptablesError extends Error {}

const canaryChain = "KUBE-PROXY-CANARY";
const canaryTables = ["mangle", "nat", "filter"];
/** The kubelet of the same node makes these, and thereby shows which backend the node uses. */
const hintChains = /^:KUBE-(?:IPTABLES-HINT|KUBELET-CANARY) /m;
/** Text is piped in pieces of this size; one piece is in flight at a time. */
const pieceBytes = 256 * 1024;
const maxErrorBytes = 8 * 1024;
const lockWaitSeconds = "5";

interface Programs {
  readonly main: string;
  readonly save: string;
  readonly restore: string;
}

function programs(family: AddressFamily, kind: "" | "-nft" | "-legacy"): Programs {
  const main = `${family === "IPv4" ? "iptables" : "ip6tables"}${kind}`;
  return { main, save: `${main}-save`, restore: `${main}-restore` };
}

/** The end of a stream's text, up to a bound, read until the stream ends. */
async function textOf(stream: Readable): Promise<string> {
  let text = "";
  for await (const piece of stream) {
    if (text.length < maxErrorBytes) text += String(piece);
  }
  return text.slice(0, maxErrorBytes).trim();
}

/** iptables of one family, as it is installed: of the nft or the legacy kind. */
export class IptablesCommand {
  private constructor(
    readonly platform: Platform,
    readonly family: AddressFamily,
    readonly programs: Programs,
    /** Such as `1.8.9`. */
    readonly version: string,
    readonly backend: "nft" | "legacy",
  ) {}

  /** Undefined where iptables of the family is not installed or does not work. */
  static async detect(
    platform: Platform,
    family: AddressFamily,
  ): Promise<IptablesCommand | undefined> {
    const kinds = ["", "-nft", "-legacy"] as const;
    let found: IptablesCommand | undefined;
    for (const kind of kinds) {
      found = await IptablesCommand.#try(platform, family, programs(family, kind));
      if (found !== undefined) break;
    }
    if (found === undefined || (await found.#hasHint())) return found;
    const otherKind = found.backend === "nft" ? "-legacy" : "-nft";
    // Asking the legacy tools loads their kernel modules, so only where they are in use already.
    if (otherKind === "-legacy" && !(await IptablesCommand.#legacyInUse(platform, family))) {
      return found;
    }
    const other = await IptablesCommand.#try(platform, family, programs(family, otherKind));
    return other !== undefined && (await other.#hasHint()) ? other : found;
  }

  static async #legacyInUse(platform: Platform, family: AddressFamily): Promise<boolean> {
    const file = family === "IPv4" ? "ip_tables_names" : "ip6_tables_names";
    const names = await platform.files.readText(`/proc/net/${file}`).catch(() => "");
    return names.trim() !== "";
  }

  static async #try(
    platform: Platform,
    family: AddressFamily,
    names: Programs,
  ): Promise<IptablesCommand | undefined> {
    const run = (args: string[]) => platform.processes.run(names.main, args).catch(() => undefined);
    const version = await run(["--version"]);
    const match = /v(\d+\.\d+\.\d+)(?: \((\S+)\))?/.exec(version?.stdout ?? "");
    if (version?.exitCode !== 0 || match === null) return undefined;
    const works = await run(["-w", lockWaitSeconds, "-t", "nat", "-S", "PREROUTING"]);
    if (works?.exitCode !== 0) return undefined;
    const backend = match[2] === "nf_tables" ? "nft" : "legacy";
    return new IptablesCommand(platform, family, names, match[1] ?? "", backend);
  }

  async #hasHint(): Promise<boolean> {
    const saved = await this.platform.processes
      .run(this.programs.save, ["-t", "mangle"])
      .catch(() => undefined);
    return hintChains.test(saved?.stdout ?? "");
  }

  /** Whether this version is the given one or a later one. */
  isAtLeast(major: number, minor: number, patch: number): boolean {
    const [a = 0, b = 0, c = 0] = this.version.split(".").map(Number);
    if (a !== major) return a > major;
    return b !== minor ? b > minor : c >= patch;
  }

  /** Reads every table into a summary. */
  async save(): Promise<NetRulesSaved> {
    const child = this.platform.processes.spawn(this.programs.save, []);
    const saved = new addon.NetRulesSaved();
    child.stdin.end();
    const errors = textOf(child.stderr);
    for await (const piece of child.stdout) saved.feed(piece as Uint8Array);
    const { exitCode } = await child.ended;
    if (exitCode !== 0) {
      throw new IptablesError(`${this.programs.save} failed (${exitCode}): ${await errors}`);
    }
    return saved;
  }

  /**
   * Pipes the text of the sync that was begun into iptables-restore. What is there stays, unless
   * the text says otherwise; each table changes as a whole or not at all. Returns the number of
   * bytes.
   */
  async restore(rules: NetRules): Promise<number> {
    const buffer = new Uint8Array(pieceBytes);
    return this.#restore(() => {
      const length = rules.fill(buffer);
      return length === 0 ? undefined : buffer.slice(0, length);
    });
  }

  async restoreText(text: string): Promise<void> {
    let rest: Uint8Array | undefined = Buffer.from(text);
    await this.#restore(() => {
      const piece = rest;
      rest = undefined;
      return piece;
    });
  }

  async #restore(next: () => Uint8Array | undefined): Promise<number> {
    const args = ["-w", lockWaitSeconds, "--noflush", "--counters"];
    const child = this.platform.processes.spawn(this.programs.restore, args);
    child.stdout.resume();
    const errors = textOf(child.stderr);
    // One that ends early is judged by its exit code; writing must not wait for it for ever.
    let over = false;
    const ended = child.ended.then((end) => {
      over = true;
      return end;
    });
    let bytes = 0;
    for (let piece = next(); piece !== undefined && !over; piece = next()) {
      bytes += piece.length;
      if (!child.stdin.write(piece)) {
        const drained = new Promise((resolve) => child.stdin.once("drain", resolve));
        await Promise.race([drained, ended]);
      }
    }
    child.stdin.end();
    const { exitCode } = await ended;
    if (exitCode !== 0) {
      throw new IptablesError(`${this.programs.restore} failed (${exitCode}): ${await errors}`);
    }
    return bytes;
  }

  /** Whether the proxy's canary is still in every table: if not, somebody has emptied them. */
  async hasCanaries(): Promise<boolean> {
    for (const table of canaryTables) {
      const args = ["-w", lockWaitSeconds, "-t", table, "-S", canaryChain, "1"];
      const result = await this.platform.processes.run(this.programs.main, args);
      if (result.exitCode !== 0) return false;
    }
    return true;
  }
}
