import { mediaTypes } from "../../api/mediaTypes.js";
import { EtcdPartError } from "../../cluster/etcdAdvice.js";
import { type EtcdOptions, openEtcd } from "../../cluster/openEtcd.js";
import { openStorage } from "../../cluster/openStorage.js";
import type { StoredForm } from "../../cluster/storedForm.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { makeDataDirectory } from "../../platform/privateDirectory.js";
import { etcdNames } from "../etcdNames.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";
import { readNamedFile } from "../readNamedFile.js";

export type Storage = Awaited<ReturnType<typeof openEtcd>>;

/** By --storage-media-type. */
const storedForms: ReadonlyMap<string, StoredForm> = new Map([
  [mediaTypes.protobuf, "protobuf"],
  [mediaTypes.json, "json"],
]);

/** Whether objects are kept in etcd. Fails where flags of storage contradict each other. */
export function usesEtcd(values: FlagValues): boolean {
  const kind = values.string("storage");
  const servers = values.strings("etcd-servers");
  if (!["", "embedded", "etcd"].includes(kind)) {
    const known = '"embedded" or "etcd"';
    throw new FlagError(`--storage: ${JSON.stringify(kind)} is not known; it may be ${known}`);
  }
  if (kind === "etcd" && servers.length === 0) {
    throw new FlagError("--storage: etcd is meant, and --etcd-servers names none");
  }
  if (kind !== "embedded" && servers.length === 0 && values.isSet("etcd-servers")) {
    throw new FlagError("--etcd-servers: no address is given");
  }
  const etcd = kind !== "embedded" && servers.length > 0;
  checkBackend(values);
  if (etcd) checkEtcd(values);
  return etcd;
}

function checkBackend(values: FlagValues): void {
  const backend = values.string("storage-backend");
  if (!["", "etcd3"].includes(backend)) {
    throw new FlagError(`--storage-backend: ${JSON.stringify(backend)}; it may be "etcd3"`);
  }
  const form = values.string("storage-media-type");
  if (!storedForms.has(form)) {
    const known = [...storedForms.keys()].join(" or ");
    throw new FlagError(`--storage-media-type: ${JSON.stringify(form)}: it may be ${known}`);
  }
}

function checkEtcd(values: FlagValues): void {
  if (values.strings("etcd-servers-overrides").length > 0) {
    const why = "all kinds share one revision and one transaction, in the etcd of --etcd-servers";
    throw new FlagError(`--etcd-servers-overrides: ${why}`);
  }
  const given = (flag: string): boolean => values.string(flag) !== "";
  if (given("etcd-certfile") !== given("etcd-keyfile")) {
    throw new FlagError("--etcd-certfile and --etcd-keyfile belong together: one is missing");
  }
  const prefix = values.string("etcd-prefix");
  if (!/^\/?[^/]+(\/[^/]+)*$/.test(prefix)) {
    const like = "it is a path such as /registry";
    throw new FlagError(`--etcd-prefix: ${JSON.stringify(prefix)}: ${like}`);
  }
}

/** The store that the flags ask for, opened. */
export async function storageOf(
  values: FlagValues,
  directory: string,
  platform: Platform,
  logger: Logger,
): Promise<Storage> {
  try {
    if (!usesEtcd(values)) return await openStorage(platform, directory, logger, formOf(values));
    // Keys that were made are kept there in any case.
    await makeDataDirectory(platform.files, directory);
  } catch (error) {
    if (error instanceof FlagError) throw error;
    throw new FlagError(`--data-dir: ${(error as Error).message}`);
  }
  return await etcdOf(values, platform, logger);
}

const formOf = (values: FlagValues) => storedForms.get(values.string("storage-media-type"));

async function etcdOf(values: FlagValues, platform: Platform, logger: Logger): Promise<Storage> {
  const options = etcdOptions(values, platform);
  const milliseconds = values.duration("storage-initialization-timeout");
  try {
    const names = etcdNames(
      {
        cafile: values.string("etcd-cafile"),
        certfile: values.string("etcd-certfile"),
        keyfile: values.string("etcd-keyfile"),
      },
      "--etcd-servers",
    );
    const opening = { names, milliseconds, form: formOf(values) };
    return await openEtcd(options, platform, logger, opening);
  } catch (error) {
    if (error instanceof EtcdPartError) throw new FlagError(error.message);
    throw new FlagError(`--etcd-servers: ${(error as Error).message}`);
  }
}

function etcdOptions(values: FlagValues, platform: Platform): EtcdOptions {
  const bytes = (flag: string): Uint8Array | undefined => {
    const path = values.string(flag);
    if (path === "") return undefined;
    return new TextEncoder().encode(readNamedFile(platform, flag, path));
  };
  const authorities = bytes("etcd-cafile");
  const [certificate, key] = [bytes("etcd-certfile"), bytes("etcd-keyfile")];
  const prefix = values.string("etcd-prefix");
  const sizeMilliseconds = values.duration("etcd-db-metric-poll-interval");
  return {
    ...(sizeMilliseconds > 0 ? { sizeMilliseconds } : {}),
    endpoints: values.strings("etcd-servers").map((server) => server.trim()),
    prefix: prefix.startsWith("/") ? prefix : `/${prefix}`,
    ...(authorities === undefined ? {} : { authorities }),
    ...(certificate === undefined || key === undefined ? {} : { identity: { certificate, key } }),
  };
}

/** Within what time etcd says its revision, for health and readiness. */
export function storageTimeouts(values: FlagValues) {
  return {
    healthMilliseconds: values.duration("etcd-healthcheck-timeout"),
    readyMilliseconds: values.duration("etcd-readycheck-timeout"),
  };
}
