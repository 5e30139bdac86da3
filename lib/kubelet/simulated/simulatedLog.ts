import { formatMilliTime } from "../../api/time.js";
import type { Clock } from "../../platform/clock.js";
import type { Files } from "../../platform/files.js";
import type { SimulatedLog } from "./simulationModel.js";

/** What is kept of a container's log: then it begins anew, as a log that is rotated. */
const maxLogBytes = 256 * 1024;
/** Of one piece of a line, as runtimes cut them. */
const maxPieceLength = 16 * 1024;

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

  /**
   * Writes what the model says, lines as they come, until it ends or the container does. What the
   * model fails with is the last line.
   */
  async write(log: SimulatedLog): Promise<void> {
    try {
      if (typeof log === "string") this.#add(log === "" ? [] : log.replace(/\n$/, "").split("\n"));
      else if (Symbol.asyncIterator in log) await this.#follow(log[Symbol.asyncIterator]());
      else this.#addFirst(log);
    } catch (error) {
      this.#add([`the simulation's log has failed: ${String(error)}`]);
    }
  }

  async #follow(lines: AsyncIterator<string>): Promise<void> {
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
    } finally {
      // Not waited for: a generator that waits for something of its own may never say so.
      lines.return?.(undefined)?.then(undefined, () => undefined);
    }
  }

  /** As many lines as a log keeps, so that one without an end does no harm. */
  #addFirst(lines: Iterable<string>): void {
    const taken: string[] = [];
    let length = 0;
    try {
      for (const line of lines) {
        taken.push(lineOf(line));
        length += line.length + 1;
        if (length >= maxLogBytes) break;
      }
    } finally {
      this.#add(taken);
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
    const single = lines.flatMap((line) => lineOf(line).split("\n"));
    const pieces = lastOf(single.flatMap(piecesOf));
    for (const read of this.#readers) read(single.map((line) => `${line}\n`).join(""));
    const text = pieces.map(({ tag, text }) => `${time} stdout ${tag} ${text}\n`).join("");
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

function lineOf(value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError(`a line of it is no text (${typeof value})`);
}

/** As CRI's format has it: of a long line all pieces but the last are partial. */
interface Piece {
  readonly tag: "P" | "F";
  readonly text: string;
}

function piecesOf(line: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  while (line.length - at > maxPieceLength) {
    // Never between the two halves of one character.
    const code = line.charCodeAt(at + maxPieceLength);
    const end = at + maxPieceLength - (code >= 0xdc00 && code <= 0xdfff ? 1 : 0);
    pieces.push({ tag: "P", text: line.slice(at, end) });
    at = end;
  }
  return [...pieces, { tag: "F", text: line.slice(at) }];
}

/** The last of the pieces, as many as a log keeps. */
function lastOf(pieces: readonly Piece[]): readonly Piece[] {
  let bytes = 0;
  const tooMany = pieces.findLastIndex(({ text }) => {
    bytes += Buffer.byteLength(text) + 1;
    return bytes > maxLogBytes;
  });
  return pieces.slice(tooMany + 1);
}
