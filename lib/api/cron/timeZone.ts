/**
 * Three days: in the whole of the database two changes of a zone's clock lie further apart, so a
 * block holds one at most.
 */
const blockSeconds = 2 ** 18;

/** Blocks that a zone remembers: eight years, more than any search for a time looks through. */
const mostBlocks = 1_024;
/** Zones that are remembered; the one that was asked for first makes room. */
const mostZones = 64;

const zones = new Map<string, TimeZone>();

interface Block {
  readonly before: number;
  readonly after: number;
  /** The first second at which `after` holds. */
  readonly change: number;
}

/** How far the wall clock of a place is from UTC, at any time. */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat;
  readonly #blocks = new Map<number, Block>();
  readonly #isUtc: boolean;

  private constructor(readonly name: string) {
    this.#isUtc = name === "UTC";
    this.#format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  }

  /** Throws a RangeError for a name that Intl does not know; see `locationProblem`. */
  static named(name: string): TimeZone {
    const known = zones.get(name);
    if (known !== undefined) return known;
    const zone = new TimeZone(name);
    if (zones.size >= mostZones) zones.delete(zones.keys().next().value ?? "");
    zones.set(name, zone);
    return zone;
  }

  /** Seconds east of UTC, at a time in whole seconds since the epoch. */
  offsetAt(seconds: number): number {
    if (this.#isUtc) return 0;
    const block = this.#blockOf(Math.floor(seconds / blockSeconds));
    return seconds < block.change ? block.before : block.after;
  }

  #blockOf(index: number): Block {
    const known = this.#blocks.get(index);
    if (known !== undefined) return known;
    let low = index * blockSeconds;
    let high = low + blockSeconds - 1;
    const before = this.#ask(low);
    const after = this.#ask(high);
    // The change is in (low, high].
    while (before !== after && high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#ask(middle) === before) low = middle;
      else high = middle;
    }
    const block = { before, after, change: high };
    if (this.#blocks.size >= mostBlocks) this.#blocks.clear();
    this.#blocks.set(index, block);
    return block;
  }

  #ask(seconds: number): number {
    const text = this.#format.format(seconds * 1000);
    const match = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(text);
    if (match === null) throw new RangeError(`no offset of ${this.name} in ${text}`);
    const [, sign, hours = "0", minutes = "0", rest = "0"] = match;
    const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
    return sign === "-" ? -offset : offset;
  }
}
