import type { Files, PinnedFile } from "../../platform/files.js";
import { VolumeError } from "./volumeContent.js";

/** Upstream's words; unlike a file's path in a volume it may begin with two dots (`..data/key`). */
export function checkSubPath(subPath: string): void {
  if (subPath.startsWith("/")) {
    throw new VolumeError(`error SubPath \`${subPath}\` must not be an absolute path`);
  }
  if (subPath.split("/").includes("..")) {
    throw new VolumeError(`unable to provision SubPath \`${subPath}\`: must not contain '..'`);
  }
}

const partsOf = (path: string): string[] =>
  path.split("/").filter((part) => part !== "" && part !== ".");

/** More links than this on the way are a loop. */
const maxLinks = 40;

export interface PinnedSubPath {
  readonly pinned: PinnedFile;
  /** Where it was when it was opened, without links. */
  readonly realPath: string;
}

/**
 * Holds what a subPath of a volume names, whatever others do to the volume meanwhile: each part is
 * opened in the directory that is held before it, never through a link. A link is read and followed
 * as long as it stays in the volume. What is missing is made as a directory with the volume's mode.
 */
export async function pinSubPath(
  files: Files,
  volumePath: string,
  subPath: string,
): Promise<PinnedSubPath> {
  checkSubPath(subPath);
  const base = await files.realPath(volumePath);
  const outside = (): VolumeError =>
    new VolumeError(`subPath ${JSON.stringify(subPath)} leads out of its volume`);
  /** What is held, from the volume down; all but the last are closed in the end. */
  const held: PinnedFile[] = [await files.pin(base)];
  const names: string[] = [];
  const top = (): PinnedFile => held.at(-1) as PinnedFile;
  try {
    const mode = (await top().status()).mode & 0o7777;
    let left = partsOf(subPath);
    let links = 0;
    while (left.length > 0) {
      const [part, ...rest] = left as [string, ...string[]];
      left = rest;
      if (part === "..") {
        if (names.pop() === undefined) throw outside();
        await held.pop()?.close();
        continue;
      }
      const next = await openPart(files, top(), part, mode);
      if ((await next.status()).kind !== "link") {
        held.push(next);
        names.push(part);
        continue;
      }
      await next.close();
      links += 1;
      if (links > maxLinks) throw new VolumeError(`subPath ${JSON.stringify(subPath)} is a loop`);
      const target = await files.readLink(`${top().path}/${part}`);
      if (target.startsWith("/")) {
        if (target !== base && !target.startsWith(`${base}/`)) throw outside();
        for (const one of held.splice(1)) await one.close();
        names.length = 0;
        left = [...partsOf(target.slice(base.length)), ...left];
      } else {
        left = [...partsOf(target), ...left];
      }
    }
    const pinned = held.pop() as PinnedFile;
    return { pinned, realPath: [base, ...names].join("/") };
  } finally {
    for (const one of held) await one.close();
  }
}

/** Somebody else was faster: what is there is looked at as anything else is. */
function unlessThere(error: unknown): void {
  if ((error as { code?: unknown }).code !== "EEXIST") throw error;
}

/** A part of a path in a directory that is held; made where it is missing. */
async function openPart(
  files: Files,
  directory: PinnedFile,
  part: string,
  mode: number,
): Promise<PinnedFile> {
  const path = `${directory.path}/${part}`;
  const there = await files.status(path, false);
  // One level only: where the directory itself was removed meanwhile nothing is made anew.
  if (there === undefined) await files.makeNewDirectory(path, mode).catch(unlessThere);
  const pinned = await files.pin(path);
  // The mode that was asked for, without the process's mask; of what is held, not of what is named.
  try {
    const isMade = there === undefined && (await pinned.status()).kind === "directory";
    if (isMade) await files.setMode(pinned.path, mode);
    return pinned;
  } catch (error) {
    await pinned.close();
    throw error;
  }
}
