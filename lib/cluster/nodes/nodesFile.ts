import type { Platform } from "../../platform/platform.js";
import type { NodePlan } from "./nodePlan.js";

export interface RecordedNode {
  readonly name: string;
  /** Of its containerd. */
  readonly socket: string;
}

/** What stands in `nodes.json` while real nodes are there, and after a crash. */
export interface NodesRecord {
  readonly pid: number;
  /** In the kernel's ticks since boot: with the pid it is one process and no later one. */
  readonly processStart: string;
  readonly nodes: readonly RecordedNode[];
}

type Parts = Pick<Platform, "files" | "host">;

const fileOf = (nodesDirectory: string): string => `${nodesDirectory}/nodes.json`;

async function startOf({ files }: Pick<Platform, "files">, pid: number): Promise<string> {
  const stat = await files.readText(`/proc/${pid}/stat`).catch(() => "");
  // Field 22; the second is the program's name in brackets, which may hold blanks.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

export async function readNodesRecord(
  { files }: Pick<Platform, "files">,
  nodesDirectory: string,
): Promise<NodesRecord | undefined> {
  const text = await files.readText(fileOf(nodesDirectory)).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as NodesRecord;
  } catch {
    return { pid: 0, processStart: "", nodes: [] };
  }
}

export async function writeNodesRecord(
  parts: Parts,
  plan: NodePlan,
  nodes: readonly RecordedNode[],
): Promise<void> {
  const { pid } = parts.host;
  const record: NodesRecord = { pid, processStart: await startOf(parts, pid), nodes };
  await parts.files.replaceFile(fileOf(plan.directory), JSON.stringify(record), 0o600);
}

export async function removeNodesRecord(
  { files }: Pick<Platform, "files">,
  nodesDirectory: string,
): Promise<void> {
  await files.remove(fileOf(nodesDirectory));
}

/** Rejects with one line where another process runs nodes below the same directory. */
export async function refuseSecondOwner(parts: Parts, nodesDirectory: string): Promise<void> {
  const record = await readNodesRecord(parts, nodesDirectory);
  if (record === undefined || record.pid === parts.host.pid) return;
  const start = await startOf(parts, record.pid);
  if (start === "" || start !== record.processStart) return;
  throw new Error(`${nodesDirectory}: in use by process ${record.pid}`);
}
