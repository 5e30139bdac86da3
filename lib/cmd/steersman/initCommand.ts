import { addressAt, parseCidr, parseIp } from "../../api/ipAddress.js";
import * as pki from "../../api/pki/certificates.js";
import type { AlternativeNames, CertifiedKey } from "../../api/pki/certifiedKey.js";
import { dns1123Subdomain } from "../../apiserver/registry/nameRules.js";
import { kubeconfigText } from "../../cluster/kubeconfigText.js";
import { dnsUser } from "../../dns/dnsService.js";
import type { Files } from "../../platform/files.js";
import type { Platform } from "../../platform/platform.js";
import { makePrivateDirectory } from "../../platform/privateDirectory.js";
import { etcdDirectory, writeEtcdFiles } from "./etcdFiles.js";

export interface InitFlags {
  /** Stands before every path that is written; `/` writes where the units look. */
  readonly dir: string;
  readonly address: string;
  readonly node: string;
  readonly serviceClusterIpRange: string;
  readonly clusterDns?: string;
  /** Where etcd is, if it is not on this machine. */
  readonly etcdAddress?: string;
  readonly force?: boolean;
}

const dayMilliseconds = 24 * 3600 * 1000;
const authorityYears = 30;
const certificateYears = 10;
const sslDirectory = "/etc/kubernetes/ssl";
/** The units run as root, and nobody else has to read these. */
const privateDirectories = [
  "/etc/kubernetes",
  sslDirectory,
  "/etc/kubernetes/pki",
  etcdDirectory,
  "/var/lib/etcd",
  "/var/lib/kubelet",
  "/var/lib/kube-proxy",
];
const pauseImage = "registry.local/baseimage/pause-amd64:3.1";

const isAddress = (text: string): boolean => parseIp(text) !== undefined;

/** An address of the service range; `what` has it. */
function serviceAddress(cidr: string, offset: number, what: string): string {
  const range = parseCidr(cidr);
  if (range?.family !== "IPv4") {
    throw new Error(`--service-cluster-ip-range: ${cidr} is no IPv4 CIDR`);
  }
  const address = addressAt(range, offset);
  if (address !== undefined) return address;
  throw new Error(`--service-cluster-ip-range: ${cidr} has no address for ${what}`);
}

/** The first address of a range: the Service `kubernetes` has it. */
const firstAddress = (cidr: string): string => serviceAddress(cidr, 1, "the Service kubernetes");

/** Whom pods ask for names: by default the tenth address, which the Service kube-dns has. */
function dnsServers({ clusterDns, serviceClusterIpRange }: InitFlags): string[] {
  if (clusterDns === "none") return [];
  if (clusterDns !== undefined) return clusterDns.split(",");
  const what = "cluster DNS; --cluster-dns says whom pods ask instead";
  return [serviceAddress(serviceClusterIpRange, 10, what)];
}

interface Identity {
  readonly file: string;
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly usages: readonly pki.CertificateUsage[];
  readonly names: AlternativeNames;
}

function identities(flags: InitFlags): Identity[] {
  const service = "kubernetes.default.svc";
  const client = (file: string, commonName: string, ...organizations: string[]): Identity => ({
    file,
    commonName,
    organizations,
    usages: ["client"],
    names: pki.noNames,
  });
  const node = isAddress(flags.node)
    ? { dns: [], ips: [...new Set([flags.node, flags.address])] }
    : { dns: [flags.node], ips: [flags.address] };
  return [
    {
      file: "kubernetes",
      commonName: "kubernetes",
      organizations: [],
      // The server is also a client: of etcd, by its unit.
      usages: ["server", "client"],
      names: {
        dns: [
          ...["kubernetes", "kubernetes.default", service, `${service}.cluster`],
          ...[`${service}.cluster.local`, "localhost"],
        ],
        ips: [...new Set(["127.0.0.1", flags.address, firstAddress(flags.serviceClusterIpRange)])],
      },
    },
    client("admin", "admin", "system:masters"),
    client("aggregator-proxy", "aggregator-proxy"),
    client("kube-controller-manager", "system:kube-controller-manager"),
    client("kube-scheduler", "system:kube-scheduler"),
    client("kube-proxy", "system:kube-proxy"),
    client("cluster-dns", dnsUser),
    {
      file: "kubelet",
      commonName: `system:node:${flags.node}`,
      organizations: ["system:nodes"],
      usages: ["client", "server"],
      names: node,
    },
  ];
}

function kubeletConfiguration(flags: InitFlags): string {
  const dns = dnsServers(flags);
  return [
    "apiVersion: kubelet.config.k8s.io/v1beta1",
    "kind: KubeletConfiguration",
    `address: ${JSON.stringify(flags.address)}`,
    "authentication:",
    "  anonymous:",
    "    enabled: false",
    "  webhook:",
    "    enabled: true",
    "  x509:",
    `    clientCAFile: ${sslDirectory}/ca.pem`,
    "authorization:",
    "  mode: Webhook",
    "cgroupDriver: cgroupfs",
    ...(dns.length > 0 ? [`clusterDNS: ${JSON.stringify(dns)}`] : []),
    "clusterDomain: cluster.local",
    "failSwapOn: false",
    `tlsCertFile: ${sslDirectory}/kubelet.pem`,
    `tlsPrivateKeyFile: ${sslDirectory}/kubelet-key.pem`,
    "",
  ].join("\n");
}

function checkFlags(flags: InitFlags): void {
  const { address, node, etcdAddress } = flags;
  if (!isAddress(address)) throw new Error(`--address: ${address} is no IP address`);
  if (etcdAddress !== undefined && !isAddress(etcdAddress)) {
    throw new Error(`--etcd-address: ${etcdAddress} is no IP address`);
  }
  const [wrong] = isAddress(node) ? [] : dns1123Subdomain(node);
  if (wrong !== undefined) throw new Error(`--node: ${JSON.stringify(node)}: ${wrong}`);
  const other = dnsServers(flags).find((server) => !isAddress(server));
  if (other === undefined) return;
  throw new Error(`--cluster-dns: ${JSON.stringify(other)} is neither none nor an IP address`);
}

/** What an earlier version left open is closed, whether it was written anew or not. */
async function closeDirectories(files: Files, root: string): Promise<void> {
  for (const directory of privateDirectories) {
    await makePrivateDirectory(files, `${root}${directory}`);
  }
}

/** Names of kubeconfigs and of their certificates, and whose they are. */
function usersOf({ node }: InitFlags): [file: string, user: string][] {
  return [
    ["kube-controller-manager", "system:kube-controller-manager"],
    ["kube-scheduler", "system:kube-scheduler"],
    ["kubelet", `system:node:${node}`],
    ["kube-proxy", "system:kube-proxy"],
    ["cluster-dns", dnsUser],
    ["admin", "admin"],
  ];
}

async function writeKubeconfigs(
  flags: InitFlags,
  certificateAuthorities: string,
  pairs: ReadonlyMap<string, CertifiedKey>,
  write: (path: string, text: string) => Promise<void>,
): Promise<void> {
  const host = flags.address.includes(":") ? `[${flags.address}]` : flags.address;
  for (const [file, userName] of usersOf(flags)) {
    const text = kubeconfigText({
      clusterName: "kubernetes",
      userName,
      server: `https://${host}:6443`,
      certificateAuthorities,
      ...(pairs.get(file) as CertifiedKey),
    });
    await write(`/etc/kubernetes/${file}.kubeconfig`, text);
  }
}

/**
 * `steersman init`: the files that the units in packaging/systemd name. Existing keys and
 * certificates are left alone unless forced, so that a second run changes no identity; kubeconfigs
 * and settings are written anew.
 */
export async function init(flags: InitFlags, platform: Platform): Promise<void> {
  const { files, clock, host } = platform;
  checkFlags(flags);
  const root = flags.dir.replace(/\/+$/, "");
  const written: string[] = [];
  const write = async (path: string, text: string): Promise<void> => {
    const full = `${root}${path}`;
    await files.makeDirectory(full.slice(0, full.lastIndexOf("/")), 0o700);
    await files.replaceFile(full, text, 0o600);
    written.push(full);
  };
  const now = clock.now();
  const validity = (years: number): pki.Validity => ({
    notBefore: now - dayMilliseconds,
    notAfter: now + years * 365 * dayMilliseconds,
  });
  const caFile = `${root}${sslDirectory}/ca.pem`;
  const caKeyFile = `${root}${sslDirectory}/ca-key.pem`;
  const hasAuthority =
    !flags.force && (await files.exists(caFile)) && (await files.exists(caKeyFile));
  const ca = hasAuthority
    ? { certificate: await files.readText(caFile), key: await files.readText(caKeyFile) }
    : await pki.createAuthority({ commonName: "kubernetes" }, validity(authorityYears));
  if (!hasAuthority) {
    await write(`${sslDirectory}/ca-key.pem`, ca.key);
    await write(`${sslDirectory}/ca.pem`, ca.certificate);
  }
  const authority = await pki.openAuthority(ca);
  const pairs = new Map<string, CertifiedKey>();
  for (const identity of identities(flags)) {
    const path = `${sslDirectory}/${identity.file}`;
    const isThere = !flags.force && hasAuthority && (await files.exists(`${root}${path}.pem`));
    const pair = isThere
      ? {
          certificate: await files.readText(`${root}${path}.pem`),
          key: await files.readText(`${root}${path}-key.pem`),
        }
      : await pki.issue(
          authority,
          identity,
          identity.usages,
          identity.names,
          validity(certificateYears),
        );
    pairs.set(identity.file, pair);
    if (isThere) continue;
    await write(`${path}-key.pem`, pair.key);
    await write(`${path}.pem`, pair.certificate);
  }
  const addresses = [flags.address, ...(flags.etcdAddress ? [flags.etcdAddress] : [])];
  const isFresh = !hasAuthority;
  await writeEtcdFiles({ files, root, authority: ca, isFresh, addresses, validity, write });
  await writeKubeconfigs(flags, ca.certificate, pairs, write);
  await write("/var/lib/kubelet/config.yaml", kubeletConfiguration(flags));
  await write("/etc/kubernetes/pause-image", `${pauseImage}\n`);
  await closeDirectories(files, root);
  await host.writeOutput(`${written.join("\n")}\n`);
}
