import type { Platform } from "../../platform/platform.js";
import type { ClusterPki } from "../clusterPki.js";
import { kubeconfigText } from "../kubeconfigText.js";
import type { NodePlan, PlannedNode } from "./nodePlan.js";
import { clusterDomain } from "./nodesDns.js";

/** Of a proxy, on its node's address. */
export const proxyHealthPort = 10_256;

export interface NodeArguments {
  readonly kubelet: readonly string[];
  readonly proxy: readonly string[];
}

export interface NodeFilesOptions {
  readonly pki: ClusterPki;
  readonly node: PlannedNode;
  /** Of its containerd. */
  readonly socket: string;
  /** The API server's URL. */
  readonly server: string;
  /** Whom pods ask for names; without any, the servers of the node's own resolv.conf. */
  readonly clusterDns: readonly string[];
}

function kubeletConfiguration(
  { node, socket, clusterDns }: NodeFilesOptions,
  authority: string,
  resolvConf: string | undefined,
): object {
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
    clusterDomain,
    ...(clusterDns.length > 0 ? { clusterDNS: clusterDns } : {}),
    containerRuntimeEndpoint: `unix://${socket}`,
    failSwapOn: false,
    healthzPort: 0,
    podLogsDir: `${node.directory}/logs/pods`,
    ...(resolvConf === undefined ? {} : { resolvConf }),
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

const stubResolvConf = "/etc/resolv.conf";
/** What systemd-resolved itself asks; the other file names only its stub on loopback. */
const resolvedResolvConf = "/run/systemd/resolve/resolv.conf";

/**
 * Where the nameservers that pods can reach stand, where that is not /etc/resolv.conf: a pod has a
 * loopback of its own, on which nobody answers.
 */
async function podResolvConf(files: Platform["files"]): Promise<string | undefined> {
  const text = await files.readText(stubResolvConf).catch(() => "");
  const servers = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? "");
  const isStub = servers.length > 0 && servers.every((server) => server.startsWith("127."));
  return isStub && (await files.exists(resolvedResolvConf)) ? resolvedResolvConf : undefined;
}

/** Credentials and settings of a node's components, below its directory. */
export async function writeNodeFiles(
  { files }: Pick<Platform, "files">,
  options: NodeFilesOptions,
): Promise<void> {
  const { pki, node, server } = options;
  const certificateAuthorities = pki.authority.certificate;
  const authority = `${node.directory}/ca.pem`;
  await files.replaceFile(authority, certificateAuthorities, 0o600);
  const resolvConf = await podResolvConf(files);
  const settings = kubeletConfiguration(options, authority, resolvConf);
  const configuration = JSON.stringify(settings, null, 2);
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
