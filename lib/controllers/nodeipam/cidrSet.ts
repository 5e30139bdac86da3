/** An address range: IPv4 or IPv6. */
export interface Cidr {
  readonly base: bigint;
  readonly prefixLength: number;
  readonly isIPv6: boolean;
}

/** Undefined for what is no CIDR. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = "", length, ...rest] = text.split("/");
  if (length === undefined || rest.length > 0 || !/^\d{1,3}$/.test(length)) return undefined;
  const isIPv6 = address.includes(":");
  const value = isIPv6 ? parseIPv6(address) : parseIPv4(address);
  const bits = isIPv6 ? 128 : 32;
  const prefixLength = Number(length);
  if (value === undefined || prefixLength > bits) return undefined;
  const hostBits = BigInt(bits - prefixLength);
  return { base: (value >> hostBits) << hostBits, prefixLength, isIPv6 };
}

function parseIPv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256n + BigInt(part);
  }
  return value;
}

function parseIPv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups = (half: string | undefined): string[] =>
    half === undefined || half === "" ? [] : half.split(":");
  const head = groups(halves[0]);
  const tail = groups(halves[1]);
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  let value = 0n;
  for (const group of [...head, ...Array<string>(missing).fill("0"), ...tail]) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined;
    value = value * 65536n + BigInt(`0x${group}`);
  }
  return value;
}

export function formatCidr({ base, isIPv6, prefixLength }: Cidr): string {
  return `${isIPv6 ? formatIPv6(base) : formatIPv4(base)}/${prefixLength}`;
}

function formatIPv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
}

/** RFC 5952: the longest run of zero groups is left out. */
function formatIPv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16),
  );
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === "0") length++;
    if (length > best.length) best = { start, length };
  }
  if (best.start < 0) return groups.join(":");
  const head = groups.slice(0, best.start).join(":");
  return `${head}::${groups.slice(best.start + best.length).join(":")}`;
}

/** Equal parts of a range, given out in order. One entry for each part that is taken. */
export class CidrSet {
  readonly #range: Cidr;
  readonly #partLength: number;
  readonly #count: number;
  /** How many hold each part: ranges of several may overlap, where people wrote them. */
  readonly #holders = new Map<number, number>();
  #next = 0;

  /** @param partLength prefix length of a part, at most 16 bits longer than the range's */
  constructor(range: Cidr, partLength: number) {
    const bits = partLength - range.prefixLength;
    if (bits < 0 || bits > 16) {
      throw new Error(
        `a node mask of ${partLength} does not fit ${formatCidr(range)}: ` +
          "it must be 0 to 16 bits longer",
      );
    }
    this.#range = range;
    this.#partLength = partLength;
    this.#count = 2 ** bits;
  }

  get isIPv6(): boolean {
    return this.#range.isIPv6;
  }

  /** The next free part after the one given out last, so that parts are not reused at once. */
  allocate(): string | undefined {
    for (let tried = 0; tried < this.#count; tried++) {
      const index = (this.#next + tried) % this.#count;
      if (this.#holders.has(index)) continue;
      this.#holders.set(index, 1);
      this.#next = (index + 1) % this.#count;
      return this.#format(index);
    }
    return undefined;
  }

  /** One more holds every part that the range touches. False where it lies elsewhere. */
  occupy(text: string): boolean {
    return this.#each(text, (index) => {
      this.#holders.set(index, (this.#holders.get(index) ?? 0) + 1);
    });
  }

  /** Of what was allocated, or occupied: free again where nobody else holds it. */
  release(text: string): void {
    this.#each(text, (index) => {
      const left = (this.#holders.get(index) ?? 0) - 1;
      if (left > 0) this.#holders.set(index, left);
      else this.#holders.delete(index);
    });
  }

  #each(text: string, mark: (index: number) => void): boolean {
    const cidr = parseCidr(text);
    if (cidr === undefined || cidr.isIPv6 !== this.#range.isIPv6) return false;
    const bits = this.#range.isIPv6 ? 128 : 32;
    const partBits = BigInt(bits - this.#partLength);
    const last = cidr.base + (1n << BigInt(bits - cidr.prefixLength)) - 1n;
    const first = (cidr.base - this.#range.base) >> partBits;
    const end = (last - this.#range.base) >> partBits;
    const count = BigInt(this.#count);
    if (end < 0n || first >= count) return false;
    const from = first < 0n ? 0 : Number(first);
    const to = end >= count ? this.#count - 1 : Number(end);
    for (let index = from; index <= to; index++) mark(index);
    return true;
  }

  #format(index: number): string {
    const partBits = BigInt((this.#range.isIPv6 ? 128 : 32) - this.#partLength);
    const base = this.#range.base + (BigInt(index) << partBits);
    return formatCidr({ base, prefixLength: this.#partLength, isIPv6: this.#range.isIPv6 });
  }
}
