import type { Pod } from "../../api/gen/types/coreV1.js";
import type { PodSandboxConfig } from "../cri/runtime.js";
import { podUid } from "./podIdentity.js";

/** What a resolver heeds at most; upstream leaves the rest out. */
const maxNameservers = 3;
const maxSearches = 32;
const maxSearchLineLength = 2_048;
/** Some resolvers abort at a longer one. */
const maxSearchLength = 253;

/** What a resolv.conf says. */
export interface ResolvConf {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

export interface PodDnsSettings {
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  /** Of the node, for dnsPolicy Default. */
  readonly resolvConf: ResolvConf;
}

/** An event of the pod that is due when its sandbox is made. */
export interface DnsWarning {
  readonly reason: "DNSConfigForming" | "MissingClusterDNS";
  readonly message: string;
}

export interface PodDns {
  readonly config: PodSandboxConfig["dns"];
  readonly warnings: readonly DnsWarning[];
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];

/** The later of two of one name wins, and stands where the first did. */
function mergedOptions(options: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const option of options) byName.set(option.split(":")[0] ?? option, option);
  return [...byName.values()];
}

function wantsCluster({ spec }: Pod): boolean {
  const policy = spec.dnsPolicy ?? "ClusterFirst";
  return policy === "ClusterFirstWithHostNet" || (policy === "ClusterFirst" && !spec.hostNetwork);
}

function ofCluster(
  pod: Pod,
  { clusterDns, clusterDomain, resolvConf }: PodDnsSettings,
): ResolvConf {
  const namespace = pod.metadata.namespace;
  const own =
    clusterDomain === ""
      ? []
      : [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  // The root alone is what a node without a resolv.conf searches.
  const node = resolvConf.searches.filter((search) => search !== ".");
  return { servers: clusterDns, searches: unique([...own, ...node]), options: ["ndots:5"] };
}

function missingClusterDns(pod: Pod): DnsWarning {
  const { name, namespace } = pod.metadata;
  const message =
    `pod: "${name}_${namespace}(${podUid(pod)})". kubelet does not have ClusterDNS IP configured ` +
    'and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.';
  return { reason: "MissingClusterDNS", message };
}

function fittingSearches(searches: readonly string[]): string[] {
  const fitting = searches.slice(0, maxSearches).filter((one) => one.length <= maxSearchLength);
  while (fitting.join(" ").length > maxSearchLineLength) fitting.pop();
  return fitting;
}

function fitLimits(wanted: ResolvConf, warnings: DnsWarning[]): PodSandboxConfig["dns"] {
  const servers = wanted.servers.slice(0, maxNameservers);
  const searches = fittingSearches(wanted.searches);
  const warn = (text: string): void => {
    warnings.push({ reason: "DNSConfigForming", message: text });
  };
  if (servers.length < wanted.servers.length) {
    warn(
      "Nameserver limits were exceeded, some nameservers have been omitted, the applied " +
        `nameserver line is: ${servers.join(" ")}`,
    );
  }
  if (searches.length < wanted.searches.length) {
    warn(
      "Search Line limits were exceeded, some search paths have been omitted, the applied " +
        `search line is: ${searches.join(" ")}`,
    );
  }
  return { servers, searches, options: [...wanted.options] };
}

/** What /etc/resolv.conf of the pod says, by its dnsPolicy and dnsConfig. */
export function podDns(pod: Pod, settings: PodDnsSettings): PodDns {
  const warnings: DnsWarning[] = [];
  let base: ResolvConf = settings.resolvConf;
  if (pod.spec.dnsPolicy === "None") base = { servers: [], searches: [], options: [] };
  else if (wantsCluster(pod)) {
    if (settings.clusterDns.length > 0) base = ofCluster(pod, settings);
    else warnings.push(missingClusterDns(pod));
  }
  const own = pod.spec.dnsConfig;
  if (own === undefined) return { config: fitLimits(base, warnings), warnings };
  const options = (own.options ?? []).map(({ name = "", value }) =>
    value === undefined || value === "" ? name : `${name}:${value}`,
  );
  const merged: ResolvConf = {
    servers: unique([...base.servers, ...(own.nameservers ?? [])]),
    searches: unique([...base.searches, ...(own.searches ?? [])]),
    options: mergedOptions([...base.options, ...options]),
  };
  return { config: fitLimits(merged, warnings), warnings };
}

/** Reads a resolv.conf: servers and options add up, the last search line counts. */
export function parseResolvConf(text: string): ResolvConf {
  const servers: string[] = [];
  let searches: string[] = [];
  let options: string[] = [];
  for (const line of text.split("\n")) {
    const [key, ...values] = line.trim().split(/\s+/);
    if (key === "nameserver" && values[0]) servers.push(values[0]);
    // With and without a dot at its end a domain is the same one.
    else if (key === "search") {
      searches = values.filter((one) => one !== ".").map((one) => one.replace(/\.$/, ""));
    } else if (key === "options") options = mergedOptions([...options, ...values]);
  }
  return { servers, searches, options };
}
