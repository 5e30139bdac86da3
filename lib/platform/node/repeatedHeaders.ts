import type { Headers } from "../network.js";

/** Headers whose values are lists by their own grammar: several of them mean the joined list. */
const lists: ReadonlySet<string> = new Set([
  ...["accept", "accept-charset", "accept-encoding", "accept-language", "cache-control"],
  ...["connection", "cookie", "forwarded", "if-match", "if-none-match", "pragma", "set-cookie"],
  ...["sec-websocket-extensions", "sec-websocket-protocol", "te", "trailer", "upgrade", "via"],
  ...["transfer-encoding", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"],
  ...["x-stream-protocol-version"],
]);

/**
 * Node joins headers of one name with commas. Group names may hold commas, so that what was sent
 * several times is given as a list, but for headers that are lists themselves and those of which
 * Node keeps the first alone. `raw` is names and values by turns, as they came.
 */
export function withRepeatedHeaders(headers: Headers, raw: readonly string[]): Headers {
  const seen = new Set<string>();
  let repeated: Set<string> | undefined;
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    if (seen.has(name)) {
      repeated ??= new Set();
      repeated.add(name);
    }
    seen.add(name);
  }
  if (repeated === undefined) return headers;
  const result: Record<string, string | readonly string[] | undefined> = { ...headers };
  for (const name of repeated) {
    const joined = headers[name];
    if (lists.has(name) || typeof joined !== "string") continue;
    const values = raw.filter((_, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === name);
    if (values.join(", ") === joined) result[name] = values;
  }
  return result;
}
