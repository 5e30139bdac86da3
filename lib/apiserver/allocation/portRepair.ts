import type { Service } from "../../api/gen/types/coreV1.js";
import type { BootstrapDependencies } from "../bootstrap/objectWriter.js";
import { UnreadableValues } from "../cache/unreadableValues.js";
import { Bitmap } from "./bitmap.js";
import { encodePorts, formatBounds, nodePortsKey, readPorts } from "./nodePortRange.js";
import type { Finding, RepairReport } from "./repairReport.js";
import type { ServiceClaims } from "./serviceClaims.js";
import { holdingsOf } from "./serviceHoldings.js";

/**
 * A port that no service has is given back when so many repairs have found it: servers elsewhere
 * take it before they write the service.
 */
const repairsBeforeRelease = 3;
const mostAttempts = 5;

/** What the services have, by the ports' places in the range. */
interface Counted {
  readonly offsets: ReadonlySet<number>;
  readonly findings: readonly Finding[];
}

/** Makes the one RangeAllocation of all node ports say what the services have. */
export class PortRepair {
  readonly #deps: BootstrapDependencies;
  readonly #claims: ServiceClaims;
  readonly #report: RepairReport;
  readonly #unreadable: UnreadableValues;
  /** Repairs that are yet to find them, before they are given back; bounded by the range. */
  #leaks: ReadonlyMap<number, number> = new Map();

  constructor(deps: BootstrapDependencies, claims: ServiceClaims) {
    this.#deps = deps;
    this.#claims = claims;
    this.#report = claims.report;
    this.#unreadable = deps.unreadable ?? new UnreadableValues();
  }

  async run(): Promise<void> {
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
      if (await this.#attempt()) return;
    }
    throw new Error("node ports keep being changed by others");
  }

  /** False where somebody else has written the ports meanwhile. */
  async #attempt(): Promise<boolean> {
    const { storage, codec } = this.#deps;
    const { bounds } = this.#claims;
    const { services, unreadable, revision } = await this.#claims.services();
    // At the same revision: each service that is there had its ports by then.
    const stored = await storage.get(nodePortsKey, { revision });
    const counted = this.#count(services);
    const before = stored && this.#unreadable.read(nodePortsKey, () => readPorts(codec, stored));
    // What nobody can read is nobody's to write over: services with node ports are refused.
    if (stored !== undefined && before === undefined) return true;
    const isSameRange = before?.bounds && formatBounds(before.bounds) === formatBounds(bounds);
    const moved = before?.bounds === undefined ? 0 : before.bounds.first - bounds.first;
    const had = [...(before?.taken ?? [])].map((offset) => offset + moved);
    const size = bounds.last - bounds.first + 1;
    const hadHere = new Set(had.filter((offset) => offset >= 0 && offset < size));
    const { leaks, kept, findings } = this.#leaksOf(
      hadHere,
      counted.offsets,
      unreadable.length > 0,
    );
    const next = new Set([...counted.offsets, ...kept]);
    const isSame =
      isSameRange && hadHere.size === next.size && [...next].every((n) => hadHere.has(n));
    if (!isSame) {
      const value = encodePorts(codec, bounds, Bitmap.of(next), stored);
      const equals = stored?.modRevision ?? 0;
      const { succeeded } = await storage.transact({
        compare: [{ key: nodePortsKey, target: "modRevision", equals }],
        success: [{ type: "put", key: nodePortsKey, value }],
      });
      if (!succeeded) return false;
    }
    this.#leaks = leaks;
    // Where nobody has kept ports before, none is missing.
    const missing = stored === undefined ? [] : this.#missing(services, hadHere);
    for (const finding of [...counted.findings, ...missing, ...findings]) {
      await this.#report.found("nodeport", finding);
    }
    return true;
  }

  #count(services: readonly Service[]): Counted {
    const offsets = new Set<number>();
    const findings: Finding[] = [];
    for (const service of services) {
      for (const port of holdingsOf(service).ports) {
        const [offset] = this.#claims.offsetsOf([port]);
        if (offset === undefined) {
          const range = formatBounds(this.#claims.bounds);
          const note = `Port ${port} is not within the port range ${range}; please recreate service`;
          findings.push(finding("outOfRange", "PortOutOfRange", service, note));
        } else if (offsets.has(offset)) {
          const note = `Port ${port} was assigned to multiple services; please recreate service`;
          findings.push(finding("duplicate", "PortAlreadyAllocated", service, note));
        } else offsets.add(offset);
      }
    }
    return { offsets, findings };
  }

  #missing(services: readonly Service[], had: ReadonlySet<number>): Finding[] {
    return services.flatMap((service) =>
      [...holdingsOf(service).ports]
        .filter((port) => this.#claims.offsetsOf([port]).some((offset) => !had.has(offset)))
        .map((port) => {
          const note = `Port ${port} is not allocated; repairing`;
          return finding("repair", "PortNotAllocated", service, note);
        }),
    );
  }

  /** Where some services cannot be read, any port may be theirs: none is given back. */
  #leaksOf(had: ReadonlySet<number>, used: ReadonlySet<number>, keepsAll: boolean) {
    const leaks = new Map<number, number>();
    const kept: number[] = [];
    const findings: Finding[] = [];
    for (const offset of had) {
      if (used.has(offset)) continue;
      const left = this.#leaks.get(offset) ?? repairsBeforeRelease - 1;
      if (left > 0 || keepsAll) {
        leaks.set(offset, keepsAll ? left : left - 1);
        kept.push(offset);
      } else findings.push({ type: "leak" });
    }
    return { leaks, kept, findings };
  }
}

function finding(
  type: Finding["type"],
  reason: string,
  { metadata }: Service,
  note: string,
): Finding {
  const { name = "", namespace = "", uid = "" } = metadata;
  const about = { kind: "Service", name, namespace, uid } as const;
  return { type, event: { about, reason, action: "PortAllocation", note } };
}
