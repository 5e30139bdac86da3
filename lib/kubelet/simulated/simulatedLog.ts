import { formatMilliTime } from "../../api/time.js";
import type { Clock } from "../../platform/clock.js";
import type { Files } from "../../platform/files.js";
import type { SimulatedLog } from "./simulationModel.js";

/** What is kept of a container's log: then it begins anew, as a log that is rotated. */
const maxLogBytes = 256 * 1024;
/** Of one line; the rest of it is left out. */
const maxLineBytes = 16 * 1024;

/** The log of one simulated container in CRI's format, and whoever is attached to it. */
export class SimulatedLogWriter {
  readonly #files: Files;
  readonly #clock: Clock;
  readonly #path: string;
  readonly #readers = new Set<(text: string) => void>();
  readonly #abort = new AbortController();
  #written: Promise<void>;
  #bytes = 0;

  constructor(files: Files, clock: Clock, path: string) {
    this.#files = files;
    this.#clock = clock;
    this.#path = path;
    this.#written = this.#begin();
  }

  /** Writes what the model says, lines as they come, until it ends or the container does. */
  async write(log: SimulatedLog): Promise<void> {
    if (typeof log === "string") {
      if (log !== "") this.#add(log.replace(/\n$/, "").split("\n"));
      return;
    }
    const lines = Symbol.asyncIterator in log ? log[Symbol.asyncIterator]() : undefined;
    if (lines === undefined) {
      this.#add(firstLines(log as Iterable<string>));
      return;
    }
    const { signal } = this.#abort;
    const over = new Promise<undefined>((resolve) => {
      signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    try {
      for (;;) {
        const next = await Promise.race([lines.next(), over]);
        if (next === undefined || next.done === true || signal.aborted) break;
        this.#add([next.value]);
        await this.#written;
      }
    } catch (error) {
      this.#add([`the simulation's log has failed: ${String(error)}`]);
    } finally {
      // Not waited for: a generator that waits for something of its own may never say so.
      lines.return?.(undefined)?.then(undefined, () => undefined);
    }
  }

  /** Calls back with what is written from now on. Returns what stops it. */
  follow(read: (text: string) => void): () => void {
    this.#readers.add(read);
    return () => this.#readers.delete(read);
  }

  /** Nothing more is written. */
  end(): void {
    this.#abort.abort();
  }

  /** Resolves when all that was given is in the file. */
  get written(): Promise<void> {
    return this.#written;
  }

  async #begin(): Promise<void> {
    const directory = this.#path.slice(0, this.#path.lastIndexOf("/"));
    await this.#files.makeDirectory(directory);
    if (!(await this.#files.exists(this.#path))) await this.#files.writeFile(this.#path, "");
  }

  #add(lines: readonly string[]): void {
    if (this.#abort.signal.aborted || lines.length === 0) return;
    const time = formatMilliTime(this.#clock.now());
    const cut = lines
      .flatMap((line) => line.split("\n"))
      .map((line) => line.slice(0, maxLineBytes));
    const text = cut.map((line) => `${time} stdout F ${line}\n`).join("");
    for (const read of this.#readers) read(cut.map((line) => `${line}\n`).join(""));
    this.#written = this.#written.then(() => this.#append(text)).catch(() => undefined);
  }

  async #append(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    const isFull = this.#bytes > 0 && this.#bytes + bytes.length > maxLogBytes;
    this.#bytes = (isFull ? 0 : this.#bytes) + bytes.length;
    // A new file: who follows reads the former to its end and goes over to this one.
    if (isFull) await this.#files.replaceFile(this.#path, bytes);
    else await this.#files.appendFile(this.#path, bytes);
  }
}

/** As many as a log keeps, so that one without an end does no harm. */
function firstLines(lines: Iterable<string>): string[] {
  const taken: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    taken.push(line);
    bytes += line.length + 1;
    if (bytes >= maxLogBytes) break;
  }
  return taken;
}
