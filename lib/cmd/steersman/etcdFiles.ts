import * as pki from "../../api/pki/certificates.js";
import type { AlternativeNames, CertifiedKey } from "../../api/pki/certifiedKey.js";
import type { Files } from "../../platform/files.js";

/** kubeadm's places. */
export const etcdDirectory = "/etc/kubernetes/pki/etcd";
const clientFile = "/etc/kubernetes/pki/apiserver-etcd-client";

/**
 * Clients' certificates have to be for this name, which only API servers' are: others of the
 * cluster's authority, as kubelets', are kept out of etcd by its unit.
 */
const clientName = "kubernetes.default.svc";

export interface EtcdFilesOptions {
  readonly files: Files;
  /** Stands before every path. */
  readonly root: string;
  /** The cluster's authority, and its certificate's validity. */
  readonly authority: CertifiedKey;
  /** Nothing that is there is kept. */
  readonly isFresh: boolean;
  /** Where etcd is reached. */
  readonly addresses: readonly string[];
  validity(years: number): pki.Validity;
  write(path: string, text: string): Promise<void>;
}

/**
 * etcd's authority, which the cluster's has signed, with what it signs: etcd's server, its peers
 * and the API server as its client. Each file has the chain up to the cluster's authority, so that
 * either is enough to know it by.
 */
export async function writeEtcdFiles(options: EtcdFilesOptions): Promise<void> {
  const cluster = await pki.openAuthority(options.authority);
  const authority = await kept(options, `${etcdDirectory}/ca`, () =>
    pki.issue(cluster, { commonName: "etcd-ca" }, ["authority"], pki.noNames, options.validity(30)),
  );
  const isFresh = options.isFresh || authority.isNew;
  const open = await pki.openAuthority(authority.pair);
  const own: AlternativeNames = {
    dns: ["localhost"],
    ips: [...new Set([...options.addresses, "127.0.0.1", "::1"])],
  };
  const client: AlternativeNames = { dns: [clientName], ips: [] };
  // kubeadm's subjects and usages.
  const wanted = [
    [`${etcdDirectory}/server`, "etcd", ["server", "client"], own],
    [`${etcdDirectory}/peer`, "etcd", ["server", "client"], own],
    [clientFile, "kube-apiserver-etcd-client", ["client"], client],
  ] as const;
  for (const [path, commonName, usages, names] of wanted) {
    await kept({ ...options, isFresh }, path, async () => {
      const pair = await pki.issue(open, { commonName }, usages, names, options.validity(10));
      return { ...pair, certificate: pair.certificate + authority.pair.certificate };
    });
  }
}

/** The pair under a path: the one that is there, or a new one. */
async function kept(
  { files, root, isFresh, write }: EtcdFilesOptions,
  path: string,
  make: () => Promise<CertifiedKey>,
): Promise<{ readonly pair: CertifiedKey; readonly isNew: boolean }> {
  const [certificateFile, keyFile] = [`${root}${path}.crt`, `${root}${path}.key`];
  if (!isFresh && (await files.exists(certificateFile)) && (await files.exists(keyFile))) {
    const certificate = await files.readText(certificateFile);
    return { pair: { certificate, key: await files.readText(keyFile) }, isNew: false };
  }
  const pair = await make();
  await write(`${path}.key`, pair.key);
  await write(`${path}.crt`, pair.certificate);
  return { pair, isNew: true };
}
