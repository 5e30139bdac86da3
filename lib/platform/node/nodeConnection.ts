import type { Socket } from "node:net";
import { type PeerCertificate as NodePeerCertificate, TLSSocket } from "node:tls";
import type { Connection, PeerCertificate } from "../network.js";

let connections = 0;

/** A number that no other connection of the process has. */
export function nextConnectionId(): number {
  connections += 1;
  return connections;
}

/** A chain longer than this is not read further. */
const maxChainLength = 10;

function readPeerCertificate(socket: TLSSocket): PeerCertificate | undefined {
  const leaf = socket.getPeerCertificate(true) as NodePeerCertificate & {
    issuerCertificate?: NodePeerCertificate;
  };
  if (!leaf?.raw) return undefined;
  const chain: Uint8Array[] = [];
  let current: typeof leaf | undefined = leaf;
  while (current?.raw && chain.length < maxChainLength) {
    chain.push(current.raw);
    const issuer: typeof leaf | undefined = current.issuerCertificate as typeof leaf | undefined;
    current = issuer === current ? undefined : issuer;
  }
  const error = socket.authorizationError as Error | string | undefined;
  const reason = error instanceof Error ? error.message : error;
  return { chain, verified: socket.authorized, ...(reason ? { reason } : {}) };
}

/** One connection of a listener; the certificate is read once, when somebody asks. */
export class NodeConnection implements Connection {
  readonly id = nextConnectionId();
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly secure: boolean;
  readonly refusal?: string;
  cache: unknown = undefined;
  readonly #socket: Socket;
  #certificate: PeerCertificate | undefined;
  #certificateRead = false;

  constructor(socket: Socket, refusal?: string) {
    this.refusal = refusal;
    this.#socket = socket;
    this.remoteAddress = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    this.remotePort = socket.remotePort ?? 0;
    this.localAddress = (socket.localAddress ?? "").replace(/^::ffff:/, "");
    this.localPort = socket.localPort ?? 0;
    this.secure = socket instanceof TLSSocket;
  }

  get peerCertificate(): PeerCertificate | undefined {
    if (!this.#certificateRead) {
      this.#certificateRead = true;
      if (this.#socket instanceof TLSSocket) this.#certificate = readPeerCertificate(this.#socket);
    }
    return this.#certificate;
  }
}
