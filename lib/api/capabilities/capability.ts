/**
 * What becomes of something that a user can ask for: a flag, a kind, a field, a subresource, an
 * admission plugin, a feature gate.
 * - `works`: it has its effect.
 * - `inert`: it is accepted and has no effect yet; whoever asks for it is told so.
 * - `refused`: asking for it is an error.
 *
 * `why` is one sentence without a full stop: what waits, and what to do instead.
 */
export type Capability =
  | { readonly state: "works" }
  | { readonly state: "inert"; readonly why: string }
  | { readonly state: "refused"; readonly why: string };

/** A capability that has a row in a table: everything without a row works. */
export type Limitation = Exclude<Capability, { readonly state: "works" }>;

export const works: Capability = { state: "works" };
