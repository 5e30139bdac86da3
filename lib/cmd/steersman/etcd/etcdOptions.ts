import { Option } from "commander";

/** What the options of `steersman etcd` hold, before any of it is read. */
export interface EtcdFlags {
  readonly name: string;
  readonly version?: boolean;
  readonly dataDir?: string;
  readonly listenClientUrls: string;
  readonly advertiseClientUrls?: string;
  readonly listenPeerUrls: string;
  readonly initialAdvertisePeerUrls: string;
  readonly initialCluster?: string;
  readonly initialClusterState: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly clientCertAuth: string | boolean;
  readonly trustedCaFile?: string;
  readonly clientCertAllowedHostname?: string;
  readonly authToken: string;
  readonly authTokenTtl: string;
  readonly bcryptCost: string;
  readonly quotaBackendBytes: string;
  readonly autoCompactionMode: string;
  readonly autoCompactionRetention: string;
  readonly maxTxnOps: string;
  readonly maxRequestBytes: string;
  readonly watchProgressNotifyInterval: string;
  readonly experimentalWatchProgressNotifyInterval?: string;
  readonly listenMetricsUrls?: string;
  readonly unsafeNoFsync: string | boolean;
  readonly logFormat: string;
  readonly logLevel: string;
  readonly featureGates?: string;
  readonly snapshotCount?: string;
  readonly initialClusterToken?: string;
  readonly peerCertFile?: string;
  readonly peerKeyFile?: string;
  readonly peerClientCertAuth?: string | boolean;
  readonly peerTrustedCaFile?: string;
}

const peerUrl = "http://localhost:2380";

const option = (flags: string, text: string, value?: string | boolean): Option => {
  const made = new Option(flags, text);
  return value === undefined ? made : made.default(value);
};

/** etcd's own flags, as far as one member has a use for them. */
export function etcdOptions(): Option[] {
  return [
    option("--name <name>", "the member's name", "default"),
    option("--data-dir <dir>", "where the data is (default: NAME.etcd)"),
    option(
      "--listen-client-urls <urls>",
      "where clients are served: http or https, an IP address or localhost, a port (0: a free one)",
      "http://localhost:2379",
    ),
    option(
      "--advertise-client-urls <urls>",
      "where clients are told the member is (default: where they are served)",
    ),
    option("--listen-peer-urls <urls>", "read and checked; one member has no peers", peerUrl),
    option("--initial-advertise-peer-urls <urls>", "what the member list says", peerUrl),
    option("--initial-cluster <members>", "NAME=URL of this member, and of no other"),
    option("--initial-cluster-state <state>", "new: an existing cluster cannot be joined", "new"),
    option("--initial-cluster-token <token>", "without effect: a cluster's number is random"),
    option("--cert-file <file>", "the certificate of https"),
    option("--key-file <file>", "the key of that certificate"),
    option("--client-cert-auth [bool]", "refuse clients without a certificate", false),
    option("--trusted-ca-file <file>", "who signed the clients' certificates"),
    option("--client-cert-allowed-hostname <names>", "what a client's certificate must be for"),
    option("--auth-token <type>", "what users are given for their password: simple", "simple"),
    option("--auth-token-ttl <seconds>", "how long a token lives that is not used", "300"),
    option("--bcrypt-cost <n>", "the work that a password takes, 4 to 31: each doubles it", "10"),
    option(
      "--quota-backend-bytes <bytes>",
      "the bound of keys, values and history; 0: 2 GiB; below 0: none",
      "0",
    ),
    option("--auto-compaction-mode <mode>", "periodic or revision", "periodic"),
    option(
      "--auto-compaction-retention <time|number>",
      "how much history stays: 1h30m, whole hours, or with mode revision so many; 0: all",
      "0",
    ),
    option("--max-txn-ops <n>", "operations of a transaction", "128"),
    option("--max-request-bytes <bytes>", "of a request that writes", "1572864"),
    option(
      "--watch-progress-notify-interval <time>",
      "how often quiet watches that want it are told how far they are",
      "10m",
    ),
    option("--experimental-watch-progress-notify-interval <time>", "the same, by its old name"),
    option("--listen-metrics-urls <urls>", "where /metrics and /health are beside the clients'"),
    option("--unsafe-no-fsync [bool]", "acknowledge what is not on disk yet", false),
    option("--snapshot-count <n>", "without effect: snapshots are made by size"),
    option("--feature-gates <gates>", "InitialCorruptCheck=true: it is always made"),
    ...["--peer-cert-file <file>", "--peer-key-file <file>", "--peer-trusted-ca-file <file>"].map(
      (flags) => option(flags, "without effect: one member has no peers"),
    ),
    option("--peer-client-cert-auth [bool]", "without effect: one member has no peers"),
    option("--logger <logger>", "the log's form is zap's", "zap").choices(["zap"]),
    option("--log-format <format>", "how it logs", "json").choices(["json", "console"]),
    option("--log-level <level>", "how much it logs", "info").choices([
      ...["debug", "info", "warn", "error", "panic", "fatal"],
    ]),
    option("--log-outputs <where>", "where it logs", "default").choices(["default", "stderr"]),
    option("--metrics <kind>", "which metrics there are", "basic").choices(["basic"]),
    option("--version", "print the version and end"),
  ];
}
