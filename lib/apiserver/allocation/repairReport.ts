import type { Counter } from "../../api/metrics/counter.js";
import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import { formatMicroTime } from "../../api/time.js";
import type { Clock } from "../../platform/clock.js";
import type { ServerObjects } from "../serverObjects.js";

/** What an event is about. */
export interface Regarding {
  readonly kind: "Service" | "IPAddress";
  readonly name: string;
  /** Empty for what is in no namespace. */
  readonly namespace: string;
  readonly uid: string;
}

export type FindingType = "leak" | "repair" | "outOfRange" | "duplicate" | "invalid" | "unknown";

/** Something that a repair has found, in upstream's words. */
export interface Finding {
  readonly type: FindingType;
  /** Absent: it is counted, and nobody is told. */
  readonly event?: {
    readonly about: Regarding;
    readonly reason: string;
    readonly action: string;
    readonly note: string;
  };
}

/** One of upstream's two repair controllers, by name. */
export type RepairName = "clusterip" | "nodeport";

const controllers = {
  clusterip: "ipallocator-repair-controller",
  nodeport: "portallocator-repair-controller",
} as const;

/** Tells of what was found: counts it, and writes events once the server serves. */
export class RepairReport {
  readonly #clock: Clock;
  #objects: ServerObjects | undefined;
  #found: Readonly<Record<RepairName, Counter>> | undefined;
  #failures: Readonly<Record<RepairName, Counter>> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Events are written through it from now on. */
  recordWith(objects: ServerObjects): void {
    this.#objects = objects;
  }

  countIn(registry: MetricsRegistry): void {
    const found = (subsystem: string, what: string): Counter =>
      registry.counter(
        `apiserver_${subsystem}_repair_${what}_errors_total`,
        `Faults of the ${subsystem}s of services that the repair found, by type.`,
        ["type"],
      );
    const failures = (subsystem: string): Counter =>
      registry.counter(
        `apiserver_${subsystem}_repair_reconcile_errors_total`,
        `Repairs of the ${subsystem}s of services that failed.`,
        [],
      );
    this.#found = { clusterip: found("clusterip", "ip"), nodeport: found("nodeport", "port") };
    this.#failures = { clusterip: failures("clusterip"), nodeport: failures("nodeport") };
  }

  failed(repair: RepairName): void {
    this.#failures?.[repair].with().increment();
  }

  async found(repair: RepairName, { type, event }: Finding): Promise<void> {
    this.#found?.[repair].with(type).increment();
    if (event === undefined || this.#objects === undefined) return;
    const { about, reason, action, note } = event;
    const namespace = about.namespace || "default";
    const apiVersion = about.kind === "Service" ? "v1" : "networking.k8s.io/v1";
    const now = this.#clock.now();
    await this.#objects.create("events.k8s.io", "events", namespace, {
      metadata: { name: `${about.name}.${now.toString(16)}`, namespace },
      eventTime: formatMicroTime(now * 1000),
      reportingController: controllers[repair],
      reportingInstance: controllers[repair],
      action,
      reason,
      note,
      type: "Warning",
      regarding: {
        apiVersion,
        kind: about.kind,
        name: about.name,
        uid: about.uid,
        ...(about.namespace === "" ? {} : { namespace: about.namespace }),
      },
    });
  }
}
