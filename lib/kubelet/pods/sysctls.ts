import type { Pod } from "../../api/gen/types/coreV1.js";
import type { Refusal } from "./podAdmission.js";

/** Namespaced, and without effect on other pods or the node. */
const safeSysctls: readonly string[] = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
];

/** Which of a pod's namespaces a sysctl belongs to; undefined where it is the whole node's. */
function namespaceOf(name: string): "ipc" | "network" | undefined {
  if (name === "kernel.sem" || /^(?:kernel\.shm|kernel\.msg|fs\.mqueue\.)/.test(name)) return "ipc";
  return name.startsWith("net.") ? "network" : undefined;
}

/** With dots, as it is written in lists: `net/ipv4/x` is `net.ipv4.x`. */
function dotted(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  if (first !== "/") return name;
  return name.replace(/[./]/g, (separator) => (separator === "/" ? "." : "/"));
}

function isListed(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}

/**
 * What is wrong with a pattern of --allowed-unsafe-sysctls: a sysctl, or the beginning of some
 * before a `*`, that is namespaced. Undefined when nothing is.
 */
export function sysctlPatternProblem(pattern: string): string | undefined {
  const name = pattern.endsWith("*") ? pattern.slice(0, -1) : pattern;
  if (!/^[a-z0-9][-_a-z0-9./]*$/.test(name)) return "it is not the name of a sysctl";
  const isNamespaced = namespaceOf(dotted(name)) !== undefined;
  return isNamespaced ? undefined : "it is not known to be namespaced: it would be the node's";
}

/** Refuses a pod that sets a sysctl which is neither safe nor allowed, or is not its own. */
export function sysctlRefusal(pod: Pod, allowedUnsafe: readonly string[]): Refusal | undefined {
  const allowed = [...safeSysctls, ...allowedUnsafe.map(dotted)];
  for (const { name } of pod.spec.securityContext?.sysctls ?? []) {
    const wanted = dotted(name);
    const namespace = namespaceOf(wanted);
    const why = !isListed(wanted, allowed)
      ? "not allowlisted"
      : namespace === "network" && pod.spec.hostNetwork
        ? "not allowed with host net enabled"
        : namespace === "ipc" && pod.spec.hostIPC
          ? "not allowed with host ipc enabled"
          : "";
    if (why === "") continue;
    const message = `Pod was rejected: forbidden sysctl: ${JSON.stringify(name)} ${why}`;
    return { reason: "SysctlForbidden", message };
  }
  return undefined;
}
