import type { Platform } from "../../platform/platform.js";
import type { ClusterPki } from "../clusterPki.js";
import { kubeconfigText } from "../kubeconfigText.js";
import type { NodePlan, PlannedNode } from "./nodePlan.js";

/** Of a proxy, on its node's address. */
export const proxyHealthPort = 10_256;

export interface NodeArguments {
  readonly kubelet: readonly string[];
  readonly proxy: readonly string[];
}

function kubeletConfiguration(node: PlannedNode, socket: string, authority: string): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: node.address,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: authority },
    },
    authorization: { mode: "Webhook" },
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${node.cgroup}`,
    // A pod's full name, in its own hosts file too, ends with it.
    clusterDomain: "cluster.local",
    containerRuntimeEndpoint: `unix://${socket}`,
    failSwapOn: false,
    healthzPort: 0,
    podLogsDir: `${node.directory}/logs/pods`,
  };
}

/** The arguments of a node's kubelet and kube-proxy, which name the files of writeNodeFiles. */
export function nodeArguments(plan: NodePlan, node: PlannedNode): NodeArguments {
  const kubeconfig = (name: string): string => `--kubeconfig=${node.directory}/${name}.kubeconfig`;
  return {
    kubelet: [
      kubeconfig("kubelet"),
      `--config=${node.directory}/kubelet.json`,
      `--hostname-override=${node.name}`,
      `--node-ip=${node.address}`,
      `--root-dir=${node.directory}/kubelet`,
    ],
    proxy: [
      kubeconfig("kube-proxy"),
      `--hostname-override=${node.name}`,
      `--bind-address=${node.address}`,
      `--healthz-bind-address=${node.address}:${proxyHealthPort}`,
      `--metrics-bind-address=${node.address}:10249`,
      `--cluster-cidr=${plan.clusterCidr}`,
      "--proxy-mode=iptables",
      // The kernel's table is the whole machine's: its size and timeouts stay as they are.
      ...["--conntrack-max-per-core=0", "--conntrack-min=0"],
      ...["--conntrack-tcp-timeout-established=0s", "--conntrack-tcp-timeout-close-wait=0s"],
    ],
  };
}

/** Credentials and settings of a node's components, below its directory. */
export async function writeNodeFiles(
  { files }: Pick<Platform, "files">,
  pki: ClusterPki,
  node: PlannedNode,
  socket: string,
  server: string,
): Promise<void> {
  const certificateAuthorities = pki.authority.certificate;
  const authority = `${node.directory}/ca.pem`;
  await files.replaceFile(authority, certificateAuthorities, 0o600);
  const configuration = JSON.stringify(kubeletConfiguration(node, socket, authority), null, 2);
  await files.replaceFile(`${node.directory}/kubelet.json`, configuration, 0o600);
  const users = [
    { file: "kubelet", userName: `system:node:${node.name}`, groups: ["system:nodes"] },
    { file: "kube-proxy", userName: "system:kube-proxy", groups: [] },
  ];
  for (const { file, userName, groups } of users) {
    // A file for each node: they are written at the same time.
    const pair = await pki.client(`${file}-${node.name}`, userName, groups);
    const cluster = { clusterName: "steersman", server, certificateAuthorities };
    const text = kubeconfigText({ ...cluster, userName, ...pair });
    await files.replaceFile(`${node.directory}/${file}.kubeconfig`, text, 0o600);
  }
}
