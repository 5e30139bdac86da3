import type { Host } from "../platform/host.js";
import { type AddressFamily, AddressRange } from "./addressRange.js";

const loopback = AddressRange.parse("127.0.0.0/8")!;

/** Which of the node's addresses of one family serve node ports (`--nodeport-addresses`). */
export class NodePortAddresses {
  readonly #ranges: readonly AddressRange[];
  readonly #primary: boolean;
  /** Every local address does. */
  readonly matchesAll: boolean;

  /** `texts` are ranges of either family, or the one word `primary`; empty is every address. */
  constructor(
    readonly family: AddressFamily,
    texts: readonly string[],
  ) {
    this.#primary = texts.length === 1 && texts[0] === "primary";
    const ranges = this.#primary ? [] : texts.map((text) => AddressRange.parse(text));
    this.#ranges = ranges.filter(
      (range) => range !== undefined && range.family === family,
    ) as readonly AddressRange[];
    this.matchesAll =
      !this.#primary &&
      (this.#ranges.length === 0 || this.#ranges.some((range) => range.prefixLength === 0));
  }

  /** Whether node ports could be served on 127.0.0.1. */
  get containsLoopback(): boolean {
    if (this.family === "IPv6") return false;
    return this.matchesAll || this.#ranges.some((range) => range.overlaps(loopback));
  }

  /** The addresses now, or undefined for every one. */
  addresses(host: Host, primaryAddress: string | undefined): string[] | undefined {
    if (this.matchesAll) return undefined;
    if (this.#primary) return primaryAddress === undefined ? [] : [primaryAddress];
    const local = host.addresses().filter(({ family }) => family === this.family);
    const chosen = local.filter(({ address }) => this.#ranges.some((r) => r.contains(address)));
    return [...new Set(chosen.map(({ address }) => address))].sort();
  }
}
