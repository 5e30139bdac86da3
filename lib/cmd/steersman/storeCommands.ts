import { type Command, Option } from "commander";
import { loadedStatistics, runningStatistics } from "../../cluster/store/storeStatistics.js";
import { exportText, TextImport } from "../../cluster/store/storeText.js";
import {
  checkDirectory,
  loadDirectory,
  repairDirectory,
  restoreDirectory,
  saveDirectory,
  storeDirectory,
} from "../../cluster/store/storeTools.js";
import type { Platform } from "../../platform/platform.js";
import { readLines, writeOwnFile } from "./storeFiles.js";
import { checkText, keptText, repairText, statisticsText } from "./storeTexts.js";

interface OutputFlags {
  readonly output: "text" | "json";
}

interface RestoreFlags extends OutputFlags {
  readonly bumpRevision: string;
}

interface StatsFlags extends OutputFlags {
  readonly kubeconfig?: string;
}

/** `steersman store`: what can be done with the store of a data directory that is not in use. */
export function addStoreCommands(program: Command, platform: Platform): void {
  const store = program
    .command("store")
    .description("look after the store of a data directory that no server has open");
  const { host } = platform;
  const print = (flags: OutputFlags, value: object, text: string): void => {
    host.writeOutput(flags.output === "json" ? `${JSON.stringify(value)}\n` : text);
  };
  const command = (name: string, text: string): Command =>
    store.command(name).description(text).addOption(outputOption());
  command("check", "say whether a store is sound, and what is damaged; exit code 1 if anything is")
    .argument("<dir>", "a data directory, or the store in it")
    .action(async (dir: string, flags: OutputFlags) => {
      const directory = await storeDirectory(platform, dir);
      const check = checkDirectory(directory);
      print(flags, { directory, ...check }, checkText(directory, check));
      if (check.refusal !== undefined) throw new Error(check.refusal);
    });
  command("repair", "keep what can be read of a damaged store, and name what cannot")
    .argument("<dir>", "a data directory, or the store in it")
    .action(async (dir: string, flags: OutputFlags) => {
      const directory = await storeDirectory(platform, dir);
      const repair = repairDirectory(directory);
      print(flags, { directory, ...repair }, repairText(directory, repair));
    });
  command("snapshot", "write a store's state to one file")
    .argument("<dir>", "a data directory, or the store in it")
    .argument("<file>", "the file to write")
    .action(async (dir: string, file: string, flags: OutputFlags) => {
      const kept = saveDirectory(await storeDirectory(platform, dir), file);
      print(flags, { file, ...kept }, keptText(file, kept));
    });
  command("restore", "make a store from such a file")
    .argument("<file>", "the file")
    .argument("<dir>", "the data directory; it holds no store yet")
    .option(
      "--bump-revision <n>",
      "how far above the file's its revisions go on, so that clients meet none again",
      "1000000000",
    )
    .action(async (file: string, dir: string, flags: RestoreFlags) => {
      const bump = revisions(flags.bumpRevision);
      const directory = await storeDirectory(platform, dir, "new");
      const kept = restoreDirectory(file, directory, bump);
      print(flags, { directory, ...kept }, keptText(directory, kept));
    });
  addTextCommands(store, platform, print);
  command("stats", "say what a store holds; of a running server with --kubeconfig")
    .argument("[dir]", "a data directory, or the store in it")
    .option("--kubeconfig <file>", "of the running server, whose /metrics are read")
    .action(async (dir: string | undefined, flags: StatsFlags) => {
      const statistics = await statisticsOf(platform, dir, flags.kubeconfig);
      print(flags, statistics, statisticsText(statistics));
    });
}

function addTextCommands(
  store: Command,
  platform: Platform,
  print: (flags: OutputFlags, value: object, text: string) => void,
): void {
  store
    .command("export")
    .description("write a store as text, one JSON object a line; values are base64")
    .argument("<dir>", "a data directory, or the store in it")
    .argument("[file]", "the file to write (default: standard output)")
    .action(async (dir: string, file: string | undefined) => {
      const loaded = loadDirectory(await storeDirectory(platform, dir));
      try {
        const text = exportText(loaded);
        if (file === undefined) for (const piece of text) platform.host.writeOutput(piece);
        else await writeOwnFile(platform.files, file, text);
      } finally {
        loaded.close();
      }
    });
  store
    .command("import")
    .description("make a store from such a text")
    .argument("<file>", "the file")
    .argument("<dir>", "the data directory; it holds no store yet")
    .addOption(outputOption())
    .action(async (file: string, dir: string, flags: OutputFlags) => {
      const directory = await storeDirectory(platform, dir, "new");
      const text = new TextImport(directory);
      try {
        for await (const line of readLines(platform.files, file)) text.add(line);
        const kept = text.finish();
        print(flags, { directory, ...kept }, keptText(directory, kept));
      } catch (error) {
        throw new Error(`${file}: ${(error as Error).message}`);
      }
    });
}

function outputOption(): Option {
  return new Option("--output <form>", "how to print").choices(["text", "json"]).default("text");
}

function revisions(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new Error(`--bump-revision: ${text} is not a whole number of revisions`);
  }
  return value;
}

async function statisticsOf(
  platform: Platform,
  dir: string | undefined,
  kubeconfig: string | undefined,
): Promise<Readonly<Record<string, number>>> {
  if (kubeconfig !== undefined) {
    if (dir !== undefined) throw new Error("either a directory or --kubeconfig, not both");
    return runningStatistics(platform, kubeconfig);
  }
  if (dir === undefined) throw new Error("a directory or --kubeconfig is needed");
  return loadedStatistics(await storeDirectory(platform, dir));
}
