import { AddressRange } from "../../../lib/proxy/addressRange.js";
import type { RuleTables } from "./ruleTables.js";

/** The first packet of a connection. */
export interface Packet {
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly source: string;
  readonly destination: string;
  readonly port: number;
}

export interface Outcome {
  readonly verdict: "accept" | "drop" | "reject";
  /** `address:port` where it is redirected to. */
  readonly to?: string;
  readonly masqueraded: boolean;
}

interface Walk {
  readonly packet: Packet;
  destination: string;
  port: number;
  mark: number;
  redirected: boolean;
  /** Decides a random match; each way of deciding is walked once. */
  readonly choose: (probability: number) => boolean;
}

type Verdict = "accept" | "drop" | "reject" | "return" | undefined;

interface Option {
  readonly name: string;
  readonly negated: boolean;
  readonly values: readonly string[];
}

const optionsByRule = new Map<string, readonly Option[]>();

function optionsOf(rule: string): readonly Option[] {
  const known = optionsByRule.get(rule);
  if (known !== undefined) return known;
  const tokens = [...rule.matchAll(/"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2] ?? "");
  const options: { name: string; negated: boolean; values: string[] }[] = [];
  let negated = false;
  for (const token of tokens) {
    const last = options.at(-1);
    if (token === "!") negated = true;
    else if (/^--?[a-z]/.test(token) && !(last?.name === "--comment" && last.values.length === 0)) {
      options.push({ name: token, negated, values: [] });
      negated = false;
    } else last?.values.push(token);
  }
  optionsByRule.set(rule, options);
  return options;
}

function inRange(address: string, range: string): boolean {
  if (!range.includes("/")) return address === range;
  const parsed = AddressRange.parse(range);
  if (parsed === undefined) throw new Error(`no range: ${range}`);
  return parsed.contains(address);
}

/** Walks the rules with packets, as the kernel of a node does that has the given addresses. */
export class PacketModel {
  constructor(
    readonly tables: RuleTables,
    readonly localAddresses: readonly string[],
  ) {}

  /** Every way that the packet may go, each once, sorted. */
  outcomes(packet: Packet): Outcome[] {
    const found = new Map<string, Outcome>();
    let script: boolean[] = [];
    for (;;) {
      const taken: boolean[] = [];
      const outcome = this.#walk(packet, () => {
        const choice = script[taken.length] ?? true;
        taken.push(choice);
        return choice;
      });
      found.set(JSON.stringify(outcome), outcome);
      while (taken.at(-1) === false) taken.pop();
      if (taken.length === 0) break;
      script = [...taken.slice(0, -1), false];
    }
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, outcome]) => outcome);
  }

  #isLocal(address: string): boolean {
    return this.localAddresses.includes(address) || address.startsWith("127.");
  }

  #walk(packet: Packet, choose: Walk["choose"]): Outcome {
    const walk: Walk = {
      ...{ packet, destination: packet.destination, port: packet.port, mark: 0 },
      ...{ redirected: false, choose },
    };
    const fromHere = this.#isLocal(packet.source);
    this.#chain("nat", fromHere ? "OUTPUT" : "PREROUTING", walk);
    // What the node sends to itself leaves through OUTPUT and comes in through INPUT.
    const hooks = fromHere ? ["OUTPUT"] : [];
    if (this.#isLocal(walk.destination)) hooks.push("INPUT");
    else if (!fromHere) hooks.push("FORWARD");
    let verdict: Verdict;
    for (const hook of hooks) {
      verdict = this.#chain("filter", hook, walk) ?? "accept";
      if (verdict !== "accept") break;
    }
    const to = walk.redirected ? { to: `${walk.destination}:${walk.port}` } : {};
    if (verdict === "drop" || verdict === "reject") {
      return { verdict, ...to, masqueraded: false };
    }
    return {
      verdict: "accept",
      ...to,
      masqueraded: this.#chain("nat", "POSTROUTING", walk) === "accept",
    };
  }

  #chain(table: string, name: string, walk: Walk): Verdict {
    const rules = this.tables.chain(table, name);
    if (rules === undefined) throw new Error(`no chain ${name} in ${table}`);
    for (const rule of rules) {
      const options = optionsOf(rule);
      if (!options.every((option) => this.#matches(option, options, walk))) continue;
      const verdict = this.#target(table, options, walk);
      if (verdict === "return") return undefined;
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  }

  #matches(option: Option, all: readonly Option[], walk: Walk): boolean {
    const value = option.values[0] ?? "";
    const is = (matches: boolean): boolean => matches !== option.negated;
    switch (option.name) {
      case "-s":
        return is(inRange(walk.packet.source, value));
      case "-d":
        return is(inRange(walk.destination, value));
      case "-p":
        return is(value === walk.packet.protocol);
      case "--dport":
        return is(Number(value) === walk.port);
      case "--dst-type":
        return is(this.#isLocal(walk.destination));
      case "--src-type":
        return is(this.#isLocal(walk.packet.source));
      case "--ctstate":
        return is(value.split(",").includes("NEW") || (walk.redirected && value.includes("DNAT")));
      case "--mark": {
        const [bits, mask] = value.split("/").map(Number);
        return is((walk.mark & (mask ?? -1)) === bits);
      }
      case "--probability":
        return walk.choose(Number(value));
      case "--rcheck":
        // Nobody has come before.
        return false;
      case "--set":
        return all.some(({ name }) => name === "--name");
      default:
        return true;
    }
  }

  #target(table: string, options: readonly Option[], walk: Walk): Verdict {
    const value = (name: string): string | undefined =>
      options.find((option) => option.name === name)?.values[0];
    const target = value("-j");
    switch (target) {
      case undefined:
        return undefined;
      case "ACCEPT":
      case "MASQUERADE":
        return "accept";
      case "DROP":
        return "drop";
      case "REJECT":
        return "reject";
      case "RETURN":
        return "return";
      case "MARK":
        walk.mark |= Number(value("--or-mark") ?? 0);
        walk.mark ^= Number(value("--xor-mark") ?? 0);
        return undefined;
      case "DNAT": {
        const [address = "", port = ""] = (value("--to-destination") ?? "").split(":");
        Object.assign(walk, { destination: address, port: Number(port), redirected: true });
        return "accept";
      }
      default:
        return this.#chain(table, target, walk);
    }
  }
}
