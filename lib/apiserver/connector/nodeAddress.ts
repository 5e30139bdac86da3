import type { ObjectTree } from "../admission/admissionPlugin.js";

/** Upstream's default for --kubelet-preferred-address-types. */
export const defaultPreferredAddressTypes: readonly string[] = [
  "Hostname",
  "InternalDNS",
  "InternalIP",
  "ExternalDNS",
  "ExternalIP",
];

export interface NodeEndpoint {
  readonly host: string;
  readonly port: number;
}

interface NodeTree {
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port?: number } };
  };
}

/** Where a node's kubelet is reached. Throws where the node has no address of the wanted types. */
export function kubeletEndpoint(
  node: ObjectTree,
  preferredTypes: readonly string[],
  defaultPort: number,
): NodeEndpoint {
  const { status } = node as NodeTree;
  const addresses = status?.addresses ?? [];
  for (const type of preferredTypes) {
    const found = addresses.find((one) => one.type === type);
    if (found) {
      const port = status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
      return { host: found.address, port: port > 0 ? port : defaultPort };
    }
  }
  const known = addresses.map(({ type, address }) => `{${type} ${address}}`).join(" ");
  throw new Error(`no preferred addresses found; known addresses: [${known}]`);
}

/** `host:port`, brackets about an IPv6 address. */
export function joinHostPort(host: string, port: number | string): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
