import type { Codec } from "../../api/codec.js";
import { withOwnCodec } from "../../api/ownedCodec.js";
import { formatTime } from "../../api/time.js";
import type { Clock } from "../../platform/clock.js";
import { compareAndSwap } from "../../storage/compareAndSwap.js";
import type { Storage, StoredValue } from "../../storage/storage.js";

/** The day (UTC) on which the token of a Secret was last used. */
const lastUsedLabel = "kubernetes.io/legacy-token-last-used";
/** Set by whoever wants to remove a token that seems unused: it lets nobody in any more. */
export const invalidSinceLabel = "kubernetes.io/legacy-token-invalid-since";

const message = "k8s.io.api.core.v1.Secret";
const dayMilliseconds = 24 * 3600 * 1000;

type Labels = Readonly<Record<string, string>>;

interface SecretTree {
  readonly metadata: { readonly uid?: string; labels?: Labels };
}

/**
 * Labels Secrets with the day on which their tokens are used, once a day, as the ConfigMap
 * kube-apiserver-legacy-service-account-token-tracking promises to whoever removes unused ones.
 */
export class LegacyTokenUse {
  readonly #storage: Storage;
  readonly #codec: Codec;
  readonly #clock: Clock;
  /** Secrets that are being written; bounded by the requests under way. */
  readonly #busy = new Set<string>();

  constructor(storage: Storage, codec: Codec, clock: Clock) {
    this.#storage = storage;
    this.#codec = codec;
    this.#clock = clock;
  }

  /** Returns at once. What could not be written is written at the next use. */
  note(key: string, uid: string | undefined, labels: Labels | undefined): void {
    const now = this.#clock.now();
    const last = labels?.[lastUsedLabel];
    // Another server's clock may be ahead.
    if (last === dayOf(now) || last === dayOf(now + dayMilliseconds) || this.#busy.has(key)) return;
    this.#busy.add(key);
    this.#write(key, uid, dayOf(now))
      .catch(() => undefined)
      .finally(() => this.#busy.delete(key));
  }

  async #write(key: string, uid: string | undefined, day: string): Promise<void> {
    const nothing = { value: undefined };
    await compareAndSwap(this.#storage, 1, async () => {
      const stored = await this.#storage.get(key);
      if (stored === undefined) return nothing;
      const { modRevision, leaseId } = stored;
      const value = withOwnCodec(this.#codec, (codec) => labelled(codec, stored, uid, day));
      if (value === undefined) return nothing;
      return {
        transaction: {
          compare: [{ key, target: "modRevision", equals: modRevision }],
          success: [{ type: "put", key, value, leaseId }],
        },
        ...nothing,
      };
    });
  }
}

/** The secret with the day of its last use; undefined where it is another one by now. */
function labelled(
  codec: Codec,
  { value, modRevision }: StoredValue,
  uid: string | undefined,
  day: string,
): Uint8Array | undefined {
  const current = codec.decodeStored(value, message, String(modRevision));
  const tree = JSON.parse(current.json()) as SecretTree;
  if (tree.metadata.uid !== uid) return undefined;
  tree.metadata.labels = { ...tree.metadata.labels, [lastUsedLabel]: day };
  return current.withJson(JSON.stringify(tree)).object?.stored();
}

function dayOf(milliseconds: number): string {
  return formatTime(milliseconds).slice(0, 10);
}
