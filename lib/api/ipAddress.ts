export type IpFamily = "IPv4" | "IPv6";

/** An address as a number, so that ranges are arithmetic. */
export interface IpAddress {
  readonly family: IpFamily;
  readonly value: bigint;
}

export interface IpRange {
  readonly family: IpFamily;
  /** The first address: the network's own. */
  readonly base: bigint;
  readonly prefixLength: number;
  /** How many addresses it holds. */
  readonly size: bigint;
}

/** Decimal without leading zeros; anything else is no part of an address. */
function octet(text: string): bigint | undefined {
  if (!/^(0|[1-9]\d{0,2})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= 255 ? BigInt(value) : undefined;
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    const next = octet(part);
    if (next === undefined) return undefined;
    value = (value << 8n) | next;
  }
  return value;
}

function groupsOf(text: string): bigint[] | undefined {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [position, part] of parts.entries()) {
    if (part.includes(".") && position === parts.length - 1) {
      const tail = parseIpv4(part);
      if (tail === undefined) return undefined;
      groups.push(tail >> 16n, tail & 0xffffn);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? "");
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? "") : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<bigint>(missing).fill(0n), ...tail];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/** Undefined where the text is no address. IPv4 mapped into IPv6 stays IPv6. */
export function parseIp(text: string): IpAddress | undefined {
  if (text.includes(":")) {
    const value = parseIpv6(text);
    return value === undefined ? undefined : { family: "IPv6", value };
  }
  const value = parseIpv4(text);
  return value === undefined ? undefined : { family: "IPv4", value };
}

/** Whether it is an address of IPv4 in the form of IPv6. */
export function isMappedIp({ family, value }: IpAddress): boolean {
  return family === "IPv6" && value >> 32n === 0xffffn;
}

/** The one spelling of an address, which is of IPv4 where it can be; others stay as they are. */
export function canonicalIp(text: string): string {
  const address = parseIp(text);
  if (address === undefined) return text;
  const isMapped = isMappedIp(address);
  return formatIp(isMapped ? { family: "IPv4", value: address.value & 0xffffffffn } : address);
}

/** `10.0.0.0/16`; undefined where it is none. Bits beyond the prefix are dropped. */
export function parseCidr(text: string): IpRange | undefined {
  const slash = text.indexOf("/");
  const address = slash < 0 ? undefined : parseIp(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const bits = address.family === "IPv4" ? 32 : 128;
  const prefixLength = Number(length);
  if (prefixLength > bits) return undefined;
  const size = 1n << BigInt(bits - prefixLength);
  return {
    family: address.family,
    base: address.value - (address.value % size),
    prefixLength,
    size,
  };
}

export function rangeContains(range: IpRange, address: IpAddress): boolean {
  const offset = address.value - range.base;
  return range.family === address.family && offset >= 0n && offset < range.size;
}

/** Canonical text: dotted for IPv4, RFC 5952 for IPv6. */
export function formatIp({ family, value }: IpAddress): string {
  if (family === "IPv4") {
    return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
  }
  const groups: number[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((value >> shift) & 0xffffn));
  const { start, length } = longestZeros(groups);
  const text = (from: number, to?: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  return length < 2 ? text(0) : `${text(0, start)}::${text(start + length)}`;
}

export function formatCidr(range: IpRange): string {
  return `${formatIp({ family: range.family, value: range.base })}/${range.prefixLength}`;
}

/** The address so far into a range: 1 is the first that a Service may have. */
export function addressAt(range: IpRange, offset: number): string | undefined {
  // The last of IPv4 is a broadcast address.
  const last = range.family === "IPv4" ? range.size - 2n : range.size - 1n;
  if (BigInt(offset) > last) return undefined;
  return formatIp({ family: range.family, value: range.base + BigInt(offset) });
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start += 1) {
    let end = start;
    while (end < groups.length && groups[end] === 0) end += 1;
    if (end - start > best.length) best = { start, length: end - start };
    start = Math.max(start, end - 1);
  }
  return best;
}

const v4 = (cidr: string): IpRange => parseCidr(cidr) as IpRange;
const loopback = [v4("127.0.0.0/8"), v4("::1/128")];
const linkLocal = [v4("169.254.0.0/16"), v4("fe80::/10")];
const linkLocalMulticast = [v4("224.0.0.0/24"), v4("ff02::/16")];

function within(address: IpAddress, ranges: readonly IpRange[]): boolean {
  return ranges.some((range) => rangeContains(range, address));
}

/** Addresses that no endpoint may have: what is wrong with this one, in upstream's words. */
export function unusableEndpoint(address: IpAddress): string | undefined {
  const example = "(127.0.0.0/8, ::1/128)";
  if (address.value === 0n) return `may not be unspecified (${formatIp(address)})`;
  if (within(address, loopback)) return `may not be in the loopback range ${example}`;
  if (within(address, linkLocal))
    return "may not be in the link-local range (169.254.0.0/16, fe80::/10)";
  if (within(address, linkLocalMulticast)) {
    return "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)";
  }
  return undefined;
}
