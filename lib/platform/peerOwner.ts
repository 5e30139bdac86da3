/**
 * Who holds the other end of an accepted connection, as this machine's kernel tells it.
 * `local` is said only of an established socket that a process held before the first byte was read;
 * anything else is `unknown`, with the reason.
 */
export type PeerOwner =
  | {
      readonly kind: "local";
      /** The user who made the socket. */
      readonly user: number;
      /**
       * Paths of the control groups of every process that holds it; not looked for where the rule
       * does not name the user.
       */
      readonly cgroups: readonly string[];
    }
  | { readonly kind: "unknown"; readonly reason: string };

/** Which peers a listener without credentials serves. */
export interface PeerRule {
  /** The only users it may admit: of others no more is looked up. */
  readonly users: readonly number[];
  /** Undefined admits; a sentence is what every request of the connection is refused with. */
  refusalOf(owner: PeerOwner): string | undefined;
}
