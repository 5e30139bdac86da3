import type { PinnedFile } from "../../platform/files.js";
import type { Platform } from "../../platform/platform.js";

/** Mounts of the node, as its kubelet and its container runtime both see them. */
export interface Mounter {
  /**
   * Makes a target show what is held, and resolves with the path by which the runtime finds it.
   * `realPath` is where that was when it was looked at.
   */
  bind(source: PinnedFile, realPath: string, target: string): Promise<string>;
  /**
   * A file system in memory at a directory, unless one is mounted there already. Resolves with
   * whether it was mounted now. What is in it is never swapped to disk, where the kernel can
   * promise that.
   */
  memory(directory: string, options: string): Promise<boolean>;
  unmount(path: string): Promise<void>;
  /** Mount points below a directory, those inside others first. */
  below(directory: string): Promise<string[]>;
}

/** As mountinfo writes spaces, tabs, line ends and backslashes. */
const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );

/** By mount(8) and umount(8). Failures reject with what they said. */
export class CommandMounter implements Mounter {
  readonly #platform: Pick<Platform, "files" | "processes">;
  /** Until the kernel has refused it. */
  #knowsNoSwap = true;

  constructor(platform: Pick<Platform, "files" | "processes">) {
    this.#platform = platform;
  }

  async #run(command: string, args: readonly string[]): Promise<void> {
    const result = await this.#platform.processes.run(command, args);
    if (result.exitCode === 0) return;
    throw new Error(`${command} ${args.join(" ")}: ${result.stderr.trim()}`);
  }

  async bind(source: PinnedFile, _realPath: string, target: string): Promise<string> {
    const { files } = this.#platform;
    const wanted = await source.status();
    if ((await this.below(target.slice(0, target.lastIndexOf("/")))).includes(target)) {
      const there = await files.status(target, false);
      const isSame = there?.inode === wanted.inode && there.device === wanted.device;
      if (isSame) return target;
      await this.unmount(target);
    }
    await files.makeDirectory(target.slice(0, target.lastIndexOf("/")), 0o750);
    await files.remove(target);
    if (wanted.kind === "directory") await files.makeDirectory(target, 0o750);
    else await files.writeFile(target, "", 0o640);
    // The path of what is held is a link that must not be resolved to a name again.
    await this.#run("mount", ["--no-canonicalize", "--bind", source.path, target]);
    return target;
  }

  async memory(directory: string, options: string): Promise<boolean> {
    const { files } = this.#platform;
    const parent = await files.status(directory.slice(0, directory.lastIndexOf("/")));
    if ((await files.status(directory))?.device !== parent?.device) return false;
    const mount = (all: string): Promise<void> =>
      this.#run("mount", ["-t", "tmpfs", "-o", all, "tmpfs", directory]);
    if (this.#knowsNoSwap) {
      try {
        await mount(`${options},noswap`);
        return true;
      } catch {
        // Kernels before 6.4 do not know it. What else is wrong shows without it, too.
      }
    }
    await mount(options);
    this.#knowsNoSwap = false;
    return true;
  }

  unmount(path: string): Promise<void> {
    return this.#run("umount", [path]);
  }

  async below(directory: string): Promise<string[]> {
    const table = await this.#platform.files.readText("/proc/self/mountinfo");
    return table
      .split("\n")
      .map((line) => unescaped(line.split(" ")[4] ?? ""))
      .filter((path) => path.startsWith(`${directory}/`))
      .sort((a, b) => b.length - a.length);
  }
}

/** Of a node whose files are in memory: paths serve as they are. */
export const memoryMounter: Mounter = {
  bind: async (_source, realPath) => realPath,
  memory: async () => false,
  unmount: async () => undefined,
  below: async () => [],
};
