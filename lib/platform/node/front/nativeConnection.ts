import { X509Certificate } from "node:crypto";
import type { Connection, Headers, PeerCertificate } from "../../network.js";
import type { Unsent } from "../unsentBudget.js";
import { readHeaders } from "./headerBlocks.js";
import { type EventReader, newBlock, unkeptBlock, verdict } from "./wire.js";

let connections = 0;

/** A number that no other connection of the process has. */
function nextConnectionId(): number {
  connections += 1;
  return connections;
}

/** A chain longer than this is not read further. */
const maxChainLength = 10;

export interface Ends {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

export function readEnds(reader: EventReader): Ends {
  const remoteAddress = reader.text(reader.byte());
  const remotePort = reader.short();
  const localAddress = reader.text(reader.byte());
  return { remoteAddress, remotePort, localAddress, localPort: reader.short() };
}

/** What TLS said of the client's certificate. */
export interface PeerVerdict {
  readonly verdict: number;
  readonly reason: string;
  readonly chain: readonly Uint8Array[];
}

export function readVerdict(reader: EventReader): PeerVerdict {
  const code = reader.byte();
  const reason = reader.text(reader.short());
  const chain: Uint8Array[] = [];
  const count = reader.byte();
  for (let at = 0; at < count; at += 1) {
    const certificate = reader.bytes(reader.word());
    if (at < maxChainLength) chain.push(certificate);
  }
  return { verdict: code, reason, chain };
}

/** One connection of the front. */
export class NativeConnection implements Connection {
  readonly id = nextConnectionId();
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly secure: boolean;
  readonly refusal?: string;
  cache: unknown = undefined;
  readonly unsent: Unsent;
  readonly #peer: PeerVerdict;
  /** By slot: clients send the same headers again and again. */
  readonly #blocks: Headers[] = [];
  #certificate: PeerCertificate | undefined;
  #certificateRead = false;

  constructor(
    ends: Ends,
    secure: boolean,
    peer: PeerVerdict,
    refusal: string | undefined,
    unsent: Unsent,
  ) {
    this.unsent = unsent;
    this.remoteAddress = ends.remoteAddress;
    this.remotePort = ends.remotePort;
    this.localAddress = ends.localAddress;
    this.localPort = ends.localPort;
    this.secure = secure;
    this.#peer = peer;
    if (refusal !== undefined) this.refusal = refusal;
  }

  headers(slot: number): Headers {
    return this.#blocks[slot] ?? {};
  }

  newHeaders(slot: number, block: string): Headers {
    const headers = readHeaders(block);
    if (slot !== unkeptBlock) this.#blocks[slot - newBlock] = headers;
    return headers;
  }

  get peerCertificate(): PeerCertificate | undefined {
    if (!this.#certificateRead) {
      this.#certificateRead = true;
      this.#certificate = certificateOf(this.#peer);
    }
    return this.#certificate;
  }
}

function certificateOf({ verdict: code, reason, chain }: PeerVerdict): PeerCertificate | undefined {
  switch (code) {
    case verdict.verified:
      return { chain, verified: true };
    case verdict.notVerified:
      return { chain, verified: false, reason };
    case verdict.isAuthority:
      return isValidNow(chain[0])
        ? { chain, verified: true }
        : { chain, verified: false, reason: "certificate has expired or is not yet valid" };
    default:
      return undefined;
  }
}

function isValidNow(certificate: Uint8Array | undefined): boolean {
  if (certificate === undefined) return false;
  try {
    const { validFrom, validTo } = new X509Certificate(certificate);
    const now = Date.now();
    return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
  } catch {
    return false;
  }
}
