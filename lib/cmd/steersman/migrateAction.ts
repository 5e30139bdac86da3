import { checkEtcdParts, etcdPartError } from "../../cluster/etcdAdvice.js";
import { migrateFromEtcd, migrateToEtcd } from "../../cluster/store/migrateStore.js";
import { storeDirectory } from "../../cluster/store/storeTools.js";
import type { Platform } from "../../platform/platform.js";
import { etcdNames } from "../etcdNames.js";
import { readNamedFile } from "../readNamedFile.js";

export interface MigrateFlags {
  readonly from: string;
  readonly to: string;
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
  readonly etcdPrefix: string;
  readonly output: "text" | "json";
}

const isEtcd = (place: string): boolean => /^https?:\/\//.test(place);

/** `steersman store migrate`. Rejects with one line for the user. */
export async function migrate(flags: MigrateFlags, platform: Platform): Promise<void> {
  const { from, to, output } = flags;
  if (isEtcd(from) === isEtcd(to)) {
    const like = "one of --from and --to is a data directory, the other etcd (https://host:2379)";
    throw new Error(like);
  }
  const etcd = etcdOf(isEtcd(from) ? from : to, flags, platform);
  const names = namesOf(flags, isEtcd(from) ? "--from" : "--to");
  checkEtcdParts(etcd, names);
  const { clock } = platform;
  const directory = await storeDirectory(
    platform,
    isEtcd(from) ? to : from,
    isEtcd(from) ? "new" : "existing",
  );
  const migrated = await (isEtcd(from)
    ? migrateFromEtcd(etcd, directory, clock)
    : migrateToEtcd(directory, etcd, clock)
  ).catch((error: unknown) => {
    const known = error as Error;
    const { message } = etcdPartError(known, etcd, names, clock.now()) ?? known;
    throw new Error(`${from} to ${to}: ${message}`);
  });
  const { keys, sourceRevision, revision } = migrated;
  const text =
    `${to}: ${keys} objects, each as it was; revision ${revision}, above ${sourceRevision} ` +
    "of the source\n";
  await platform.host.writeOutput(output === "json" ? `${JSON.stringify(migrated)}\n` : text);
}

function namesOf({ etcdCafile, etcdCertfile, etcdKeyfile }: MigrateFlags, servers: string) {
  const paths = { cafile: etcdCafile, certfile: etcdCertfile, keyfile: etcdKeyfile };
  return etcdNames(paths, servers);
}

function etcdOf(servers: string, flags: MigrateFlags, platform: Platform) {
  const bytes = (flag: string, path: string | undefined): Uint8Array | undefined =>
    path === undefined ? undefined : new TextEncoder().encode(readNamedFile(platform, flag, path));
  if (!/^(\/[^/]+)+$/.test(flags.etcdPrefix)) {
    const why = "it is a path such as /registry";
    throw new Error(`--etcd-prefix: ${JSON.stringify(flags.etcdPrefix)}: ${why}`);
  }
  const authorities = bytes("etcd-cafile", flags.etcdCafile);
  const certificate = bytes("etcd-certfile", flags.etcdCertfile);
  const key = bytes("etcd-keyfile", flags.etcdKeyfile);
  if ((certificate === undefined) !== (key === undefined)) {
    throw new Error("--etcd-certfile and --etcd-keyfile belong together: one is missing");
  }
  return {
    endpoints: servers.split(","),
    prefix: flags.etcdPrefix,
    ...(authorities === undefined ? {} : { authorities }),
    ...(certificate === undefined || key === undefined ? {} : { identity: { certificate, key } }),
  };
}
