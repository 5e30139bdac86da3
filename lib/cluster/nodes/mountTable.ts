import type { Platform } from "../../platform/platform.js";
import { checkedRun } from "./checkedRun.js";

type Parts = Pick<Platform, "files" | "processes">;

/** Mount points at or below a directory, the innermost first. */
export async function mountsBelow({ files }: Parts, directory: string): Promise<string[]> {
  const table = await files.readText("/proc/self/mountinfo");
  return table
    .split("\n")
    .map((line) => (line.split(" ")[4] ?? "").replaceAll(/\\(\d{3})/g, fromOctal))
    .filter((path) => path === directory || path.startsWith(`${directory}/`))
    .reverse();
}

/** The kernel writes blanks and the like so. */
function fromOctal(_whole: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 8));
}

/** A mount that is still in use goes when it no longer is. */
export async function unmountBelow(parts: Parts, directory: string): Promise<void> {
  for (const path of await mountsBelow(parts, directory)) {
    await checkedRun(parts, ["umount", path]).catch(() =>
      checkedRun(parts, ["umount", "--lazy", path]),
    );
  }
}

/**
 * Makes a directory a mount that is shared with namespaces made from here on: what is mounted below
 * it later appears in them as well.
 */
export async function shareMounts(parts: Parts, directory: string): Promise<void> {
  if ((await mountsBelow(parts, directory)).includes(directory)) return;
  await checkedRun(parts, ["mount", "--bind", directory, directory]);
  await checkedRun(parts, ["mount", "--make-shared", directory]);
}
