import { parseIp } from "../../../api/ipAddress.js";
import { parseDurationMilliseconds } from "../../../api/time.js";
import type { EtcdListen, EtcdServerInput, EtcdTls } from "../../../native/gen/addon.js";
import type { Platform } from "../../../platform/platform.js";
import { FlagError } from "../../flags/flagValues.js";
import { readNamedFile } from "../../readNamedFile.js";
import type { EtcdFlags } from "./etcdOptions.js";

const defaultQuotaBytes = 2 * 1024 ** 3;
const hourMilliseconds = 3_600_000;
const leastProgressMilliseconds = 100;

function whole(flag: string, text: string, least = 0): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new FlagError(`--${flag}: ${JSON.stringify(text)} is not a whole number from ${least}`);
  }
  return value;
}

function yes(flag: string, value: string | boolean): boolean {
  if (typeof value === "boolean") return value;
  if (/^(?:1|t|true)$/i.test(value)) return true;
  if (/^(?:0|f|false)$/i.test(value)) return false;
  throw new FlagError(`--${flag}: ${JSON.stringify(value)} is neither true nor false`);
}

function milliseconds(flag: string, text: string): number {
  try {
    return parseDurationMilliseconds(text);
  } catch {
    throw new FlagError(`--${flag}: ${JSON.stringify(text)} is not a duration such as 5s or 1h30m`);
  }
}

/** `http://1.2.3.4:2379`, with commas between several. */
function readUrls(flag: string, text: string): URL[] {
  return text.split(",").map((one) => {
    const url = URL.canParse(one.trim()) ? new URL(one.trim()) : undefined;
    const isPlain = url?.pathname === "/" && url.search === "" && url.username === "";
    if (url === undefined || !/^https?:$/.test(url.protocol) || !isPlain) {
      throw new FlagError(
        `--${flag}: ${JSON.stringify(one)} is not http:// or https:// with a host and a port`,
      );
    }
    return url;
  });
}

const text = (url: URL): string => url.href.replace(/\/$/, "");

function readListen(flag: string, given: string): EtcdListen[] {
  return readUrls(flag, given).map((url) => {
    const named = url.hostname.replace(/^\[|\]$/g, "");
    const host = named === "localhost" ? "127.0.0.1" : named;
    if (parseIp(host) === undefined || url.port === "") {
      throw new FlagError(
        `--${flag}: ${text(url)}: an IP address or localhost is listened on, and a port`,
      );
    }
    return { host, port: Number(url.port), tls: url.protocol === "https:" };
  });
}

/** Refuses members that are not this one. */
function checkCluster(flags: EtcdFlags): void {
  if (flags.initialClusterState !== "new") {
    const given = JSON.stringify(flags.initialClusterState);
    throw new FlagError(
      `--initial-cluster-state: ${given}: this member is its cluster; another cannot be joined`,
    );
  }
  readUrls("listen-peer-urls", flags.listenPeerUrls);
  for (const one of flags.initialCluster?.split(",") ?? []) {
    const [name] = one.split("=", 1);
    if (name === flags.name) continue;
    throw new FlagError(
      `--initial-cluster: ${JSON.stringify(one)} is another member; there is one, ` +
        `${JSON.stringify(flags.name)} by --name`,
    );
  }
}

function readTls(flags: EtcdFlags, platform: Platform): EtcdTls | undefined {
  const { certFile, keyFile, trustedCaFile, clientCertAllowedHostname } = flags;
  const requiresCertificate = yes("client-cert-auth", flags.clientCertAuth);
  if (certFile === undefined || keyFile === undefined) {
    const alone = certFile ?? keyFile ?? trustedCaFile ?? clientCertAllowedHostname;
    if (alone !== undefined || requiresCertificate) {
      throw new FlagError("--cert-file and --key-file: https needs both");
    }
    return undefined;
  }
  if (trustedCaFile === undefined && (requiresCertificate || clientCertAllowedHostname)) {
    throw new FlagError("--trusted-ca-file: clients' certificates are checked by it");
  }
  return {
    certificate: readNamedFile(platform, "cert-file", certFile),
    key: readNamedFile(platform, "key-file", keyFile),
    ...(trustedCaFile === undefined
      ? {}
      : { authorities: readNamedFile(platform, "trusted-ca-file", trustedCaFile) }),
    // As in etcd, an authority alone asks for certificates, too.
    requiresCertificate: requiresCertificate || trustedCaFile !== undefined,
    allowedNames: clientCertAllowedHostname?.split(",") ?? [],
  };
}

function readCompaction(
  flags: EtcdFlags,
): Pick<EtcdServerInput, "compactsAfterMilliseconds" | "compactsBeyondRevisions"> {
  const { autoCompactionMode: mode, autoCompactionRetention: retention } = flags;
  if (mode !== "periodic" && mode !== "revision") {
    throw new FlagError(`--auto-compaction-mode: ${JSON.stringify(mode)}: periodic or revision`);
  }
  const flag = "auto-compaction-retention";
  if (mode === "revision") {
    const revisions = whole(flag, retention);
    return revisions === 0 ? {} : { compactsBeyondRevisions: revisions };
  }
  const isHours = /^\d+$/.test(retention);
  const after = isHours ? whole(flag, retention) * hourMilliseconds : milliseconds(flag, retention);
  return after === 0 ? {} : { compactsAfterMilliseconds: after };
}

const bcryptCosts = { least: 4, most: 31 };

function readAuth(
  flags: EtcdFlags,
): Pick<EtcdServerInput, "bcryptCost" | "tokenTtlSeconds" | "certificateUsers"> {
  if (flags.authToken !== "simple") {
    const given = JSON.stringify(flags.authToken);
    throw new FlagError(
      `--auth-token: ${given}: only simple tokens are given, no signed ones (jwt)`,
    );
  }
  const bcryptCost = whole("bcrypt-cost", flags.bcryptCost, bcryptCosts.least);
  if (bcryptCost > bcryptCosts.most) {
    const { least, most } = bcryptCosts;
    throw new FlagError(`--bcrypt-cost: ${bcryptCost} is not from ${least} to ${most}`);
  }
  return {
    bcryptCost,
    tokenTtlSeconds: whole("auth-token-ttl", flags.authTokenTtl, 1),
    // An authority alone makes no users of its certificates' names, as in etcd.
    certificateUsers: yes("client-cert-auth", flags.clientCertAuth),
  };
}

function checkGates(gates: string | undefined): void {
  for (const gate of gates?.split(",") ?? []) {
    if (gate === "InitialCorruptCheck=true") continue;
    throw new FlagError(
      `--feature-gates: ${JSON.stringify(gate)}: only InitialCorruptCheck=true has a meaning here`,
    );
  }
}

/** Flags that were given and change nothing, as the log names them. */
export function withoutEffect(flags: EtcdFlags): string[] {
  const given = {
    "--snapshot-count": flags.snapshotCount,
    "--initial-cluster-token": flags.initialClusterToken,
    "--peer-cert-file": flags.peerCertFile,
    "--peer-key-file": flags.peerKeyFile,
    "--peer-client-cert-auth": flags.peerClientCertAuth,
    "--peer-trusted-ca-file": flags.peerTrustedCaFile,
  };
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

/** Reads the flags and the files that they name. Throws a FlagError that names what is wrong. */
export function readEtcdSettings(flags: EtcdFlags, platform: Platform): EtcdServerInput {
  checkCluster(flags);
  checkGates(flags.featureGates);
  const tls = readTls(flags, platform);
  const clients = readListen("listen-client-urls", flags.listenClientUrls);
  const metrics =
    flags.listenMetricsUrls === undefined
      ? []
      : readListen("listen-metrics-urls", flags.listenMetricsUrls);
  if (tls === undefined && [...clients, ...metrics].some((one) => one.tls)) {
    throw new FlagError("--cert-file and --key-file: https needs both");
  }
  const advertised = flags.advertiseClientUrls ?? flags.listenClientUrls;
  const quota = whole("quota-backend-bytes", flags.quotaBackendBytes, -(2 ** 53) + 1);
  const interval =
    flags.experimentalWatchProgressNotifyInterval ?? flags.watchProgressNotifyInterval;
  const progress = milliseconds("watch-progress-notify-interval", interval);
  return {
    directory: flags.dataDir ?? `${flags.name}.etcd`,
    syncs: !yes("unsafe-no-fsync", flags.unsafeNoFsync),
    name: flags.name,
    peerUrls: readUrls("initial-advertise-peer-urls", flags.initialAdvertisePeerUrls).map(text),
    clientUrls: readUrls("advertise-client-urls", advertised).map(text),
    clients,
    metrics,
    ...(tls === undefined ? {} : { tls }),
    quotaBytes: quota === 0 ? defaultQuotaBytes : Math.max(quota, 0),
    ...readAuth(flags),
    ...readCompaction(flags),
    maxTxnOperations: whole("max-txn-ops", flags.maxTxnOps, 1),
    maxRequestBytes: whole("max-request-bytes", flags.maxRequestBytes, 1),
    progressIntervalMilliseconds: Math.max(progress, leastProgressMilliseconds),
    threads: Math.min(Math.max(platform.host.cpuCount(), 1), 4),
  };
}
