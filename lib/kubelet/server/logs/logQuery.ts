import { parseTime } from "../../../api/time.js";
import type { LogOptions } from "./logFollower.js";

export type LogQuery =
  | { readonly options: LogOptions; readonly previous: boolean }
  | { readonly problem: string };

const isTrue = (text: string | null): boolean => text !== null && text !== "false" && text !== "0";

/** Reads PodLogOptions as query parameters. `now` is milliseconds since the epoch. */
export function parseLogQuery(query: URLSearchParams, now: number): LogQuery {
  const numbers: Record<string, number | undefined> = {};
  for (const [name, least] of [
    ["tailLines", 0],
    ["limitBytes", 1],
    ["sinceSeconds", 1],
  ] as const) {
    const text = query.get(name);
    if (text === null || text === "") continue;
    if (!/^[+-]?\d+$/.test(text)) {
      return { problem: `unable to decode query: ${name} ${JSON.stringify(text)} is no integer` };
    }
    const value = Number(text);
    if (value < least) {
      const bound = least === 0 ? "greater than or equal to 0" : "greater than 0";
      return { problem: `${name}: Invalid value: ${value}: must be ${bound}` };
    }
    numbers[name] = value;
  }
  const sinceTime = query.get("sinceTime");
  let since = sinceTime ? parseTime(sinceTime) : undefined;
  if (sinceTime && since === undefined) {
    return { problem: `unable to decode query: sinceTime ${JSON.stringify(sinceTime)}` };
  }
  if (sinceTime && numbers.sinceSeconds !== undefined) {
    return { problem: "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified" };
  }
  if (numbers.sinceSeconds !== undefined) since = now - numbers.sinceSeconds * 1000;
  const stream = query.get("stream") || "All";
  if (stream !== "All" && stream !== "Stdout" && stream !== "Stderr") {
    const supported = 'supported values: "All", "Stderr", "Stdout"';
    return { problem: `stream: Unsupported value: ${JSON.stringify(stream)}: ${supported}` };
  }
  return {
    previous: isTrue(query.get("previous")),
    options: {
      follow: isTrue(query.get("follow")),
      timestamps: isTrue(query.get("timestamps")),
      tailLines: numbers.tailLines,
      limitBytes: numbers.limitBytes,
      sinceMilliseconds: since,
      stream,
    },
  };
}
