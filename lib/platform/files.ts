export interface FileStatus {
  readonly kind: "file" | "directory" | "link" | "socket" | "other";
  readonly sizeBytes: number;
  readonly modifiedMilliseconds: number;
  readonly mode: number;
  readonly inode: number;
  readonly device: number;
}

export interface FileSystemUsage {
  /** The file system's magic number, for example 0x63677270 for cgroup v2. */
  readonly type: number;
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly availableBytes: number;
  readonly totalInodes: number;
  readonly freeInodes: number;
}

export interface FileHandle {
  read(buffer: Uint8Array, position: number | null): Promise<number>;
  write(bytes: Uint8Array): Promise<void>;
  /** What was written is on the disk. */
  sync(): Promise<void>;
  status(): Promise<FileStatus>;
  close(): Promise<void>;
}

/** Something in a file system that is held: the same one whatever becomes of the names it has. */
export interface PinnedFile {
  /** Leads to it from any process of the machine while it is held, and into it as a directory. */
  readonly path: string;
  status(): Promise<FileStatus>;
  close(): Promise<void>;
}

/**
 * Paths are absolute or relative to the process. Failures reject with Node's errno codes (ENOENT,
 * …).
 */
export interface Files {
  readFile(path: string): Promise<Uint8Array>;
  readText(path: string): Promise<string>;
  /** Synchronous, for start-up only (flags, kubeconfigs, certificates). */
  readTextNow(path: string): string;
  writeFile(path: string, data: Uint8Array | string, mode?: number): Promise<void>;
  /**
   * Written beside it, synced and renamed over it, so that a reader sees the old or the new file.
   */
  replaceFile(path: string, data: Uint8Array | string, mode?: number): Promise<void>;
  appendFile(path: string, data: Uint8Array | string): Promise<void>;
  open(path: string, flags: "r" | "w" | "a" | "r+"): Promise<FileHandle>;
  /** Holds what a path names, a link itself where it ends in one; nothing is read or opened. */
  pin(path: string): Promise<PinnedFile>;
  list(path: string): Promise<string[]>;
  makeDirectory(path: string, mode?: number): Promise<void>;
  /** One level: rejects where its parent is missing (ENOENT) or something is there (EEXIST). */
  makeNewDirectory(path: string, mode: number): Promise<void>;
  makeTemporaryDirectory(prefix: string): Promise<string>;
  /** Recursive; a missing path is no error. */
  remove(path: string): Promise<void>;
  /** An empty one only (the way cgroups are removed). */
  removeDirectory(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  readLink(path: string): Promise<string>;
  realPath(path: string): Promise<string>;
  setMode(path: string, mode: number): Promise<void>;
  setOwner(path: string, user: number, group: number): Promise<void>;
  /** Undefined where there is nothing. Follows links unless told not to. */
  status(path: string, followLinks?: boolean): Promise<FileStatus | undefined>;
  exists(path: string): Promise<boolean>;
  usage(path: string): Promise<FileSystemUsage>;
  /**
   * Calls back (coalesced) when something in the file or directory changes; returns what stops it.
   */
  watch(path: string, onChange: () => void): () => void;
}
