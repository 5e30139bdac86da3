import { parseTime } from "../../../api/time.js";
import type { Clock } from "../../../platform/clock.js";
import type { FileHandle, Files } from "../../../platform/files.js";
import { fixedTimestamp, parseCriLogLine } from "./criLogLine.js";

export interface LogOptions {
  readonly follow: boolean;
  /** Lines from the end; undefined gives all. */
  readonly tailLines: number | undefined;
  /** Milliseconds since the epoch; earlier lines are left out. */
  readonly sinceMilliseconds: number | undefined;
  readonly timestamps: boolean;
  readonly limitBytes: number | undefined;
  readonly stream: "All" | "Stdout" | "Stderr";
}

export interface LogSource {
  readonly path: string;
  /** Whether the container may still write; asked when nothing came for a while. */
  readonly isRunning: () => Promise<boolean>;
}

export interface LogFollowerParts {
  readonly files: Files;
  readonly clock: Clock;
  /** Resolves when the reader can take more. */
  readonly write: (bytes: Buffer) => Promise<void>;
  readonly signal: AbortSignal;
}

const chunkBytes = 64 * 1024;
/**
 * Runtimes cut the output into entries of 16 KiB; what is longer than this is no log line and is
 * skipped.
 */
const maxLineBytes = 1024 * 1024;
/** How often a quiet log is looked at, and its container asked after. */
const quietMilliseconds = 1_000;
const newline = 0x0a;
const newlineBytes = Buffer.of(newline);

/** Reads one container's log as `kubectl logs` shows it, and goes on while it grows. */
export class LogFollower {
  readonly #source: LogSource;
  readonly #options: LogOptions;
  readonly #parts: LogFollowerParts;
  #leftBytes: number;
  #carry: Buffer = Buffer.alloc(0);
  #isLineStart = true;
  #wake: (() => void) | undefined;
  #hasChanged = false;

  constructor(source: LogSource, options: LogOptions, parts: LogFollowerParts) {
    this.#source = source;
    this.#options = options;
    this.#parts = parts;
    this.#leftBytes = options.limitBytes ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Resolves at the end of the log, of the limit, or of the signal. Rejects when the file cannot
   * be read.
   */
  async run(): Promise<void> {
    const { files, signal } = this.#parts;
    let file = await files.open(this.#source.path, "r");
    const directory = this.#source.path.replace(/\/[^/]*$/, "") || "/";
    const unwatch = this.#options.follow
      ? files.watch(directory, () => this.#changed())
      : undefined;
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
    try {
      let position = await this.#startPosition(file);
      while (!signal.aborted && this.#leftBytes > 0) {
        position = await this.#readOn(file, position);
        if (!this.#options.follow || signal.aborted || this.#leftBytes <= 0) return;
        const successor = await this.#rotated(file);
        if (successor) {
          await this.#readOn(file, position);
          await file.close();
          file = successor;
          position = 0;
          this.#carry = Buffer.alloc(0);
          continue;
        }
        if (await this.#wait()) continue;
        if (await this.#source.isRunning()) continue;
        // It may have written between the last read and its end.
        if (!(await this.#rotated(file).then((next) => next?.close().then(() => true)))) {
          await this.#readOn(file, position);
          return;
        }
      }
    } finally {
      unwatch?.();
      await file.close();
    }
  }

  #changed(): void {
    this.#hasChanged = true;
    this.#wake?.();
  }

  /** True when the log's directory changed before the time was over. */
  async #wait(): Promise<boolean> {
    if (!this.#hasChanged && !this.#parts.signal.aborted) {
      const abort = new AbortController();
      this.#wake = () => abort.abort();
      await this.#parts.clock.sleep(quietMilliseconds, abort.signal);
      this.#wake = undefined;
    }
    const hasChanged = this.#hasChanged;
    this.#hasChanged = false;
    return hasChanged;
  }

  /** The file that has taken the log's place, opened, where it was rotated. */
  async #rotated(file: FileHandle): Promise<FileHandle | undefined> {
    const { files } = this.#parts;
    const [own, there] = await Promise.all([file.status(), files.status(this.#source.path)]);
    if (!there || (there.inode === own.inode && there.device === own.device)) return undefined;
    return files.open(this.#source.path, "r").catch(() => undefined);
  }

  /** Where the last tailLines entries begin, found from the end. */
  async #startPosition(file: FileHandle): Promise<number> {
    const { tailLines } = this.#options;
    if (tailLines === undefined) return 0;
    const { sizeBytes } = await file.status();
    if (tailLines === 0) return sizeBytes;
    const buffer = Buffer.alloc(chunkBytes);
    let found = 0;
    for (let end = sizeBytes; end > 0; ) {
      const start = Math.max(0, end - chunkBytes);
      const length = await file.read(buffer.subarray(0, end - start), start);
      for (let at = length - 1; at >= 0; at--) {
        // The newline that ends the file begins no line.
        if (buffer[at] !== newline || start + at === sizeBytes - 1) continue;
        found += 1;
        if (found === tailLines) return start + at + 1;
      }
      end = start;
    }
    return 0;
  }

  /** Everything from the position to the file's present end; gives the new position. */
  async #readOn(file: FileHandle, from: number): Promise<number> {
    const buffer = Buffer.alloc(chunkBytes);
    let position = from;
    while (!this.#parts.signal.aborted && this.#leftBytes > 0) {
      const length = await file.read(buffer, position);
      if (length === 0) break;
      position += length;
      const output = this.#linesOf(buffer.subarray(0, length));
      if (output.length > 0) await this.#parts.write(output);
    }
    return position;
  }

  #linesOf(chunk: Buffer): Buffer {
    const bytes = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    const parts: Buffer[] = [];
    let at = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, at)) {
      this.#addLine(bytes.subarray(at, end), parts);
      at = end + 1;
    }
    // Copied: the chunk's buffer is read into again.
    this.#carry = Buffer.from(bytes.length - at > maxLineBytes ? [] : bytes.subarray(at));
    const output = Buffer.concat(parts);
    const allowed = output.length > this.#leftBytes ? output.subarray(0, this.#leftBytes) : output;
    this.#leftBytes -= allowed.length;
    return allowed;
  }

  #addLine(line: Buffer, parts: Buffer[]): void {
    const entry = parseCriLogLine(line);
    if (!entry) return;
    const { stream, sinceMilliseconds, timestamps } = this.#options;
    if (stream !== "All" && stream.toLowerCase() !== entry.stream) return;
    // A line without a readable time is shown rather than hidden.
    const written = sinceMilliseconds === undefined ? undefined : parseTime(entry.timestamp);
    if (written !== undefined && written < sinceMilliseconds!) return;
    if (timestamps && this.#isLineStart) {
      parts.push(Buffer.from(`${fixedTimestamp(entry.timestamp)} `));
    }
    parts.push(entry.content);
    if (!entry.isPartial) parts.push(newlineBytes);
    this.#isLineStart = !entry.isPartial;
  }
}
