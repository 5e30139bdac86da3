import type { Files } from "../../platform/files.js";
import type { ContainerStatus } from "../cri/runtime.js";
import { runtimeAnnotations } from "./podIdentity.js";

/** Upstream's bounds on a container's last words: from its file, and from its log. */
const maxFileBytes = 4096;
const maxLogBytes = 2048;
const maxLogLines = 80;

async function tailOf(files: Files, path: string, maxBytes: number): Promise<string> {
  const file = await files.open(path, "r");
  try {
    const { sizeBytes } = await file.status();
    const buffer = Buffer.alloc(Math.min(sizeBytes, maxBytes));
    const read = await file.read(buffer, Math.max(sizeBytes - buffer.length, 0));
    return buffer.subarray(0, read).toString("utf8");
  } finally {
    await file.close();
  }
}

/** The text of a CRI log's lines (`time stream tag text`). */
function logText(raw: string): string {
  return raw
    .split("\n")
    .map((line) => /^\S+ std(?:out|err) [FP]\S* ?(.*)$/s.exec(line)?.[1])
    .filter((text) => text !== undefined)
    .slice(-maxLogLines)
    .join("\n");
}

/**
 * What an ended container says of its end: its file's text or, by its policy, the end of its log
 * after an error.
 */
export async function readTerminationMessage(
  files: Files,
  path: string,
  status: ContainerStatus,
): Promise<string> {
  const own = await tailOf(files, path, maxFileBytes).catch(() => "");
  if (own !== "") return own;
  const policy = status.annotations[runtimeAnnotations.terminationMessagePolicy];
  if (policy !== "FallbackToLogsOnError" || status.exitCode === 0) return status.message;
  const log = await tailOf(files, status.logPath, maxLogBytes * 4).catch(() => "");
  return log === "" ? status.message : logText(log).slice(-maxLogBytes);
}
