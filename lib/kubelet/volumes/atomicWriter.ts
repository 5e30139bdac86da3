import type { Files } from "../../platform/files.js";

export interface ProjectedFile {
  readonly data: Uint8Array;
  readonly mode: number;
  /** Who owns it; root where it is not said. */
  readonly user?: number;
}

const dataLink = "..data";
const temporaryLink = "..data_tmp";

/** A path inside a volume that stays inside it. */
export function checkVolumePath(path: string): void {
  const parts = path.split("/");
  if (path === "" || path.startsWith("/") || parts.includes("..") || path.startsWith("..")) {
    throw new Error(
      `invalid path ${JSON.stringify(path)}: must be relative and stay in the volume`,
    );
  }
}

/** Of sources that were put together, one may want a file where another wants a directory. */
function checkDistinct(paths: Iterable<string>): void {
  const all = new Set(paths);
  for (const path of all) {
    for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
      const above = path.slice(0, at);
      if (!all.has(above)) continue;
      const both = `${JSON.stringify(above)} and ${JSON.stringify(path)}`;
      throw new Error(`paths ${both} exclude each other`);
    }
  }
}

async function isSame(
  files: Files,
  directory: string,
  wanted: ReadonlyMap<string, ProjectedFile>,
): Promise<boolean> {
  const manifest = await files.readText(`${directory}/..manifest`).catch(() => undefined);
  return manifest === manifestOf(wanted);
}

function manifestOf(wanted: ReadonlyMap<string, ProjectedFile>): string {
  const lines = [...wanted].map(([path, file]) => [
    path,
    file.mode,
    file.user ?? 0,
    Buffer.from(file.data).toString("base64"),
  ]);
  return JSON.stringify(lines.sort((a, b) => ((a[0] as string) < (b[0] as string) ? -1 : 1)));
}

/** One that a pod's group may enter, and whose new files are the group's. */
async function makeVolumeDirectory(
  files: Files,
  path: string,
  group: number | undefined,
): Promise<void> {
  await files.makeDirectory(path, 0o755);
  if (group === undefined) return;
  await files.setOwner(path, 0, group);
  await files.setMode(path, 0o2755);
}

/**
 * Writes a volume's files so that a reader sees all of the old or all of the new ones: the files
 * stand in a directory of their own, `..data` links to it, and each top-level name links through
 * `..data` (as upstream's atomic writer; programs that watch the link are notified). Returns
 * whether anything changed.
 */
export async function writeAtomically(
  files: Files,
  volume: string,
  wanted: ReadonlyMap<string, ProjectedFile>,
  version: string,
  group?: number,
): Promise<boolean> {
  for (const path of wanted.keys()) checkVolumePath(path);
  checkDistinct(wanted.keys());
  const current = await files.readLink(`${volume}/${dataLink}`).catch(() => undefined);
  if (current !== undefined && (await isSame(files, `${volume}/${current}`, wanted))) return false;
  const directory = `..${version}`;
  try {
    await writeAll(files, `${volume}/${directory}`, wanted, group);
  } catch (error) {
    // It is tried again, and what lies there takes memory.
    await files.remove(`${volume}/${directory}`).catch(() => undefined);
    throw error;
  }
  await files.remove(`${volume}/${temporaryLink}`);
  await files.symlink(directory, `${volume}/${temporaryLink}`);
  await files.rename(`${volume}/${temporaryLink}`, `${volume}/${dataLink}`);
  const topLevel = new Set([...wanted.keys()].map((path) => path.split("/")[0] as string));
  for (const name of topLevel) {
    const link = `${volume}/${name}`;
    if ((await files.status(link, false)) === undefined) {
      await files.symlink(`${dataLink}/${name}`, link);
    }
  }
  // What an earlier process did not come to remove goes, too.
  for (const name of await files.list(volume)) {
    const isCurrent = name === dataLink || name === directory || topLevel.has(name);
    if (!isCurrent) await files.remove(`${volume}/${name}`);
  }
  return true;
}

async function writeAll(
  files: Files,
  target: string,
  wanted: ReadonlyMap<string, ProjectedFile>,
  group: number | undefined,
): Promise<void> {
  await makeVolumeDirectory(files, target, group);
  for (const [path, file] of wanted) {
    const full = `${target}/${path}`;
    const parts = path.split("/").slice(0, -1);
    for (const depth of parts.keys()) {
      await makeVolumeDirectory(files, [target, ...parts.slice(0, depth + 1)].join("/"), group);
    }
    await files.writeFile(full, file.data, file.mode);
    // The pod's group can read what is written for it, as upstream's fsGroup.
    await files.setMode(full, group === undefined ? file.mode : file.mode | 0o440);
    if (group !== undefined || file.user !== undefined) {
      await files.setOwner(full, file.user ?? 0, group ?? 0);
    }
  }
  // For the next comparison; of no use to readers, and no more readable than a secret's files.
  await files.writeFile(`${target}/..manifest`, manifestOf(wanted), 0o600);
}
