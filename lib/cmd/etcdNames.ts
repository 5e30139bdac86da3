import type { EtcdNames } from "../cluster/etcdAdvice.js";

export interface EtcdPaths {
  readonly cafile?: string | undefined;
  readonly certfile?: string | undefined;
  readonly keyfile?: string | undefined;
}

/** What says how etcd is spoken to, by flag and file. */
export function etcdNames({ cafile, certfile, keyfile }: EtcdPaths, servers: string): EtcdNames {
  const named = (flag: string, path: string | undefined): string =>
    path === undefined || path === "" ? flag : `${flag}: ${path}`;
  return {
    servers,
    authorities: named("--etcd-cafile", cafile),
    certificate: named("--etcd-certfile", certfile),
    key: named("--etcd-keyfile", keyfile),
  };
}
