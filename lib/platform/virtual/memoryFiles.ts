import type { FileHandle, FileStatus, Files, PinnedFile } from "../files.js";

type Entry =
  | { readonly kind: "file"; data: Uint8Array; mode: number; modified: number; inode: number }
  | { readonly kind: "directory"; mode: number; modified: number; inode: number }
  | { readonly kind: "link"; target: string; mode: number; modified: number; inode: number };

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

/** Following more links than this is a loop. */
const maxLinks = 40;

/**
 * A file system in memory, for simulated nodes: nothing of it reaches the disk, and it goes with
 * its owner. Whole paths are the keys, so that a lookup costs the same however deep the tree is.
 */
export class MemoryFiles implements Files {
  readonly #entries = new Map<string, Entry>();
  readonly #children = new Map<string, Set<string>>();
  readonly #now: () => number;
  #inode = 2;

  constructor(now: () => number) {
    this.#now = now;
    this.#entries.set("/", { kind: "directory", mode: 0o755, modified: now(), inode: 1 });
    this.#children.set("/", new Set());
  }

  /** The path with links followed; the last part too unless told not to. */
  #resolve(path: string, followLast = true): string {
    let left = path.split("/");
    let current = "";
    let links = 0;
    while (left.length > 0) {
      const [part, ...rest] = left as [string, ...string[]];
      left = rest;
      if (part === "" || part === ".") continue;
      if (part === "..") {
        // After the links before it were followed: it is the parent of where they led.
        current = current === "" ? "" : parentOf(current).replace(/^\/$/, "");
        continue;
      }
      const next = `${current}/${part}`;
      const entry = this.#entries.get(next);
      if (entry?.kind === "link" && (left.length > 0 || followLast)) {
        if (++links > maxLinks) throw failure("ELOOP", path);
        left = [...entry.target.split("/"), ...left];
        if (entry.target.startsWith("/")) current = "";
      } else {
        current = next;
      }
    }
    return current === "" ? "/" : current;
  }

  #put(path: string, entry: Entry): void {
    const parent = parentOf(path);
    const above = this.#entries.get(parent);
    if (!above) throw failure("ENOENT", path);
    if (above.kind !== "directory") throw failure("ENOTDIR", path);
    this.#entries.set(path, entry);
    this.#children.get(parent)?.add(path.slice(parent === "/" ? 1 : parent.length + 1));
    if (entry.kind === "directory" && !this.#children.has(path))
      this.#children.set(path, new Set());
  }

  #file(path: string): Extract<Entry, { kind: "file" }> {
    const entry = this.#entries.get(this.#resolve(path));
    if (!entry) throw failure("ENOENT", path);
    if (entry.kind !== "file") throw failure("EISDIR", path);
    return entry;
  }

  /** Into the file that is there, whose mode and open handles stay; else a new one. */
  #write(path: string, data: Uint8Array | string, mode = 0o644): void {
    const bytes = typeof data === "string" ? Buffer.from(data) : Uint8Array.from(data);
    const full = this.#resolve(path);
    const old = this.#entries.get(full);
    if (old?.kind === "directory") throw failure("EISDIR", path);
    if (old?.kind === "file") {
      old.data = bytes;
      old.modified = this.#now();
      return;
    }
    const modified = this.#now();
    this.#put(full, { kind: "file", data: bytes, mode, modified, inode: this.#inode++ });
  }

  async readFile(path: string): Promise<Uint8Array> {
    return Uint8Array.from(this.#file(path).data);
  }
  async readText(path: string): Promise<string> {
    return Buffer.from(this.#file(path).data).toString("utf8");
  }
  readTextNow(path: string): string {
    return Buffer.from(this.#file(path).data).toString("utf8");
  }
  async writeFile(path: string, data: Uint8Array | string, mode?: number): Promise<void> {
    this.#write(path, data, mode);
  }
  async replaceFile(path: string, data: Uint8Array | string, mode = 0o644): Promise<void> {
    const full = this.#resolve(path);
    if (this.#entries.get(full)?.kind === "directory") throw failure("EISDIR", path);
    const bytes = Uint8Array.from(typeof data === "string" ? Buffer.from(data) : data);
    const modified = this.#now();
    this.#put(full, { kind: "file", data: bytes, mode, modified, inode: this.#inode++ });
  }
  async appendFile(path: string, data: Uint8Array | string): Promise<void> {
    const full = this.#resolve(path);
    const old = this.#entries.get(full);
    const before = old?.kind === "file" ? old.data : new Uint8Array();
    this.#write(path, Buffer.concat([before, Buffer.from(data)]));
  }

  async open(path: string, flags: "r" | "w" | "a" | "r+"): Promise<FileHandle> {
    const isAppending = flags === "a";
    if (flags === "w" || (flags === "a" && !(await this.exists(path)))) this.#write(path, "");
    const entry = this.#file(path);
    let position = 0;
    return {
      read: async (buffer, at) => {
        const from = at ?? position;
        const part = entry.data.subarray(from, from + buffer.length);
        buffer.set(part);
        if (at === null) position += part.length;
        return part.length;
      },
      write: async (bytes) => {
        const at = isAppending ? entry.data.length : position;
        const grown = Buffer.alloc(Math.max(entry.data.length, at + bytes.length));
        grown.set(entry.data);
        grown.set(bytes, at);
        entry.data = grown;
        entry.modified = this.#now();
        position = at + bytes.length;
      },
      sync: async () => undefined,
      status: async () => this.#statusOf(entry),
      close: async () => undefined,
    };
  }

  async pin(path: string): Promise<PinnedFile> {
    const full = this.#resolve(path, false);
    const entry = this.#entries.get(full);
    if (!entry) throw failure("ENOENT", path);
    return {
      path: full,
      status: async () => this.#statusOf(entry),
      close: async () => undefined,
    };
  }

  async list(path: string): Promise<string[]> {
    const full = this.#resolve(path);
    const entry = this.#entries.get(full);
    if (!entry) throw failure("ENOENT", path);
    if (entry.kind !== "directory") throw failure("ENOTDIR", path);
    return [...(this.#children.get(full) ?? [])].sort();
  }

  async makeNewDirectory(path: string, mode: number): Promise<void> {
    const full = this.#resolve(path, false);
    if (this.#entries.has(full)) throw failure("EEXIST", path);
    const modified = this.#now();
    this.#put(full, { kind: "directory", mode, modified, inode: this.#inode++ });
  }

  async makeDirectory(path: string, mode = 0o755): Promise<void> {
    let current = "";
    for (const part of this.#resolve(path).split("/").slice(1)) {
      if (part === "") continue;
      current = `${current}/${part}`;
      const entry = this.#entries.get(current);
      if (entry && entry.kind !== "directory") throw failure("ENOTDIR", path);
      if (!entry) {
        const inode = this.#inode++;
        this.#put(current, { kind: "directory", mode, modified: this.#now(), inode });
      }
    }
  }

  async makeTemporaryDirectory(prefix: string): Promise<string> {
    const path = `${prefix}${this.#inode.toString(36).padStart(6, "0")}`;
    await this.makeDirectory(path, 0o700);
    return path;
  }

  #drop(path: string): void {
    for (const name of [...(this.#children.get(path) ?? [])]) this.#drop(`${path}/${name}`);
    this.#children.delete(path);
    this.#entries.delete(path);
    const parent = parentOf(path);
    this.#children.get(parent)?.delete(path.slice(parent === "/" ? 1 : parent.length + 1));
  }

  async remove(path: string): Promise<void> {
    const full = this.#resolve(path, false);
    if (full !== "/" && this.#entries.has(full)) this.#drop(full);
  }

  async removeDirectory(path: string): Promise<void> {
    const full = this.#resolve(path, false);
    if (!this.#entries.has(full)) throw failure("ENOENT", path);
    if ((this.#children.get(full)?.size ?? 0) > 0) throw failure("ENOTEMPTY", path);
    this.#drop(full);
  }

  async rename(from: string, to: string): Promise<void> {
    const source = this.#resolve(from, false);
    const target = this.#resolve(to, false);
    const entry = this.#entries.get(source);
    if (!entry) throw failure("ENOENT", from);
    if (source === target) return;
    if (target.startsWith(`${source}/`)) throw failure("EINVAL", to);
    const old = this.#entries.get(target);
    if (old?.kind === "directory") {
      if (entry.kind !== "directory") throw failure("EISDIR", to);
      if ((this.#children.get(target)?.size ?? 0) > 0) throw failure("ENOTEMPTY", to);
    } else if (old && entry.kind === "directory") throw failure("ENOTDIR", to);
    const below = [...(this.#children.get(source) ?? [])];
    if (this.#entries.has(target)) this.#drop(target);
    this.#put(target, entry);
    for (const name of below) await this.rename(`${source}/${name}`, `${target}/${name}`);
    this.#drop(source);
  }

  async symlink(target: string, path: string): Promise<void> {
    const full = this.#resolve(path, false);
    if (this.#entries.has(full)) throw failure("EEXIST", path);
    const inode = this.#inode++;
    this.#put(full, { kind: "link", target, mode: 0o777, modified: this.#now(), inode });
  }

  async readLink(path: string): Promise<string> {
    const entry = this.#entries.get(this.#resolve(path, false));
    if (!entry) throw failure("ENOENT", path);
    if (entry.kind !== "link") throw failure("EINVAL", path);
    return entry.target;
  }

  async realPath(path: string): Promise<string> {
    const full = this.#resolve(path);
    if (!this.#entries.has(full)) throw failure("ENOENT", path);
    return full;
  }

  async setMode(path: string, mode: number): Promise<void> {
    const entry = this.#entries.get(this.#resolve(path));
    if (!entry) throw failure("ENOENT", path);
    entry.mode = mode;
  }

  async setOwner(): Promise<void> {}

  #statusOf(entry: Entry): FileStatus {
    return {
      kind: entry.kind,
      sizeBytes: entry.kind === "file" ? entry.data.length : 0,
      modifiedMilliseconds: entry.modified,
      mode: entry.mode,
      inode: entry.inode,
      device: 1,
    };
  }

  async status(path: string, followLinks = true): Promise<FileStatus | undefined> {
    const entry = this.#entries.get(this.#resolve(path, followLinks));
    return entry ? this.#statusOf(entry) : undefined;
  }

  async exists(path: string): Promise<boolean> {
    return (await this.status(path)) !== undefined;
  }

  async usage(): Promise<{
    type: number;
    totalBytes: number;
    freeBytes: number;
    availableBytes: number;
    totalInodes: number;
    freeInodes: number;
  }> {
    const totalBytes = 100 * 1024 ** 3;
    return {
      // cgroup2fs's number: the simulated machine has the newer cgroups.
      type: 0x63677270,
      totalBytes,
      freeBytes: totalBytes,
      availableBytes: totalBytes,
      totalInodes: 1e7,
      freeInodes: 1e7,
    };
  }

  watch(): () => void {
    return () => undefined;
  }
}
