import type { HostAlias } from "../../api/gen/types/coreV1.js";

export interface HostsInputs {
  readonly podIps: readonly string[];
  readonly hostname: string;
  readonly fullHostname: string | undefined;
  readonly aliases: readonly HostAlias[];
  /** The node's own file, for pods on the host's network. */
  readonly nodeHosts: string | undefined;
}

/** What /etc/hosts of a pod says. */
export function hostsFile(inputs: HostsInputs): string {
  const lines: string[] = [];
  if (inputs.nodeHosts !== undefined) {
    lines.push("# Kubernetes-managed hosts file (host network).", inputs.nodeHosts.trimEnd());
  } else {
    lines.push(
      "# Kubernetes-managed hosts file.",
      "127.0.0.1\tlocalhost",
      "::1\tlocalhost ip6-localhost ip6-loopback",
      "fe00::0\tip6-localnet",
      "fe00::0\tip6-mcastprefix",
      "fe00::1\tip6-allnodes",
      "fe00::2\tip6-allrouters",
    );
    const names = [inputs.fullHostname, inputs.hostname].filter((name) => name !== undefined);
    for (const ip of inputs.podIps) lines.push([ip, ...names].join("\t"));
  }
  if (inputs.aliases.length > 0) {
    lines.push("", "# Entries added by HostAliases.");
    for (const alias of inputs.aliases)
      lines.push([alias.ip, ...(alias.hostnames ?? [])].join("\t"));
  }
  return `${lines.join("\n")}\n`;
}
