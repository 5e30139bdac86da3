/** DNS messages as tests write and read them; none of the product's code is in it. */

export const recordTypes: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
};
const typeNames = new Map(Object.entries(recordTypes).map(([name, code]) => [code, name]));
export const codeNames = [
  "NOERROR",
  "FORMERR",
  "SERVFAIL",
  "NXDOMAIN",
  "NOTIMP",
  "REFUSED",
] as const;

export interface QueryOptions {
  readonly id?: number;
  readonly flags?: number;
  readonly class?: number;
  /** Adds an OPT record. */
  readonly edns?: {
    readonly payload?: number;
    readonly version?: number;
    readonly dnssec?: boolean;
  };
}

export function encodeName(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  const parts = labels.map((label) => {
    const bytes = Buffer.from(label);
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}

export function encodeQuery(name: string, type: string, options: QueryOptions = {}): Buffer {
  const { id = 0x1234, flags = 0x0100, edns } = options;
  const head = Buffer.alloc(12);
  head.writeUInt16BE(id, 0);
  head.writeUInt16BE(flags, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(edns ? 1 : 0, 10);
  const tail = Buffer.alloc(4);
  tail.writeUInt16BE(recordTypes[type] ?? Number(type), 0);
  tail.writeUInt16BE(options.class ?? 1, 2);
  const parts = [head, encodeName(name), tail];
  if (edns) {
    const opt = Buffer.alloc(11);
    opt.writeUInt16BE(41, 1);
    opt.writeUInt16BE(edns.payload ?? 1232, 3);
    opt[6] = edns.version ?? 0;
    opt[7] = edns.dnssec ? 0x80 : 0;
    parts.push(opt);
  }
  return Buffer.concat(parts);
}

export interface DnsRecord {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  /** An address, a name, or the fields with spaces between. */
  readonly data: string;
}

export interface DnsResponse {
  readonly id: number;
  readonly code: string;
  readonly isAuthoritative: boolean;
  readonly isTruncated: boolean;
  readonly flags: number;
  readonly question: { readonly name: string; readonly type: string } | undefined;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  /** Without OPT. */
  readonly additionals: readonly DnsRecord[];
  readonly edns: { readonly payload: number; readonly dnssec: boolean } | undefined;
}

class Reader {
  at = 12;
  constructor(readonly bytes: Buffer) {}

  word(): number {
    this.at += 2;
    return this.bytes.readUInt16BE(this.at - 2);
  }

  long(): number {
    this.at += 4;
    return this.bytes.readUInt32BE(this.at - 4);
  }

  /** A name, its case kept; throws for a pointer that leads forward or in a circle. */
  name(): string {
    const labels: string[] = [];
    let at = this.at;
    let end: number | undefined;
    for (;;) {
      const length = this.bytes.readUInt8(at);
      if (length >= 0xc0) {
        const to = this.bytes.readUInt16BE(at) & 0x3fff;
        if (to >= at) throw new Error("a pointer leads forward");
        end ??= at + 2;
        at = to;
        continue;
      }
      at += 1 + length;
      if (length === 0) break;
      labels.push(this.bytes.toString("latin1", at - length, at));
    }
    this.at = end ?? at;
    return labels.join(".");
  }

  record(): DnsRecord & { readonly class: number; readonly rawTtl: number } {
    const name = this.name();
    const code = this.word();
    const type = typeNames.get(code) ?? String(code);
    const recordClass = this.word();
    const ttl = this.long();
    const length = this.word();
    const end = this.at + length;
    const data = this.#data(type, end);
    if (this.at !== end) throw new Error(`the data of ${type} ${name} has another length`);
    return { name, type, ttl, data, class: recordClass, rawTtl: ttl };
  }

  #data(type: string, end: number): string {
    const bytes = this.bytes.subarray(this.at, end);
    switch (type) {
      case "A":
        this.at = end;
        return [...bytes].join(".");
      case "AAAA": {
        const words = Array.from({ length: 8 }, () => this.word().toString(16));
        return words.join(":");
      }
      case "NS":
      case "CNAME":
      case "PTR":
        return this.name();
      case "SRV":
        return `${this.word()} ${this.word()} ${this.word()} ${this.name()}`;
      case "SOA": {
        const names = `${this.name()} ${this.name()}`;
        return `${names} ${Array.from({ length: 5 }, () => this.long()).join(" ")}`;
      }
      case "TXT": {
        const texts: string[] = [];
        while (this.at < end) {
          const length = this.bytes.readUInt8(this.at);
          texts.push(this.bytes.toString("latin1", this.at + 1, this.at + 1 + length));
          this.at += 1 + length;
        }
        return texts.join(" ");
      }
      default:
        this.at = end;
        return bytes.toString("hex");
    }
  }
}

/** Throws for what is no whole message. */
export function decodeResponse(message: Uint8Array): DnsResponse {
  const bytes = Buffer.from(message);
  const reader = new Reader(bytes);
  const [id, flags, ...counts] = Array.from({ length: 6 }, (_, index) =>
    bytes.readUInt16BE(index * 2),
  ) as [number, number, number, number, number, number];
  let question: DnsResponse["question"];
  for (let index = 0; index < counts[0]; index++) {
    const name = reader.name();
    const code = reader.word();
    question = { name, type: typeNames.get(code) ?? String(code) };
    reader.word();
  }
  const section = (count: number) => Array.from({ length: count }, () => reader.record());
  const [answers, authorities, all] = [section(counts[1]), section(counts[2]), section(counts[3])];
  if (reader.at !== bytes.length) throw new Error("bytes stand after the message");
  const opt = all.find(({ type }) => type === "OPT");
  const extended = opt === undefined ? 0 : (opt.rawTtl >>> 24) << 4;
  const code = (flags & 0xf) | extended;
  const bare = ({ name, type, ttl, data }: DnsRecord): DnsRecord => ({ name, type, ttl, data });
  return {
    id,
    code: codeNames[code] ?? (code === 16 ? "BADVERS" : String(code)),
    isAuthoritative: (flags & 0x0400) !== 0,
    isTruncated: (flags & 0x0200) !== 0,
    flags,
    question,
    answers: answers.map(bare),
    authorities: authorities.map(bare),
    additionals: all.filter(({ type }) => type !== "OPT").map(bare),
    edns: opt && { payload: opt.class, dnssec: (opt.rawTtl & 0x8000) !== 0 },
  };
}
