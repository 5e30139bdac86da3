import type { Counter } from "../../api/metrics/counter.js";
import type { Gauge } from "../../api/metrics/gauge.js";
import type { Histogram } from "../../api/metrics/histogram.js";
import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";

/** static: asked for by number; dynamic: drawn. */
export type AllocationScope = "static" | "dynamic";

/** How much of something is held, and how much is left. */
export interface Held {
  readonly allocated: number;
  readonly available: number;
}

/** What is held now, as far as it is known here without asking; absent: it is not. */
export interface HeldNow {
  /** By the range, as it is written. */
  readonly addresses?: ReadonlyMap<string, Held>;
  readonly ports?: Held;
}

/** Of a cluster address, or of a node port where there is no range. */
export type AllocationTarget = string | undefined;

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Registered {
  readonly addresses: Counter;
  readonly addressErrors: Counter;
  readonly ports: Counter;
  readonly portErrors: Counter;
  readonly seconds: Histogram;
}

/** Addresses and node ports of services that were given or refused, under upstream's names. */
export class AllocatorMetrics {
  #registered: Registered | undefined;
  /** Asked before each exposition. */
  look: () => HeldNow = () => ({});

  countIn(registry: MetricsRegistry): void {
    const ip = "kube_apiserver_clusterip_allocator";
    const port = "kube_apiserver_nodeport_allocator";
    const byRange = ["cidr", "scope"];
    this.#registered = {
      addresses: registry.counter(
        `${ip}_allocation_total`,
        "Cluster addresses that were given to services.",
        byRange,
      ),
      addressErrors: registry.counter(
        `${ip}_allocation_errors_total`,
        "Cluster addresses that could not be given.",
        byRange,
      ),
      ports: registry.counter(
        `${port}_allocation_total`,
        "Node ports that were given to services.",
        ["scope"],
      ),
      portErrors: registry.counter(
        `${port}_allocation_errors_total`,
        "Node ports that could not be given.",
        ["scope"],
      ),
      seconds: registry.histogram(
        `${ip}_allocation_duration_seconds`,
        "Time until a service's cluster addresses were chosen.",
        ["cidr"],
        buckets,
      ),
    };
    const gauges = (prefix: string, what: string, labels: readonly string[]) => ({
      allocated: registry.gauge(`${prefix}_allocated_${what}`, `Held ${what} of services.`, labels),
      available: registry.gauge(
        `${prefix}_available_${what}`,
        `Free ${what} for services.`,
        labels,
      ),
    });
    const addresses = gauges(ip, "ips", ["cidr"]);
    const ports = gauges(port, "ports", []);
    registry.onCollect(() => {
      const now = this.look();
      for (const [range, held] of now.addresses ?? []) set(addresses, held, range);
      if (now.ports !== undefined) set(ports, now.ports);
    });
  }

  given(range: AllocationTarget, scope: AllocationScope): void {
    if (range === undefined) this.#registered?.ports.with(scope).increment();
    else this.#registered?.addresses.with(range, scope).increment();
  }

  refused(range: AllocationTarget, scope: AllocationScope): void {
    if (range === undefined) this.#registered?.portErrors.with(scope).increment();
    else this.#registered?.addressErrors.with(range, scope).increment();
  }

  took(range: string, milliseconds: number): void {
    this.#registered?.seconds.with(range).observe(milliseconds / 1000);
  }
}

function set(
  { allocated, available }: { readonly allocated: Gauge; readonly available: Gauge },
  held: Held,
  ...labels: string[]
): void {
  allocated.with(...labels).set(held.allocated);
  available.with(...labels).set(held.available);
}
