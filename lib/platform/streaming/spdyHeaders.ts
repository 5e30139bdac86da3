import { inflateRawSync } from "node:zlib";

/** Names are lower case; a value that stands several times is a list. */
export type SpdyHeaders = Readonly<Record<string, string | readonly string[]>>;

/** Words that SPDY/3 presets the compressor with (draft-mbelshe-httpbis-spdy-00, 2.6.10.1). */
const dictionaryWords = [
  ..."options head post put delete trace accept accept-charset accept-encoding".split(" "),
  ..."accept-language accept-ranges age allow authorization cache-control connection".split(" "),
  ..."content-base content-encoding content-language content-length content-location".split(" "),
  ..."content-md5 content-range content-type date etag expect expires from host".split(" "),
  ..."if-match if-modified-since if-none-match if-range if-unmodified-since".split(" "),
  ..."last-modified location max-forwards pragma proxy-authenticate".split(" "),
  ..."proxy-authorization range referer retry-after server te trailer".split(" "),
  ..."transfer-encoding upgrade user-agent vary via warning www-authenticate".split(" "),
  ...["method", "get", "status", "200 OK", "version", "HTTP/1.1", "url", "public"],
  ...["set-cookie", "keep-alive", "origin"],
];
const dictionaryTail =
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505" +
  "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request" +
  "401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented" +
  "503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 " +
  "Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif," +
  "application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=" +
  "gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export const spdyDictionary = Buffer.concat([
  ...dictionaryWords.map(lengthPrefixed),
  Buffer.from(dictionaryTail),
]);

/** zlib's head for a stream with a preset dictionary, and that dictionary's Adler-32. */
const zlibHead = Buffer.from([0x78, 0xbb, 0xe3, 0xc6, 0xa7, 0xc2]);
/** An empty stored block: only at one do Go's readers hand out what came before it. */
const flush = Buffer.from([0, 0, 0, 0xff, 0xff]);
const windowBytes = 32 * 1024;
/** A header block, before and after compression. Those of Kubernetes are some hundred bytes. */
export const maxHeaderBlockBytes = 32 * 1024;

function encodeBlock(headers: SpdyHeaders): Buffer {
  const entries = Object.entries(headers);
  const count = Buffer.alloc(4);
  count.writeUInt32BE(entries.length);
  const parts = entries.flatMap(([name, value]) => [
    lengthPrefixed(name.toLowerCase()),
    lengthPrefixed(typeof value === "string" ? value : value.join("\0")),
  ]);
  return Buffer.concat([count, ...parts]);
}

function decodeBlock(block: Buffer): SpdyHeaders {
  const headers: Record<string, string | string[]> = {};
  let at = 4;
  const text = (): string => {
    const length = block.readUInt32BE(at);
    if (at + 4 + length > block.length) throw new Error("a header goes past its block");
    const value = block.toString("utf8", at + 4, at + 4 + length);
    at += 4 + length;
    return value;
  };
  for (let left = block.readUInt32BE(0); left > 0; left--) {
    const name = text().toLowerCase();
    const values = text().split("\0");
    headers[name] = values.length === 1 ? (values[0] as string) : values;
  }
  return headers;
}

/**
 * Writes header blocks as stored (not compressed) deflate blocks: blocks are few and small, and
 * this needs no compressor's state.
 */
export class SpdyHeaderWriter {
  #started = false;

  /** Throws where the headers are too large. */
  write(headers: SpdyHeaders): Buffer {
    const block = encodeBlock(headers);
    if (block.length > maxHeaderBlockBytes) throw new Error("the headers are too large");
    const head = Buffer.alloc(5);
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(~block.length & 0xffff, 3);
    const parts = this.#started ? [head, block, flush] : [zlibHead, head, block, flush];
    this.#started = true;
    return Buffer.concat(parts);
  }
}

/**
 * Reads header blocks. All blocks of a connection are one deflate stream in which each ends at a
 * byte (a sync flush), so that each can be inflated by itself with the last 32 KiB before it as the
 * dictionary.
 */
export class SpdyHeaderReader {
  #window: Buffer = spdyDictionary;
  #started = false;

  /** Throws where the block is malformed or too large. */
  read(compressed: Buffer): SpdyHeaders {
    let raw = compressed;
    if (!this.#started) {
      if (raw.length < 2) throw new Error("a header block without zlib's head");
      const hasDictionary = ((raw[1] as number) & 0x20) !== 0;
      if (!hasDictionary) this.#window = Buffer.alloc(0);
      raw = raw.subarray(hasDictionary ? 6 : 2);
      this.#started = true;
    }
    const block = inflateRawSync(raw, {
      finishFlush: 2, // Z_SYNC_FLUSH: the stream goes on after this block.
      maxOutputLength: maxHeaderBlockBytes,
      ...(this.#window.length > 0 ? { dictionary: this.#window } : {}),
    });
    const all = Buffer.concat([this.#window, block]);
    this.#window = all.subarray(Math.max(0, all.length - windowBytes));
    return decodeBlock(block);
  }
}
