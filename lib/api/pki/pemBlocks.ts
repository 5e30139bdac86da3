/** One block of a PEM text, as Go's encoding/pem finds it. */
export interface PemBlock {
  readonly type: string;
  /** Lines `Name: value` before the data. */
  readonly hasHeaders: boolean;
  readonly bytes: Buffer;
}

const beginLine = /^-----BEGIN (.*)-----$/;
const endPrefix = "-----END ";
const base64Text = /^[A-Za-z0-9+/]*={0,2}$/;

interface OpenBlock {
  readonly type: string;
  readonly data: string[];
  hasHeaders: boolean;
  isInHeaders: boolean;
}

/**
 * The blocks of a text, in order. What stands between blocks is passed over, and so is a block that
 * does not end, ends as another type, or has something else than base64 in it. Linear in the text.
 */
export function* pemBlocks(text: string): Generator<PemBlock> {
  let open: OpenBlock | undefined;
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf("\n", at);
    const end = found < 0 ? text.length : found;
    const line = text
      .slice(at, end)
      .replace(/\r$/, "")
      .replace(/[ \t]+$/, "");
    at = end + 1;
    const [, type] = beginLine.exec(line) ?? [];
    if (type !== undefined) {
      open = { type, data: [], hasHeaders: false, isInHeaders: true };
    } else if (open === undefined) {
    } else if (line.startsWith(endPrefix)) {
      const bytes = line === `${endPrefix}${open.type}-----` ? decoded(open.data) : undefined;
      if (bytes !== undefined) yield { type: open.type, hasHeaders: open.hasHeaders, bytes };
      open = undefined;
    } else if (open.isInHeaders && line.includes(":")) {
      open.hasHeaders = true;
    } else {
      open.isInHeaders = false;
      open.data.push(line);
    }
  }
}

function decoded(lines: readonly string[]): Buffer | undefined {
  const text = lines.join("").replace(/[ \t\r]/g, "");
  return text.length % 4 === 0 && base64Text.test(text) ? Buffer.from(text, "base64") : undefined;
}

/** One block, in lines of 64 characters. */
export function pemText(type: string, bytes: ArrayBuffer | Uint8Array): string {
  const data = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const lines =
    Buffer.from(data)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${type}-----`, ...lines, `-----END ${type}-----`, ""].join("\n");
}
