import type { Files } from "./files.js";

const others = 0o077;
const sticky = 0o1000;

/** Takes everybody else's rights to a file or directory away, where its owner may do that. */
async function keepFromOthers(files: Files, path: string): Promise<void> {
  const status = await files.status(path, false);
  if (status === undefined || status.kind === "link" || (status.mode & others) === 0) return;
  try {
    await files.setMode(path, status.mode & 0o700);
  } catch (error) {
    // Somebody else's, or on a file system without rights: whoever made it has decided.
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["EPERM", "EROFS", "ENOTSUP"].includes(code)) throw error;
  }
}

/**
 * A directory (with its parents) that only its owner may enter, whatever the umask. One that is
 * there is closed to others, and so are the files in it; what is below stays as it is, out of
 * reach.
 */
export async function makePrivateDirectory(files: Files, path: string): Promise<void> {
  await files.makeDirectory(path, 0o700);
  await keepFromOthers(files, path);
  for (const name of await files.list(path)) {
    const status = await files.status(`${path}/${name}`, false);
    if (status?.kind === "file") await keepFromOthers(files, `${path}/${name}`);
  }
}

/**
 * As makePrivateDirectory, for a place that a person has chosen: the files in it may be theirs and
 * stay, and so does a directory that everybody shares, such as /tmp.
 */
export async function makeDataDirectory(files: Files, path: string): Promise<void> {
  await files.makeDirectory(path, 0o700);
  const status = await files.status(path);
  if (status !== undefined && (status.mode & sticky) === 0) await keepFromOthers(files, path);
}

/** Takes others' rights to one file away; a missing one is no error. */
export function makePrivateFile(files: Files, path: string): Promise<void> {
  return keepFromOthers(files, path);
}
