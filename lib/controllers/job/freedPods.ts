import type { Pod } from "../../api/gen/types/coreV1.js";
import { type Indexer, objectKey } from "../../client/informer/indexer.js";
import { isTracked } from "./jobState.js";

/**
 * Uids of pods whose finalizer this process has removed while the cache still shows it. Bounded by
 * the pods in the cache: an entry goes with the event that shows the pod without its finalizer, or
 * gone.
 */
export class FreedPods {
  readonly #uids = new Set<string>();
  readonly #pods: Indexer<Pod>;

  constructor(pods: Indexer<Pod>) {
    this.#pods = pods;
  }

  get uids(): ReadonlySet<string> {
    return this.#uids;
  }

  has(pod: Pod): boolean {
    return this.#uids.has(pod.metadata.uid ?? "");
  }

  /** To be called before the finalizer is removed: its event may come before the response. */
  mark(pod: Pod): void {
    const uid = pod.metadata.uid ?? "";
    const cached = this.#pods.get(objectKey(pod));
    if (cached?.metadata.uid === uid && isTracked(cached)) this.#uids.add(uid);
  }

  unmark(pod: Pod): void {
    this.#uids.delete(pod.metadata.uid ?? "");
  }
}
