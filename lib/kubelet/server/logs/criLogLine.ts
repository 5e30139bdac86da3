/** One entry of a container's log in CRI's format: `TIMESTAMP STREAM TAGS CONTENT`. */
export interface CriLogLine {
  /** RFC 3339 with up to nine digits of fraction. */
  readonly timestamp: string;
  readonly stream: "stdout" | "stderr";
  /** The entry does not end a line of the container's output. */
  readonly isPartial: boolean;
  readonly content: Buffer;
}

const space = 0x20;

/** Undefined where the line is not in the format. The line comes without its newline. */
export function parseCriLogLine(line: Buffer): CriLogLine | undefined {
  const first = line.indexOf(space);
  const second = first < 0 ? -1 : line.indexOf(space, first + 1);
  if (second < 0) return undefined;
  const third = line.indexOf(space, second + 1);
  const stream = line.toString("latin1", first + 1, second);
  if (stream !== "stdout" && stream !== "stderr") return undefined;
  const tags = line.toString("latin1", second + 1, third < 0 ? line.length : third);
  return {
    timestamp: line.toString("latin1", 0, first),
    stream,
    isPartial: tags.split(":")[0] === "P",
    content: third < 0 ? Buffer.alloc(0) : line.subarray(third + 1),
  };
}

/** With all nine digits of fraction, as --timestamps shows it. */
export function fixedTimestamp(timestamp: string): string {
  const match = /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(timestamp);
  if (!match) return timestamp;
  const [, head = "", fraction = "", zone = ""] = match;
  return `${head}.${fraction.padEnd(9, "0").slice(0, 9)}${zone}`;
}
