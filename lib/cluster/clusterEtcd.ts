/**
 * Where the cluster's store is served as etcd's API, and what it asks for: whoever reads there
 * reads every Secret, so nobody does without the certificate. Keys are secrets: never log them.
 */
export interface ClusterEtcd {
  readonly address: string;
  readonly port: number;
  /** `https://127.0.0.1:2379`. */
  readonly url: string;
  /** PEM of who signed the server's certificate, and the client's. */
  readonly certificateAuthority: string;
  /** PEM of a client's certificate and its key. */
  readonly certificate: string;
  readonly key: string;
}
