import type { Clock } from "../../platform/clock.js";
import type { Headers } from "../../platform/network.js";
import type {
  AuthenticationRequest,
  AuthenticationResult,
  Authenticator,
} from "./authenticator.js";
import type { CertificateVerifier } from "./certificateVerifier.js";
import { ConnectionIdentity } from "./connectionIdentity.js";

/** --requestheader-*: how a front proxy says who is asking. */
export interface RequestHeaderOptions {
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
  /** Common names that proxies may have; empty allows every certificate of the authority. */
  readonly allowedNames: readonly string[];
}

const none: AuthenticationResult = { outcome: "none" };

/** Believes the headers of a proxy that shows a certificate of --requestheader-client-ca-file. */
export class RequestHeaderAuthenticator implements Authenticator {
  readonly name = "requestheader";
  readonly #verifier: CertificateVerifier;
  readonly #clock: Clock;
  readonly #options: RequestHeaderOptions;

  constructor(verifier: CertificateVerifier, clock: Clock, options: RequestHeaderOptions) {
    this.#verifier = verifier;
    this.#clock = clock;
    this.#options = options;
  }

  authenticate({ connection, headers }: AuthenticationRequest): AuthenticationResult {
    const chain = connection.peerCertificate?.chain;
    if (chain === undefined || chain.length === 0) return none;
    const name = first(headers, this.#options.usernameHeaders);
    // Without the header this is an ordinary client, whatever authority its certificate is of.
    if (name === "") return none;
    const identity = ConnectionIdentity.of(connection);
    const answer = identity.verify(this.#verifier, chain, this.#clock.now());
    if (!answer.verified) {
      return { outcome: "invalid", reason: `requestheader: ${answer.reason}` };
    }
    const allowed = this.#options.allowedNames.filter((item) => item !== "");
    if (allowed.length > 0 && !allowed.includes(answer.identity.commonName)) {
      const reason = "requestheader: the certificate's common name is not allowed";
      return { outcome: "invalid", reason };
    }
    return {
      outcome: "authenticated",
      user: {
        name,
        uid: first(headers, this.#options.uidHeaders),
        groups: withAuthenticated(
          this.#options.groupHeaders.flatMap((header) => valuesOf(headers, header)),
          name,
        ),
        extra: this.#extra(headers),
      },
    };
  }

  #extra(headers: Headers): Record<string, string[]> {
    const extra: Record<string, string[]> = {};
    for (const header of Object.keys(headers)) {
      for (const prefix of this.#options.extraHeaderPrefixes) {
        if (!header.startsWith(prefix.toLowerCase())) continue;
        const key = unescaped(header.slice(prefix.length));
        extra[key] = [...(extra[key] ?? []), ...valuesOf(headers, header)];
      }
    }
    return extra;
  }
}

function valuesOf(headers: Headers, name: string): readonly string[] {
  const value = headers[name.toLowerCase()];
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}

function first(headers: Headers, names: readonly string[]): string {
  for (const name of names) {
    const [value = ""] = valuesOf(headers, name);
    if (value !== "") return value;
  }
  return "";
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function withAuthenticated(groups: readonly string[], name: string): string[] {
  const known =
    groups.includes("system:authenticated") || groups.includes("system:unauthenticated");
  return known || name === "system:anonymous" ? [...groups] : [...groups, "system:authenticated"];
}
