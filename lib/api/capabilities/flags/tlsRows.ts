import type { FlagRow } from "./flagRow.js";

/** Suites and groups that no HTTP listener of any component has. */
export const tlsSuites: FlagRow = {
  state: "refused",
  why: "only suites with forward secrecy and AEAD are served: name those of ECDHE with GCM or CHACHA20",
  when: /TLS_RSA_|_CBC_|_RC4_|_3DES_/,
  flags: ["tls-cipher-suites"],
};

export const tlsGroups: FlagRow = {
  state: "refused",
  why: "P-521 is not served: name 23 (P-256), 24 (P-384) or 29 (X25519)",
  when: /(?:^|,)25(?:,|$)/,
  flags: ["tls-curve-preferences"],
};
