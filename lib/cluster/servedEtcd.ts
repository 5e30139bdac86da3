import { parseIp } from "../api/ipAddress.js";
import { createAuthority, issue, openAuthority } from "../api/pki/certificates.js";
import type { CertifiedKey } from "../api/pki/certifiedKey.js";
import type { Platform } from "../platform/platform.js";
import { makePrivateDirectory } from "../platform/privateDirectory.js";
import type { EmbeddedStorage, ServedStore } from "../storage/embeddedStorage.js";
import { StorageError } from "../storage/storage.js";
import { ClusterError } from "./clusterError.js";
import type { ClusterEtcd } from "./clusterEtcd.js";
import type { ClusterServeEtcdOptions } from "./clusterOptions.js";
import { keep } from "./clusterPki.js";

const hourMilliseconds = 3600 * 1000;
const authorityMilliseconds = 3650 * 24 * hourMilliseconds;
const certificateMilliseconds = 365 * 24 * hourMilliseconds;

/** etcd's own defaults, but for the quota: the cluster's store has none. */
const maxTxnOperations = 128;
const maxRequestBytes = 1_572_864;
const progressMilliseconds = 600_000;

/** The server beside what its clients need. */
export interface ServedEtcd {
  readonly etcd: ClusterEtcd;
  /** Before the storage's. */
  close(): Promise<void>;
}

interface Certificates {
  readonly authority: CertifiedKey;
  readonly server: CertifiedKey;
  readonly client: CertifiedKey;
}

/** An authority of its own: the cluster's signs nodes, which may not read the store. */
async function certify(
  platform: Platform,
  directory: string | undefined,
  address: string,
  names: readonly string[],
): Promise<Certificates> {
  const now = platform.clock.now();
  const authority = await keep(platform, directory, "ca", () =>
    createAuthority(
      { commonName: "etcd-ca" },
      { notBefore: now - 24 * hourMilliseconds, notAfter: now + authorityMilliseconds },
    ),
  );
  const signer = await openAuthority(authority);
  const validity = { notBefore: now - hourMilliseconds, notAfter: now + certificateMilliseconds };
  const isIp = (name: string): boolean => parseIp(name) !== undefined;
  const all = ["localhost", "127.0.0.1", "::1", address, ...names];
  const server = await issue(
    signer,
    { commonName: "etcd" },
    ["server"],
    {
      dns: [...new Set(all.filter((name) => !isIp(name)))],
      ips: [...new Set(all.filter(isIp))],
    },
    validity,
  );
  const client = await issue(
    signer,
    { commonName: "root" },
    ["client"],
    { dns: [], ips: [] },
    validity,
  );
  if (directory !== undefined) {
    // Made anew at each start, so that they never run out.
    await platform.files.replaceFile(`${directory}/client-key.pem`, client.key, 0o600);
    await platform.files.replaceFile(`${directory}/client.pem`, client.certificate, 0o600);
  }
  return { authority, server, client };
}

/** The store as etcd's API. Rejects with a ClusterError where that cannot be. */
export async function serveEtcd(
  storage: EmbeddedStorage,
  platform: Platform,
  { host = "127.0.0.1", port }: ClusterServeEtcdOptions,
  { dataDirectory, certificateNames = [] }: ServeEtcdPlace,
): Promise<ServedEtcd> {
  const directory = dataDirectory === undefined ? undefined : `${dataDirectory}/etcd`;
  if (directory !== undefined) await makePrivateDirectory(platform.files, directory);
  const pki = dataDirectory === undefined ? undefined : `${dataDirectory}/pki/etcd`;
  const { authority, server, client } = await certify(platform, pki, host, certificateNames);
  const shown = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  const urlOf = (at: number): string =>
    `https://${shown.includes(":") ? `[${shown}]` : shown}:${at}`;
  let served: ServedStore;
  try {
    served = await storage.serveEtcd({
      ...(directory === undefined ? {} : { directory }),
      syncs: true,
      name: "default",
      peerUrls: [],
      clientUrls: [urlOf(port)],
      clients: [{ host, port, tls: true }],
      metrics: [],
      tls: {
        ...server,
        authorities: authority.certificate,
        requiresCertificate: true,
        allowedNames: [],
      },
      ...{ bcryptCost: 10, tokenTtlSeconds: 300, certificateUsers: true },
      quotaBytes: 0,
      ...{ maxTxnOperations, maxRequestBytes },
      progressIntervalMilliseconds: progressMilliseconds,
      threads: 1,
    });
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    throw new ClusterError("InvalidOption", "serveEtcd", error.message, error);
  }
  const at = served.addresses()[0]?.port ?? port;
  const etcd: ClusterEtcd = {
    ...{ address: host, port: at, url: urlOf(at) },
    certificateAuthority: authority.certificate,
    ...client,
  };
  return { etcd, close: () => served.close() };
}

/** What of a cluster's options says where certificates go, and what they are for. */
export interface ServeEtcdPlace {
  readonly dataDirectory?: string;
  readonly certificateNames?: readonly string[];
}
