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
import type { OutputFlags, RestoreFlags, StatsFlags } from "./storeCommands.js";
import { readLines, writeOwnFile } from "./storeFiles.js";
import { checkText, keptText, repairText, statisticsText } from "./storeTexts.js";

/** What the commands of `steersman store` do. Each rejects with one line for the user. */
export class StoreActions {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async check(dir: string, flags: OutputFlags): Promise<void> {
    const directory = await storeDirectory(this.#platform, dir);
    const check = checkDirectory(directory);
    await this.#print(flags, { directory, ...check }, checkText(directory, check));
    if (check.refusal !== undefined) throw new Error(check.refusal);
  }

  async repair(dir: string, flags: OutputFlags): Promise<void> {
    const directory = await storeDirectory(this.#platform, dir);
    const repair = repairDirectory(directory);
    await this.#print(flags, { directory, ...repair }, repairText(directory, repair));
  }

  async snapshot(dir: string, file: string, flags: OutputFlags): Promise<void> {
    const kept = saveDirectory(await storeDirectory(this.#platform, dir), file);
    await this.#print(flags, { file, ...kept }, keptText(file, kept));
  }

  async restore(file: string, dir: string, flags: RestoreFlags): Promise<void> {
    const bump = revisions(flags.bumpRevision);
    const directory = await storeDirectory(this.#platform, dir, "new");
    const kept = restoreDirectory(file, directory, bump);
    await this.#print(flags, { directory, ...kept }, keptText(directory, kept));
  }

  async stats(dir: string | undefined, flags: StatsFlags): Promise<void> {
    const statistics = await this.#statisticsOf(dir, flags.kubeconfig);
    await this.#print(flags, statistics, statisticsText(statistics));
  }

  async export(dir: string, file: string | undefined): Promise<void> {
    const { files, host } = this.#platform;
    const loaded = loadDirectory(await storeDirectory(this.#platform, dir));
    try {
      const text = exportText(loaded);
      if (file === undefined) for (const piece of text) await host.writeOutput(piece);
      else await writeOwnFile(files, file, text);
    } finally {
      loaded.close();
    }
  }

  async import(file: string, dir: string, flags: RestoreFlags): Promise<void> {
    const bump = revisions(flags.bumpRevision);
    const directory = await storeDirectory(this.#platform, dir, "new");
    const text = new TextImport(directory);
    try {
      for await (const line of readLines(this.#platform.files, file)) text.add(line);
      const kept = text.finish(bump);
      await this.#print(flags, { directory, ...kept }, keptText(directory, kept));
    } catch (error) {
      throw new Error(`${file}: ${(error as Error).message}`);
    }
  }

  async #statisticsOf(
    dir: string | undefined,
    kubeconfig: string | undefined,
  ): Promise<Readonly<Record<string, number>>> {
    if (kubeconfig !== undefined) {
      if (dir !== undefined) throw new Error("either a directory or --kubeconfig, not both");
      return runningStatistics(this.#platform, kubeconfig);
    }
    if (dir === undefined) throw new Error("a directory or --kubeconfig is needed");
    return loadedStatistics(await storeDirectory(this.#platform, dir));
  }

  async #print(flags: OutputFlags, value: object, text: string): Promise<void> {
    const output = flags.output === "json" ? `${JSON.stringify(value)}\n` : text;
    await this.#platform.host.writeOutput(output);
  }
}

function revisions(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new Error(`--bump-revision: ${text} is not a whole number of revisions`);
  }
  return value;
}
