import type { NetRules } from "../../native/gen/addon.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import type { ProcessResult } from "../../platform/processes.js";
import type { AddressFamily } from "../addressRange.js";

/** A tracked flow: the addresses of its first packet, and where its response comes from. */
export interface TrackedFlow {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly answerSource: string;
  readonly answerSourcePort: number;
}

/** Runs of conntrack in one pass; what is left then waits for the next one. */
const maxRuns = 4096;
const maxListBytes = 256 * 1024 * 1024;
/** Lines that are looked at in one turn of the event loop. */
const linesPerTurn = 20_000;

/** Reads one line of `conntrack -L`; undefined for what is no flow with ports. */
export function parseFlow(line: string): TrackedFlow | undefined {
  const values = (key: string): string[] =>
    [...line.matchAll(new RegExp(`\\b${key}=(\\S+)`, "g"))].map((match) => match[1] ?? "");
  const [source, answerSource] = values("src");
  const [destination] = values("dst");
  const [sourcePort, answerSourcePort] = values("sport");
  const [destinationPort] = values("dport");
  if (!source || !destination || !answerSource || !answerSourcePort) return undefined;
  return {
    source,
    sourcePort: Number(sourcePort),
    destination,
    destinationPort: Number(destinationPort),
    answerSource,
    answerSourcePort: Number(answerSourcePort),
  };
}

/**
 * How a pass ended. `clean`: no stale flow is left. `more`: some are, and another pass will find
 * them. `stuck`: stale flows are left that could not be deleted, or flows cannot be listed.
 */
export type CleanResult = "clean" | "more" | "stuck";

/**
 * Deletes tracked UDP flows that go to what is no endpoint of their service any more: the kernel
 * would send their packets there as long as they keep coming.
 *
 * Flows to one destination that one endpoint responds to are stale together, so one run of
 * conntrack deletes them, however many they are. What such a run leaves is deleted flow by flow. A
 * pass is bounded by `maxRuns`, so that a flood of flows cannot hold up the proxy; the rules go on
 * reporting a change until a pass has found nothing stale.
 */
export class UdpFlowCleaner {
  #failureWasLogged = false;

  constructor(
    readonly platform: Platform,
    readonly family: AddressFamily,
    readonly logger: Logger,
  ) {}

  /** Never rejects. */
  async clean(rules: NetRules): Promise<CleanResult> {
    try {
      return await this.#pass(rules);
    } catch (error) {
      if (!this.#failureWasLogged) {
        this.logger.warning("Cannot clean tracked flows; old UDP flows may go astray", {
          err: error,
        });
      }
      this.#failureWasLogged = true;
      return "stuck";
    }
  }

  async #pass(rules: NetRules): Promise<CleanResult> {
    const stale = await this.#stale(rules, destinationFilter);
    if (stale.length === 0) {
      rules.udpCleaned();
      return "clean";
    }
    await this.#delete(stale);
    const left = await this.#stale(rules, flowFilter);
    if (left.length === 0) {
      rules.udpCleaned();
      this.logger.verbose(2).info("Deleted stale UDP flows", { destinations: stale.length });
      return "clean";
    }
    const deleted = await this.#delete(left);
    this.logger.verbose(2).info("Deleted stale UDP flows one by one", { flows: deleted });
    return deleted > 0 ? "more" : "stuck";
  }

  /** Filters that select the stale flows, each once, at most `maxRuns`. */
  async #stale(
    rules: NetRules,
    filterOf: (flow: TrackedFlow) => readonly string[],
  ): Promise<(readonly string[])[]> {
    const filters = new Map<string, readonly string[]>();
    const listed = await this.#run("-L");
    if (listed.exitCode !== 0) throw new Error(listed.stderr.trim());
    let lines = 0;
    for (let start = 0; start < listed.stdout.length && filters.size < maxRuns; ) {
      const newline = listed.stdout.indexOf("\n", start);
      const end = newline < 0 ? listed.stdout.length : newline;
      const flow = parseFlow(listed.stdout.slice(start, end));
      start = end + 1;
      if (flow !== undefined && isStale(rules, flow)) {
        const filter = filterOf(flow);
        filters.set(filter.join(" "), filter);
      }
      lines += 1;
      if (lines % linesPerTurn === 0) await nextTurn(this.platform);
    }
    return [...filters.values()];
  }

  async #delete(filters: readonly (readonly string[])[]): Promise<number> {
    let deleted = 0;
    for (const filter of filters) {
      const result = await this.#run("-D", ...filter);
      if (result.exitCode === 0) deleted += 1;
    }
    return deleted;
  }

  #run(command: "-L" | "-D", ...filter: readonly string[]): Promise<ProcessResult> {
    const family = this.family === "IPv4" ? "ipv4" : "ipv6";
    const args = [command, "-p", "udp", "-f", family, ...filter];
    return this.platform.processes.run("conntrack", args, { maxOutputBytes: maxListBytes });
  }
}

function isStale(rules: NetRules, flow: TrackedFlow): boolean {
  const { destination, destinationPort, answerSource, answerSourcePort } = flow;
  return rules.isStaleUdp(destination, destinationPort, answerSource, answerSourcePort);
}

/** All flows that are stale for the same reason. */
function destinationFilter(flow: TrackedFlow): readonly string[] {
  return [
    ...["--orig-dst", flow.destination, "--dport", String(flow.destinationPort)],
    ...["--reply-src", flow.answerSource, "--reply-port-src", String(flow.answerSourcePort)],
  ];
}

/** One flow. */
function flowFilter(flow: TrackedFlow): readonly string[] {
  return [
    ...["--orig-src", flow.source, "--sport", String(flow.sourcePort)],
    ...["--orig-dst", flow.destination, "--dport", String(flow.destinationPort)],
  ];
}

function nextTurn(platform: Platform): Promise<void> {
  return new Promise((resolve) => platform.clock.defer(resolve));
}
