/** Where a DNS server listens, over UDP and TCP. */
export interface DnsAddress {
  /** An IP address; `0.0.0.0` and `::` are every one of their family. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}
