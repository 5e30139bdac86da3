/** A certificate that a pod has, with its key; times are milliseconds since the epoch. */
export interface Credential {
  /** PKCS #8, PEM. Nowhere but in memory and in the pod's volume. */
  readonly privateKey: string;
  /** PEM, the leaf first. */
  readonly chain: string;
  readonly refreshAt: number;
  readonly notAfter: number;
}

/** A request that is made, with the key that it is for. */
export interface Asked {
  readonly privateKey: string;
  readonly request: string;
  /** From then on a request that is not to be found is taken to be deleted. */
  readonly abandonAt: number;
}

/**
 * ```
 * initial ──► waiting ──► fresh ◄──► refreshing
 *                │                       │
 *                └───► denied, failed ◄──┘
 * ```
 */
export type CredentialState =
  | { readonly is: "initial" }
  | { readonly is: "waiting"; readonly asked: Asked }
  | { readonly is: "fresh"; readonly credential: Credential }
  | { readonly is: "refreshing"; readonly credential: Credential; readonly asked: Asked }
  | { readonly is: "denied" | "failed"; readonly reason: string; readonly message: string };

/** So long after its time a refresh is late. */
const overdueMilliseconds = 10 * 60_000;

/** What a credential's age is called in metrics, and what calls for an event. */
export function ageOf(
  { refreshAt, notAfter }: Credential,
  now: number,
): "fresh" | "overdue_for_refresh" | "expired" {
  if (now > notAfter) return "expired";
  return now > refreshAt + overdueMilliseconds ? "overdue_for_refresh" : "fresh";
}

/** As upstream's metric names states. */
export function metricState(state: CredentialState, now: number): string {
  switch (state.is) {
    case "initial":
    case "waiting":
      return "not_yet_issued";
    case "fresh":
    case "refreshing":
      return ageOf(state.credential, now);
    default:
      return state.is;
  }
}

/** The credential that a pod may have now. Throws where there is none, and says why. */
export function credentialOf(state: CredentialState): Credential {
  switch (state.is) {
    case "fresh":
    case "refreshing":
      return state.credential;
    case "denied":
    case "failed": {
      const why = `reason=${JSON.stringify(state.reason)} message=${JSON.stringify(state.message)}`;
      throw new Error(`PodCertificateRequest was permanently ${state.is}: ${why}`);
    }
    default:
      throw new Error("credential bundle is not issued yet");
  }
}
