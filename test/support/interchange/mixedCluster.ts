import { generateKeyPairSync } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createAuthority, issue, openAuthority } from "../../../lib/api/pki/certificates.js";
import type { ServerPrograms } from "../../bench/peers/peer.js";
import { NodeRig, rigAddress } from "../nodes/nodeRig.js";
import { until } from "../nodes/until.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const serviceRange = "10.96.0.0/16";
const podRange = "10.20.0.0/16";
const token = "mixed-administrator";
const securePort = 6443;
const cgroups = "/sys/fs/cgroup";

export type Maker = "ours" | "upstream";
export const components = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
] as const;
export type Component = (typeof components)[number];

const ourPrograms: Readonly<Record<Component, string>> = {
  "kube-apiserver": "kubeApiserver",
  "kube-controller-manager": "kubeControllerManager",
  "kube-scheduler": "kubeScheduler",
  kubelet: "kubelet",
  "kube-proxy": "kubeProxy",
};

export interface MixedPrograms extends ServerPrograms {
  readonly scheduler: string;
  /** The controller manager, kubelet and proxy, by the first argument. */
  readonly components: string;
}

/**
 * A cluster of one node whose components are ours or upstream's, each by itself: on one etcd, with
 * containerd, in a network namespace of its own. Any of them can be exchanged while all else goes
 * on. The same flags for both.
 */
export class MixedCluster {
  readonly rig = new NodeRig();
  readonly #programs: MixedPrograms;
  readonly #makers = new Map<Component, Maker>();

  constructor(programs: MixedPrograms) {
    this.#programs = programs;
  }

  get #directory(): string {
    return join(this.rig.directory, "cluster");
  }

  #file(name: string): string {
    return join(this.#directory, name);
  }

  async start(maker: Maker): Promise<void> {
    await this.rig.open();
    mkdirSync(this.#directory);
    // A kernel without a route refuses a packet before the rules see it.
    this.rig.run(["ip", "link", "add", "dead0", "type", "veth", "peer", "name", "dead1"]);
    for (const end of ["dead0", "dead1"]) this.rig.run(["ip", "link", "set", end, "up"]);
    this.rig.run(["ip", "route", "add", serviceRange, "dev", "dead0"]);
    this.rig.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"]);
    makeCgroups(this.rig.name);
    await this.#writeFiles();
    const urls = ["--listen-client-urls", "--advertise-client-urls"];
    this.rig.daemon(
      "etcd",
      this.rig.inside([
        ...[this.#programs.etcd, "--data-dir", this.#file("etcd"), "--log-level", "error"],
        ...urls.flatMap((flag) => [flag, "http://127.0.0.1:2379"]),
      ]),
    );
    for (const component of components) await this.put(component, maker);
  }

  /** Makes the component that maker's; the other one is ended before. */
  async put(component: Component, maker: Maker): Promise<void> {
    if (this.#makers.get(component) === maker) return;
    await this.#begin(component, maker);
    if (component !== "kube-apiserver") return;
    await until("the API server", () => this.attempt("get", "--raw=/readyz").status === 0);
    // What has found gRPC at ours goes on looking for it there (docs/etcd.md).
    for (const [other, its] of this.#makers) {
      if (other !== component && its === "ours") await this.#begin(other, its);
    }
  }

  async #begin(component: Component, maker: Maker): Promise<void> {
    await this.rig.end(component);
    this.#makers.set(component, maker);
    const command = [...this.#program(component, maker), ...this.#flags(component)];
    const own = maker === "ours" ? ourFlags[component] : upstreamFlags[component];
    const where = component === "kubelet" ? "node" : "network";
    const flags = own?.(this.#directory) ?? [];
    this.rig.daemon(component, this.rig.inside([...command, ...flags], where));
  }

  #program(component: Component, maker: Maker): string[] {
    if (maker === "ours") {
      return [process.execPath, `${root}dist/bundle/cmd/bin/${ourPrograms[component]}.js`];
    }
    const { apiserver, scheduler, components: others } = this.#programs;
    if (component === "kube-apiserver") return [apiserver];
    return component === "kube-scheduler" ? [scheduler] : [others, component];
  }

  #flags(component: Component): string[] {
    const kubeconfig = `--kubeconfig=${this.#file("kubeconfig")}`;
    const asking = ["authentication", "authorization"].map(
      (what) => `--${what}-kubeconfig=${this.#file("kubeconfig")}`,
    );
    const certificates = `--cert-dir=${this.#file(component)}`;
    switch (component) {
      case "kube-apiserver":
        return [
          ...["--etcd-servers=http://127.0.0.1:2379", `--secure-port=${securePort}`],
          ...[`--bind-address=${rigAddress}`, `--advertise-address=${rigAddress}`, certificates],
          ...["--authorization-mode=RBAC", `--token-auth-file=${this.#file("tokens.csv")}`],
          ...[`--tls-cert-file=${this.#file("serving.pem")}`],
          ...[`--tls-private-key-file=${this.#file("serving-key.pem")}`],
          ...["--service-account-issuer=https://kubernetes.default.svc.cluster.local"],
          ...[`--service-account-key-file=${this.#file("accounts.pub")}`],
          ...[`--service-account-signing-key-file=${this.#file("accounts.key")}`],
          `--service-cluster-ip-range=${serviceRange}`,
        ];
      case "kube-controller-manager":
        return [
          ...[kubeconfig, ...asking, certificates, "--leader-elect=false", "--secure-port=10257"],
          ...["--allocate-node-cidrs", `--cluster-cidr=${podRange}`],
          ...[`--root-ca-file=${this.#file("ca.pem")}`],
          ...[`--service-account-private-key-file=${this.#file("accounts.key")}`],
        ];
      case "kube-scheduler":
        return [kubeconfig, ...asking, "--leader-elect=false", "--secure-port=10259"];
      case "kubelet":
        return [
          ...[kubeconfig, `--config=${this.#file("kubelet.json")}`, certificates],
          ...[`--hostname-override=${rigAddress}`, `--node-ip=${rigAddress}`],
          `--root-dir=${this.#file("kubelet-root")}`,
        ];
      case "kube-proxy":
        return [
          ...[kubeconfig, `--hostname-override=${rigAddress}`, `--bind-address=${rigAddress}`],
          ...["--proxy-mode=iptables", `--cluster-cidr=${podRange}`],
          // The kernel's numbers are not this namespace's to change.
          ...["--conntrack-max-per-core=0", "--conntrack-min=0"],
          ...["established", "close-wait"].map((what) => `--conntrack-tcp-timeout-${what}=0s`),
        ];
    }
  }

  async #writeFiles(): Promise<void> {
    const write = (name: string, text: string): void =>
      writeFileSync(this.#file(name), text, { mode: 0o600 });
    const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
    const authority = await createAuthority({ commonName: "mixed" }, validity);
    const names = {
      dns: ["localhost", "kubernetes.default.svc"],
      ips: [rigAddress, "127.0.0.1", "10.96.0.1"],
    };
    const opened = await openAuthority(authority);
    const serving = await issue(opened, { commonName: "server" }, ["server"], names, validity);
    write("ca.pem", authority.certificate);
    write("serving.pem", serving.certificate);
    write("serving-key.pem", serving.key);
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    write("accounts.key", pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    write("accounts.pub", pair.publicKey.export({ type: "spki", format: "pem" }).toString());
    write("tokens.csv", `${token},administrator,1,"system:masters"\n`);
    const server = `https://${rigAddress}:${securePort}`;
    const cluster = { server, "certificate-authority": this.#file("ca.pem") };
    const config = {
      ...{ apiVersion: "v1", kind: "Config", "current-context": "c" },
      clusters: [{ name: "c", cluster }],
      users: [{ name: "c", user: { token } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
    };
    write("kubeconfig", JSON.stringify(config));
    write("kubelet.json", JSON.stringify(this.#kubeletSettings()));
  }

  #kubeletSettings(): object {
    return {
      ...{ apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration" },
      ...{ address: rigAddress, cgroupDriver: "cgroupfs", cgroupRoot: `/${this.rig.name}` },
      containerRuntimeEndpoint: `unix://${this.rig.socket}`,
      ...{ failSwapOn: false, failCgroupV1: false, staticPodPath: "", syncFrequency: "1s" },
      authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
      authorization: { mode: "AlwaysAllow" },
      // The machine's disk is whatever it is.
      evictionHard: { "memory.available": "1Mi" },
      ...{ imageGCHighThresholdPercent: 100, clusterDNS: ["10.96.0.10"] },
      clusterDomain: "cluster.local",
    };
  }

  attempt(...args: string[]) {
    return this.rig.attempt(["kubectl", `--kubeconfig=${this.#file("kubeconfig")}`, ...args]);
  }

  kubectl(...args: string[]): string {
    const { status, stdout, stderr } = this.attempt(...args);
    if (status !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  apply(...items: object[]): void {
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    const command = ["kubectl", `--kubeconfig=${this.#file("kubeconfig")}`, "create", "-f", "-"];
    this.rig.run(command, { input: list });
  }
}

/** Upstream's kubelet takes a root that is there: with version 1 in every hierarchy of cgroups. */
function makeCgroups(name: string): void {
  if (existsSync(join(cgroups, "cgroup.controllers"))) {
    mkdirSync(join(cgroups, name), { recursive: true });
    return;
  }
  for (const hierarchy of readdirSync(cgroups)) {
    const parent = join(cgroups, hierarchy);
    if (!existsSync(join(parent, "cgroup.procs")) || lstatSync(parent).isSymbolicLink()) continue;
    const own = join(parent, name);
    mkdirSync(own, { recursive: true });
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      const inherited = join(parent, file);
      if (existsSync(inherited)) writeFileSync(join(own, file), readFileSync(inherited));
    }
  }
}

type OwnFlags = Partial<Record<Component, (directory: string) => string[]>>;

const ourFlags: OwnFlags = {
  "kube-apiserver": (directory) => [
    ...[`--data-dir=${join(directory, "ours")}`, "--insecure-port=0", "--grpc-port=6444"],
  ],
};
const upstreamFlags: OwnFlags = {};
