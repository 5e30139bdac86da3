import { randomBytes } from "node:crypto";
import { type BigIntStats, constants, readFileSync, type Stats, watch } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname, join } from "node:path";
import type { FileHandle, FileStatus, Files, PinnedFile } from "../files.js";

function statusOf(stats: Stats | BigIntStats): FileStatus {
  const kind = stats.isFile()
    ? "file"
    : stats.isDirectory()
      ? "directory"
      : stats.isSymbolicLink()
        ? "link"
        : stats.isSocket()
          ? "socket"
          : "other";
  return {
    kind,
    sizeBytes: Number(stats.size),
    modifiedMilliseconds: Number(stats.mtimeMs),
    mode: Number(stats.mode) & 0o7777,
    inode: Number(stats.ino),
    device: Number(stats.dev),
  };
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

/**
 * Node's own recursion never ends where a file system says of every new name that it is missing,
 * as /proc does.
 */
async function makeDirectories(path: string, mode: number | undefined): Promise<void> {
  try {
    await fs.mkdir(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const parent = dirname(path);
    if (code === "ENOENT" && parent !== path && !(await isDirectory(parent))) {
      await makeDirectories(parent, mode);
      await makeDirectories(path, mode);
    } else if (!(await isDirectory(path))) throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await fs.stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function replaceFile(path: string, data: Uint8Array | string, mode?: number): Promise<void> {
  const temporary = join(dirname(path), `.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const file = await fs.open(temporary, "wx", mode ?? 0o644);
    try {
      // The umask is for what says no mode.
      if (mode !== undefined) await file.chmod(mode);
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
}

async function open(path: string, flags: "r" | "w" | "a" | "r+"): Promise<FileHandle> {
  const file = await fs.open(path, flags);
  return {
    read: async (buffer, position) =>
      (await file.read(buffer, 0, buffer.length, position)).bytesRead,
    write: async (bytes) => {
      await file.writeFile(bytes);
    },
    sync: () => file.sync(),
    status: async () => statusOf(await file.stat()),
    close: () => file.close(),
  };
}

/** Of Linux: a descriptor that names a file without opening it. */
const pathOnly = 0o10000000;

async function pin(path: string): Promise<PinnedFile> {
  const file = await fs.open(path, pathOnly | constants.O_NOFOLLOW);
  return {
    path: `/proc/${process.pid}/fd/${file.fd}`,
    status: async () => statusOf(await file.stat()),
    close: () => file.close(),
  };
}

function watchPath(path: string, onChange: () => void): () => void {
  let queued = false;
  const watcher = watch(path, { persistent: false }, () => {
    if (queued) return;
    queued = true;
    setImmediate(() => {
      queued = false;
      onChange();
    });
  });
  watcher.on("error", () => watcher.close());
  return () => watcher.close();
}

export const nodeFiles: Files = {
  readFile: (path) => fs.readFile(path),
  readText: (path) => fs.readFile(path, "utf8"),
  readTextNow: (path) => readFileSync(path, "utf8"),
  writeFile: (path, data, mode) => fs.writeFile(path, data, mode === undefined ? {} : { mode }),
  replaceFile,
  appendFile: (path, data) => fs.appendFile(path, data),
  open,
  pin,
  list: (path) => fs.readdir(path),
  makeDirectory: (path, mode) => makeDirectories(path, mode),
  makeNewDirectory: (path, mode) => fs.mkdir(path, { mode }),
  makeTemporaryDirectory: (prefix) => fs.mkdtemp(prefix),
  remove: (path) => fs.rm(path, { recursive: true, force: true }),
  removeDirectory: (path) => fs.rmdir(path),
  rename: (from, to) => fs.rename(from, to),
  symlink: (target, path) => fs.symlink(target, path),
  readLink: (path) => fs.readlink(path),
  realPath: (path) => fs.realpath(path),
  setMode: (path, mode) => fs.chmod(path, mode),
  setOwner: (path, user, group) => fs.lchown(path, user, group),
  status: async (path, followLinks = true) => {
    try {
      return statusOf(await (followLinks ? fs.stat(path) : fs.lstat(path)));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  exists: async (path) => (await nodeFiles.status(path)) !== undefined,
  usage: async (path) => {
    const usage = await fs.statfs(path);
    return {
      type: usage.type,
      totalBytes: usage.blocks * usage.bsize,
      freeBytes: usage.bfree * usage.bsize,
      availableBytes: usage.bavail * usage.bsize,
      totalInodes: usage.files,
      freeInodes: usage.ffree,
    };
  },
  watch: watchPath,
};
