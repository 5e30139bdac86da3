import type { DnsAddress } from "../dns/dnsAddress.js";
import type { SimulationOptions } from "../kubelet/simulated/simulationModel.js";
import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";

export interface ListenOptions {
  /** Default 127.0.0.1. */
  readonly bindAddress?: string;
  /** REST with TLS. 0 takes a free port; absent (the default) listens nowhere. */
  readonly securePort?: number;
  /** gRPC with TLS. 0 takes a free port; absent listens nowhere. */
  readonly grpcPort?: number;
  /**
   * Plain REST on 127.0.0.1 without authentication, for root and the user of this process, not for
   * pods; 0 takes a free port; absent listens nowhere.
   */
  readonly insecurePort?: number;
  /** Every local user may do everything over insecurePort. Default false. */
  readonly insecurePortAllowAnyUser?: boolean;
  /**
   * An address of this machine that real nodes and their pods reach; the ports with TLS are served
   * there too, and the Service `kubernetes` leads there. None by default.
   */
  readonly nodeNetworkAddress?: string;
  /** Names and addresses beside the usual ones that the server's certificate is for. */
  readonly certificateNames?: readonly string[];
}

/** How a cluster serves names: `Cluster.start({ dns: { domain: "cluster.test" } })`. */
export interface ClusterDnsOptions {
  /** Of the cluster's names. Default cluster.local. */
  readonly domain?: string;
  /**
   * Where it answers over UDP and TCP, for example `[{ host: "127.0.0.1", port: 0 }]`, the default;
   * port 0 takes a free one. Nowhere with `[]`, the default where `platform` is not the machine.
   */
  readonly listen?: readonly DnsAddress[];
  /**
   * Who is asked for names of other domains, for example `[{ host: "10.0.0.2", port: 53 }]`;
   * `"machine"` is whom /etc/resolv.conf names. Default none: such questions are refused.
   */
  readonly upstreams?: "machine" | readonly DnsAddress[];
}

/**
 * An etcd that keeps a cluster's objects:
 * `Cluster.start({ etcd: { servers: ["http://127.0.0.1:2379"] } })`.
 */
export interface ClusterEtcdOptions {
  /** Its members: `https://host:port` or `http://host:port`, at least one. */
  readonly servers: readonly string[];
  /** PEM of the authorities of its certificates. Default: the machine's own. */
  readonly certificateAuthorities?: string;
  /** PEM of the certificate that it is shown, with `key`. */
  readonly certificate?: string;
  /** PEM of that certificate's key. */
  readonly key?: string;
  /** What its keys begin with. Default /registry. */
  readonly prefix?: string;
}

/**
 * Where a cluster's own store is served as etcd's API, for whoever has the certificate in
 * `Cluster.etcd`: `Cluster.start({ serveEtcd: { port: 2379 } })`.
 */
export interface ClusterServeEtcdOptions {
  /** An IP address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free port. */
  readonly port: number;
}

/** What a cluster in this process is made of; everything has a default. */
export interface ClusterOptions extends ListenOptions {
  /** Simulated nodes to start. Default 1. */
  readonly nodes?: number;
  /** What containers of simulated nodes do: how long they run, their logs, `exec`. */
  readonly simulation?: SimulationOptions;
  /** Where everything is kept; absent (the default) keeps it in memory. */
  readonly dataDirectory?: string;
  /**
   * Keeps objects in an etcd, of one cluster alone; only keys and certificates are in
   * `dataDirectory` then. Absent (the default) there is none.
   */
  readonly etcd?: ClusterEtcdOptions;
  /**
   * Serves the cluster's own store as etcd's API, see Cluster.etcd; not beside `etcd`. Absent (the
   * default) it does not.
   */
  readonly serveEtcd?: ClusterServeEtcdOptions;
  /** Default 10.96.0.0/12. */
  readonly serviceClusterIpRange?: string;
  /**
   * Pod addresses; each node gets a /24 of it. Default 10.244.0.0/16, and
   * 10.128.0.0/9 where `nodes` would not fit.
   */
  readonly clusterCidr?: string;
  /** Default: RBAC and Node; beside Node, admission has NodeRestriction. */
  readonly authorizationModes?: readonly string[];
  /** Admission plugins by name, beside the default ones, and default ones that are not to run. */
  readonly admissionPlugins?: {
    readonly enabled?: readonly string[];
    readonly disabled?: readonly string[];
  };
  readonly allowPrivileged?: boolean;
  /**
   * Serves the names of Services, see Cluster.dns, behind the Service kube-system/kube-dns at the
   * tenth address of the range. True takes every default. Default false.
   */
  readonly dns?: boolean | ClusterDnsOptions;
  /** Off: no controller manager. Default on. */
  readonly controllers?: boolean;
  /** Off: pods stay pending. Default on. */
  readonly scheduler?: boolean;
  /** Default: the machine. Its clock decides when leases end and backoffs are over. */
  readonly platform?: Platform;
  /** Default: says nothing. */
  readonly logger?: Logger;
}
