/** PEM of a certificate and its key (PKCS #8). The key is a secret: never log it. */
export interface CertifiedKey {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate is for. */
export interface AlternativeNames {
  readonly dns: readonly string[];
  readonly ips: readonly string[];
  readonly emails?: readonly string[];
  readonly uris?: readonly string[];
}
