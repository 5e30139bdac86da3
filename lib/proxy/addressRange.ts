export type AddressFamily = "IPv4" | "IPv6";

/** The address as a number of 32 or 128 bits; undefined for what is no address. */
function addressValue(text: string): { family: AddressFamily; value: bigint } | undefined {
  if (!text.includes(":")) {
    const octets = text.split(".");
    if (octets.length !== 4 || !octets.every((octet) => /^\d{1,3}$/.test(octet))) return undefined;
    if (octets.some((octet) => Number(octet) > 255)) return undefined;
    return { family: "IPv4", value: octets.reduce((sum, o) => (sum << 8n) | BigInt(o), 0n) };
  }
  const value = sixValue(text);
  return value === undefined ? undefined : { family: "IPv6", value };
}

function sixValue(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const words = (half: string | undefined): string[] => (half ? half.split(":") : []);
  const [head, tail] = [words(halves[0]), words(halves[1])];
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...new Array<string>(missing).fill("0"), ...tail];
  if (!all.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined;
  return all.reduce((sum, word) => (sum << 16n) | BigInt(`0x${word}`), 0n);
}

export function familyOf(address: string): AddressFamily | undefined {
  return addressValue(address)?.family;
}

/** An address range such as `10.20.0.0/16`. */
export class AddressRange {
  private constructor(
    readonly family: AddressFamily,
    readonly network: bigint,
    readonly prefixLength: number,
    readonly text: string,
  ) {}

  static parse(text: string): AddressRange | undefined {
    const [address = "", length = "", ...rest] = text.split("/");
    const parsed = addressValue(address);
    if (parsed === undefined || rest.length > 0 || !/^\d{1,3}$/.test(length)) return undefined;
    const bits = parsed.family === "IPv4" ? 32 : 128;
    const prefixLength = Number(length);
    if (prefixLength > bits) return undefined;
    const shift = BigInt(bits - prefixLength);
    return new AddressRange(parsed.family, (parsed.value >> shift) << shift, prefixLength, text);
  }

  contains(address: string): boolean {
    const parsed = addressValue(address);
    if (parsed === undefined || parsed.family !== this.family) return false;
    const shift = BigInt((this.family === "IPv4" ? 32 : 128) - this.prefixLength);
    return parsed.value >> shift === this.network >> shift;
  }

  overlaps(other: AddressRange): boolean {
    if (other.family !== this.family) return false;
    const length = Math.min(this.prefixLength, other.prefixLength);
    const shift = BigInt((this.family === "IPv4" ? 32 : 128) - length);
    return this.network >> shift === other.network >> shift;
  }
}
