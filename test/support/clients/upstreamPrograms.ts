import { buildGoProgram, type GoProgramSource } from "./goProgram.js";

/** Flags of the linker that tell a program of upstream's which release it is of. */
export function releaseFlags(version: string): string {
  const [, minor = "", patch = ""] = version.split(".");
  const variables = {
    gitVersion: `v1.${minor}.${patch}`,
    gitMajor: "1",
    gitMinor: minor,
  };
  return Object.entries(variables)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(" ");
}

/** Upstream's kubectl of the release that is served, from test/interop/kubectl/client. */
const kubectlSource: GoProgramSource = {
  name: "kubectl",
  folder: "test/interop/kubectl/client",
  module: "k8s.io/kubectl",
  linkFlags: releaseFlags,
};

export const builtKubectl = (): string => buildGoProgram(kubectlSource);

/** Helm 3, from test/interop/helm/client. */
const helmSource: GoProgramSource = {
  name: "helm",
  folder: "test/interop/helm/client",
  module: "helm.sh/helm/v3",
  package: "helm.sh/helm/v3/cmd/helm",
};

export const builtHelm = (): string => buildGoProgram(helmSource);

/** Cases of client-go, from test/interop/goclient/client; some run in pods. */
const clientGoSource: GoProgramSource = {
  name: "goclient",
  folder: "test/interop/goclient/client",
  module: "k8s.io/client-go",
};

export const builtClientGo = (): string => buildGoProgram(clientGoSource);

/** etcd of the release that upstream's server is built with, from test/bench/peers/etcd. */
const etcdSource: GoProgramSource = {
  name: "etcd",
  folder: "test/bench/peers/etcd",
  module: "go.etcd.io/etcd/server/v3",
  package: "go.etcd.io/etcd/server/v3",
};

export const builtEtcd = (): string => buildGoProgram(etcdSource);

/** etcd's tool for snapshots and data directories, from test/interop/etcd/etcdutl. */
const etcdutlSource: GoProgramSource = {
  name: "etcdutl",
  folder: "test/interop/etcd/etcdutl",
  module: "go.etcd.io/etcd/etcdutl/v3",
  package: "go.etcd.io/etcd/etcdutl/v3",
};

export const builtEtcdutl = (): string => buildGoProgram(etcdutlSource);

/** CoreDNS with the plugins of kubeadm's Corefile, from test/interop/dns/coredns. */
const coreDnsSource: GoProgramSource = {
  name: "coredns",
  folder: "test/interop/dns/coredns",
  module: "github.com/coredns/coredns",
};

export const builtCoreDns = (): string => buildGoProgram(coreDnsSource);

/**
 * Upstream's controller manager, kubelet and proxy in one program, whose first argument says which
 * one it is: they share most of what is linked, and with kube-apiserver most of what is compiled.
 */
const componentsSource: GoProgramSource = {
  name: "components",
  folder: "test/interop/components/upstream",
  module: "k8s.io/kubernetes",
  linkFlags: releaseFlags,
};

export const builtComponents = (): string => buildGoProgram(componentsSource);
