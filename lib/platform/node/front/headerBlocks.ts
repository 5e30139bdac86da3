import type { Headers } from "../../network.js";

/** Headers of which the first is meant, where there are several. */
const single: ReadonlySet<string> = new Set([
  ...["age", "authorization", "content-length", "content-type", "etag", "expires", "from", "host"],
  ...["if-modified-since", "if-unmodified-since", "last-modified", "location", "max-forwards"],
  ...["proxy-authorization", "referer", "retry-after", "server", "user-agent"],
]);

/** Headers whose values are lists by their own grammar: several of them mean the joined list. */
const lists: ReadonlySet<string> = new Set([
  ...["accept", "accept-charset", "accept-encoding", "accept-language", "cache-control"],
  ...["connection", "cookie", "forwarded", "if-match", "if-none-match", "pragma", "set-cookie"],
  ...["sec-websocket-extensions", "sec-websocket-protocol", "te", "trailer", "upgrade", "via"],
  ...["transfer-encoding", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"],
  ...["x-stream-protocol-version"],
]);

/**
 * The headers of a block: names and values by turns, each with a zero byte after it. What was sent
 * several times is a list, since group names may hold commas, but for headers that are lists
 * themselves, which are joined, and those of which the first alone is meant.
 */
export function readHeaders(block: string): Headers {
  const parts = block.split("\0");
  const headers: Record<string, string | readonly string[] | undefined> = Object.create(null);
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const name = parts[at] ?? "";
    const value = parts[at + 1] ?? "";
    const known = headers[name];
    if (known === undefined) headers[name] = value;
    else if (typeof known !== "string") headers[name] = [...known, value];
    else if (lists.has(name)) headers[name] = `${known}${name === "cookie" ? "; " : ", "}${value}`;
    else if (!single.has(name)) headers[name] = [known, value];
  }
  return headers;
}

const badName = /[^!#$%&'*+.^_`|~0-9A-Za-z-]|^$/;
const badValue = /[^\t\x20-\x7e\x80-\xff]/;

/** The block of a response's headers. Throws for names and values that HTTP cannot carry. */
export function writeHeaders(headers: Headers): string {
  let block = "";
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    if (badName.test(name)) throw invalid("ERR_INVALID_HTTP_TOKEN", name);
    if (typeof value === "object") {
      for (const one of value) block += `${name}\0${checked(name, one)}\0`;
    } else {
      block += `${name}\0${checked(name, value)}\0`;
    }
  }
  return block;
}

function checked(name: string, value: string): string {
  if (badValue.test(value)) throw invalid("ERR_INVALID_CHAR", name);
  return value;
}

function invalid(code: string, name: string): Error {
  return Object.assign(new TypeError(`a header cannot be sent: ${JSON.stringify(name)}`), { code });
}
