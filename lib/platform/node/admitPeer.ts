import type { Socket } from "node:net";
import type { PeerRule } from "../peerOwner.js";
import { LocalPeers } from "./localPeers.js";

/** Enough for a client to send its request and read why it is refused. */
export const refusedMilliseconds = 5_000;
/** One for the process: its looks at /proc serve every listener. */
export const peers = new LocalPeers();

/**
 * Looks up the peer of a paused socket, then serves it: with the sentence that refuses it, or with
 * undefined. A refused connection is cut after five seconds, whatever it does.
 */
export function admitPeer(
  socket: Socket,
  rule: PeerRule,
  serve: (refusal: string | undefined) => void,
): void {
  const whenKnown = async (): Promise<void> => {
    const refusal = rule.refusalOf(await peers.ownerOf(socket, rule.users));
    if (socket.destroyed) return;
    if (refusal !== undefined) {
      const timer = setTimeout(() => socket.destroy(), refusedMilliseconds);
      socket.on("close", () => clearTimeout(timer));
    }
    serve(refusal);
    socket.resume();
  };
  whenKnown().catch(() => socket.destroy());
}
