import { type Command, Option } from "commander";
import type { Platform } from "../../platform/platform.js";
import type { MigrateFlags } from "./migrateAction.js";
import type { StoreActions } from "./storeActions.js";

export interface OutputFlags {
  readonly output: "text" | "json";
}

export interface RestoreFlags extends OutputFlags {
  readonly bumpRevision: string;
}

export interface StatsFlags extends OutputFlags {
  readonly kubeconfig?: string;
}

/** `steersman store`: what can be done with the store of a data directory that is not in use. */
export function addStoreCommands(program: Command, platform: Platform): void {
  const store = program
    .command("store")
    .description("look after the store of a data directory that no server has open");
  // Loaded when one runs: the other commands, and --help, need no store.
  const actions = async (): Promise<StoreActions> =>
    new (await import("./storeActions.js")).StoreActions(platform);
  const command = (name: string, text: string): Command =>
    store.command(name).description(text).addOption(outputOption());
  command("check", "say whether a store is sound, and what is damaged; exit code 1 if anything is")
    .argument("<dir>", "a data directory, or the store in it")
    .action(async (dir: string, flags: OutputFlags) => (await actions()).check(dir, flags));
  command("repair", "keep what can be read of a damaged store, and name what cannot")
    .argument("<dir>", "a data directory, or the store in it")
    .action(async (dir: string, flags: OutputFlags) => (await actions()).repair(dir, flags));
  command("snapshot", "write a store's state to one new file")
    .argument("<dir>", "a data directory, or the store in it")
    .argument("<file>", "the file to write; it is not there yet")
    .action(async (dir: string, file: string, flags: OutputFlags) =>
      (await actions()).snapshot(dir, file, flags),
    );
  command("restore", "make a store from such a file")
    .argument("<file>", "the file")
    .argument("<dir>", "the data directory; it holds no store yet")
    .addOption(bumpOption("how far above the file's its revisions go on"))
    .action(async (file: string, dir: string, flags: RestoreFlags) =>
      (await actions()).restore(file, dir, flags),
    );
  store
    .command("export")
    .description("write a store as text, one JSON object a line; values are base64")
    .argument("<dir>", "a data directory, or the store in it")
    .argument("[file]", "the file to write (default: standard output)")
    .action(async (dir: string, file: string | undefined) => (await actions()).export(dir, file));
  command("import", "make a store from such a text")
    .argument("<file>", "the file")
    .argument("<dir>", "the data directory; it holds no store yet")
    .addOption(bumpOption("how far above the text's its revisions go on"))
    .action(async (file: string, dir: string, flags: RestoreFlags) =>
      (await actions()).import(file, dir, flags),
    );
  addMigrate(command("migrate", "copy all objects into etcd, or out of it"), platform);
  command("stats", "say what a store holds; of a running server with --kubeconfig")
    .argument("[dir]", "a data directory, or the store in it")
    .option("--kubeconfig <file>", "of the running server, whose /metrics are read")
    .action(async (dir: string | undefined, flags: StatsFlags) =>
      (await actions()).stats(dir, flags),
    );
}

function addMigrate(command: Command, platform: Platform): void {
  const place = "a data directory, or etcd as https://host:2379 (commas between its members)";
  command
    .requiredOption("--from <place>", `where the objects are: ${place}`)
    .requiredOption("--to <place>", "where they are to be, which is empty: the other of the two")
    .option("--etcd-cafile <file>", "the authorities of etcd's certificates")
    .option("--etcd-certfile <file>", "the certificate that etcd is shown")
    .option("--etcd-keyfile <file>", "the key of that certificate")
    .option("--etcd-prefix <path>", "what the keys in etcd begin with", "/registry")
    .action(async (flags: MigrateFlags) => {
      const { migrate } = await import("./migrateAction.js");
      await migrate(flags, platform);
    });
}

function bumpOption(text: string): Option {
  const why = `${text}, so that clients meet none again`;
  return new Option("--bump-revision <n>", why).default("1000000000");
}

function outputOption(): Option {
  return new Option("--output <form>", "how to print").choices(["text", "json"]).default("text");
}
