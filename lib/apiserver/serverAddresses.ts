/** Where a server listens. Absent where it does not listen. */
export interface ServerAddresses {
  readonly secure?: { address: string; port: number };
  readonly insecure?: { address: string; port: number };
  readonly secureRpc?: { address: string; port: number };
  readonly insecureRpc?: { address: string; port: number };
}
