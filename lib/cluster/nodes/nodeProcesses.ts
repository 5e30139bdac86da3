import type { Platform } from "../../platform/platform.js";
import { holderOf } from "./nodePlan.js";

export interface FoundProcess {
  readonly pid: number;
  readonly words: readonly string[];
}

const pausePollMilliseconds = 20;
const endLimitMilliseconds = 5_000;
/** Programs that a node is made of; somebody's editor with a file of the node is none of them. */
const programs = /^(?:containerd(?:-shim[\w-]*)?|node|nsenter|unshare|sh|runc|ctr)$/;

/**
 * Processes of this machine that an earlier or this run started for the nodes below the directory:
 * each has a path below it in its command line.
 */
export async function nodeProcesses(
  { files, host }: Pick<Platform, "files" | "host">,
  directory: string,
): Promise<FoundProcess[]> {
  const pids = (await files.list("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: FoundProcess[] = [];
  for (const pid of pids) {
    if (pid === host.pid) continue;
    const text = await files.readText(`/proc/${pid}/cmdline`).catch(() => "");
    if (!text.includes(`${directory}/`)) continue;
    const words = text.split("\0");
    const program = words[0] ?? "";
    const isHolder = program.startsWith(`${directory}/`) && program.endsWith(holderOf(""));
    if (isHolder || programs.test(program.replace(/^.*\//, ""))) found.push({ pid, words });
  }
  return found;
}

/** Kills processes and waits until they are gone, some seconds at most. */
export async function killAll(
  { processes, clock, files }: Pick<Platform, "processes" | "clock" | "files">,
  pids: readonly number[],
): Promise<void> {
  for (const pid of pids) processes.signal(pid, "SIGKILL");
  const end = clock.monotonic() + endLimitMilliseconds;
  for (const pid of pids) {
    while (clock.monotonic() < end) {
      // One whose parent has yet to look is dead all the same.
      const state = await files.readText(`/proc/${pid}/stat`).catch(() => "");
      if (state === "" || /\) [ZX] /.test(state)) break;
      await clock.sleep(pausePollMilliseconds);
    }
  }
}
