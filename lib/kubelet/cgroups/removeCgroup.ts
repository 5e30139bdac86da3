import type { Files } from "../../platform/files.js";

/** A cgroup's directory is removed by rmdir alone, from the innermost outwards. */
export async function removeCgroup(files: Files, path: string): Promise<void> {
  const names = await files.list(path).catch(() => []);
  for (const name of names) {
    const status = await files.status(`${path}/${name}`, false);
    if (status?.kind === "directory") await removeCgroup(files, `${path}/${name}`);
  }
  await files.removeDirectory(path).catch(() => undefined);
}
