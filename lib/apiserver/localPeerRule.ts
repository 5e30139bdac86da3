import type { PeerOwner, PeerRule } from "../platform/peerOwner.js";

const root = 0;
/** How kubelets name the control groups of pods: `kubepods` or `kubepods.slice`, at any depth. */
const podGroup = /(?:^|[/-])kubepods(?:[./-]|$)/;

/** Of a group that could not be read (`?`) it cannot be said that it is no pod's. */
function isMaybeOfPod(path: string): boolean {
  return path === "?" || podGroup.test(path);
}

function reasonAgainst(owner: PeerOwner, users: readonly number[]): string | undefined {
  if (owner.kind === "unknown") return owner.reason;
  if (!users.includes(owner.user)) return `it is of user ${owner.user}`;
  if (owner.cgroups.some(isMaybeOfPod)) return "it is from inside a pod";
  return undefined;
}

/**
 * The rule of the ports without authentication: processes of root and of the server's own user on
 * this machine, outside of pods. What cannot be told is refused.
 */
export function localPeerRule(ownUser: number | undefined): PeerRule {
  const users = ownUser === undefined ? [root] : [root, ownUser];
  return {
    users,
    refusalOf: (owner) => {
      const why = reasonAgainst(owner, users);
      if (why === undefined) return undefined;
      return (
        "this port asks for no credentials and is open only to root and to the " +
        "server's own user on this machine, outside of pods. This connection is refused: " +
        `${why}. Use the secure port, or start the server with --insecure-port-allow-any-user`
      );
    },
  };
}
