/** Stands in the rules that CNI's plugins make. */
export const cniNetworkName = "steersman";
/** What containerd puts the node's own range for, once the kubelet has told it. */
export const podCidrPlaceholder = "{{.PodCIDR}}";

/**
 * A node's pod network without a bridge: each pod has a pair of links of its own, and everything it
 * sends is routed by the node. So a service's rules see both ways of each packet, also between two
 * pods of one node and without the kernel's br_netfilter.
 */
export function routedCniConfig(dataDirectory: string, subnet = podCidrPlaceholder): string {
  const ipam = {
    type: "host-local",
    dataDir: dataDirectory,
    ranges: [[{ subnet }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  const plugins = [
    { type: "ptp", ipMasq: false, ipam },
    { type: "portmap", capabilities: { portMappings: true }, snat: true },
  ];
  return JSON.stringify({ cniVersion: "0.4.0", name: cniNetworkName, plugins }, null, 2);
}
