import { gitVersion } from "../api/versions.js";
import type { DnsCounts, DnsFlow } from "../native/gen/addon.js";

const typeNames: Readonly<Record<number, string>> = {
  1: "A",
  2: "NS",
  5: "CNAME",
  6: "SOA",
  12: "PTR",
  15: "MX",
  16: "TXT",
  28: "AAAA",
  33: "SRV",
  43: "DS",
  65: "HTTPS",
  255: "ANY",
};
const codeNames = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];
const badVersion = 16;

function codeName(code: number): string {
  return codeNames[code] ?? (code === badVersion ? "BADVERS" : String(code));
}

/** One metric in Prometheus' text format; series without a count are left out. */
class MetricText {
  readonly #lines: string[];
  readonly #name: string;

  constructor(name: string, help: string, type: "counter" | "gauge" | "histogram") {
    this.#name = name;
    this.#lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
  }

  add(labels: Readonly<Record<string, string>>, value: number, suffix = ""): void {
    const text = Object.entries(labels)
      .map(([label, of]) => `${label}="${of.replaceAll(/["\\]/g, "\\$&")}"`)
      .join(",");
    this.#lines.push(`${this.#name}${suffix}${text === "" ? "" : `{${text}}`} ${value}`);
  }

  /** Counts by bucket, one more for what is beyond them all, then the sum. */
  addHistogram(
    labels: Readonly<Record<string, string>>,
    bounds: readonly number[],
    values: readonly number[],
    sumScale = 1,
  ): void {
    let total = 0;
    for (let index = 0; index <= bounds.length; index++) {
      total += values[index] ?? 0;
      const le = bounds[index] === undefined ? "+Inf" : String(bounds[index]);
      this.add({ ...labels, le }, total, "_bucket");
    }
    this.add(labels, (values[bounds.length + 1] ?? 0) * sumScale, "_sum");
    this.add(labels, total, "_count");
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}

interface Labels {
  readonly server: string;
  readonly zone: string;
}

function zoneOf(flow: DnsFlow, domain: string): string {
  return flow.isClusterZone ? `${domain}.` : ".";
}

function requests(counts: DnsCounts, labelsOf: (flow: DnsFlow) => Labels): MetricText {
  const text = new MetricText("coredns_dns_requests_total", "Queries that came.", "counter");
  for (const flow of counts.flows) {
    const proto = flow.isTcp ? "tcp" : "udp";
    flow.types.forEach((count, index) => {
      if (count === 0) return;
      const family = index < counts.types.length ? "1" : "2";
      const type = typeNames[counts.types[index % counts.types.length] ?? 0] ?? "other";
      text.add({ ...labelsOf(flow), view: "", proto, family, type }, count);
    });
  }
  return text;
}

function responses(counts: DnsCounts, labelsOf: (flow: DnsFlow) => Labels): MetricText {
  const text = new MetricText("coredns_dns_responses_total", "Responses by code.", "counter");
  const totals = new Map<string, { labels: Record<string, string>; count: number }>();
  for (const flow of counts.flows) {
    flow.codes.forEach((count, code) => {
      if (count === 0) return;
      const plugin = flow.isClusterZone ? "kubernetes" : "forward";
      const labels = { ...labelsOf(flow), view: "", rcode: codeName(code), plugin };
      const key = JSON.stringify(labels);
      totals.set(key, { labels, count: count + (totals.get(key)?.count ?? 0) });
    });
  }
  for (const { labels, count } of totals.values()) text.add(labels, count);
  return text;
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

function histograms(counts: DnsCounts, labelsOf: (flow: DnsFlow) => Labels): MetricText[] {
  const seconds = new MetricText(
    "coredns_dns_request_duration_seconds",
    "Seconds that a response took.",
    "histogram",
  );
  const requestBytes = new MetricText(
    "coredns_dns_request_size_bytes",
    "Bytes of queries.",
    "histogram",
  );
  const responseBytes = new MetricText(
    "coredns_dns_response_size_bytes",
    "Bytes of responses.",
    "histogram",
  );
  for (const flow of counts.flows) {
    if (sum(flow.codes) === 0) continue;
    const labels = { ...labelsOf(flow), view: "", proto: flow.isTcp ? "tcp" : "udp" };
    seconds.addHistogram(labels, counts.seconds, flow.nanoseconds, 1e-9);
    requestBytes.addHistogram(labels, counts.bytes, flow.requestBytes);
    responseBytes.addHistogram(labels, counts.bytes, flow.responseBytes);
  }
  return [seconds, requestBytes, responseBytes];
}

/**
 * What a DNS server has counted, under CoreDNS's names where the same thing is meant, and its own
 * elsewhere.
 */
export function dnsMetricsText(
  counts: DnsCounts,
  size: { readonly services: number; readonly endpoints: number },
  { server, domain }: { readonly server: string; readonly domain: string },
): string {
  const labelsOf = (flow: DnsFlow): Labels => ({ server, zone: zoneOf(flow, domain) });
  const one = (
    name: string,
    help: string,
    value: number,
    type: "counter" | "gauge" = "counter",
    labels: Readonly<Record<string, string>> = {},
  ): MetricText => {
    const text = new MetricText(name, help, type);
    text.add(labels, value);
    return text;
  };
  const metrics = [
    one("steersman_build_info", "This program.", 1, "gauge", { version: gitVersion }),
    requests(counts, labelsOf),
    responses(counts, labelsOf),
    ...histograms(counts, labelsOf),
    one(
      "coredns_cache_hits_total",
      "Responses of other servers that were known still.",
      counts.cacheHits,
      "counter",
      { server, type: "", zones: ".", view: "" },
    ),
    one("coredns_cache_misses_total", "Responses that were not.", counts.cacheMisses, "counter", {
      ...{ server, zones: ".", view: "" },
    }),
    one("coredns_cache_entries", "Responses that are kept.", counts.cachedResponses, "gauge", {
      ...{ server, type: "", zones: ".", view: "" },
    }),
    one(
      "coredns_forward_max_concurrent_rejects_total",
      "Queries that were refused since too many waited for other servers.",
      counts.forwardRefused,
    ),
    one("steersman_dns_forwarded_total", "Questions to other servers.", counts.forwarded),
    one(
      "steersman_dns_forward_failures_total",
      "Questions that no other server answered.",
      counts.forwardFailures,
    ),
    one(
      "steersman_dns_tcp_connections_total",
      "Connections that were accepted.",
      counts.connections,
    ),
    one(
      "steersman_dns_tcp_connections_cut_total",
      "Connections that came when there were too many, each in the place of a silent one.",
      counts.connectionsCut,
    ),
    one("steersman_dns_services", "Services that are known.", size.services, "gauge"),
    one(
      "steersman_dns_endpoints",
      "Addresses of ready endpoints that are known.",
      size.endpoints,
      "gauge",
    ),
  ];
  return `${metrics.flatMap((metric) => metric.lines).join("\n")}\n`;
}
