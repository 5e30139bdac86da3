import type { EndpointSlice } from "../../api/gen/types/discoveryV1.js";

const goingAway = -1;

/** What this process wrote last to each slice, by service: as many entries as there are slices. */
export class SliceTracker {
  readonly #generations = new Map<string, Map<string, number>>();
  /** Services whose syncs wait; never more than there are. */
  readonly #putOff = new Set<string>();

  wrote(service: string, slice: EndpointSlice): void {
    let slices = this.#generations.get(service);
    if (slices === undefined) {
      slices = new Map();
      this.#generations.set(service, slices);
    }
    slices.set(slice.metadata.uid ?? "", slice.metadata.generation ?? 0);
  }

  removing(service: string, slice: EndpointSlice): void {
    this.#generations.get(service)?.set(slice.metadata.uid ?? "", goingAway);
  }

  /** The slice is as this process wrote it, or older. */
  isOwn(service: string, slice: EndpointSlice): boolean {
    const known = this.#generations.get(service)?.get(slice.metadata.uid ?? "");
    return known !== undefined && known !== goingAway && (slice.metadata.generation ?? 0) <= known;
  }

  /** True where this process did not ask for it. */
  deleted(service: string, slice: EndpointSlice): boolean {
    const slices = this.#generations.get(service);
    const known = slices?.get(slice.metadata.uid ?? "");
    slices?.delete(slice.metadata.uid ?? "");
    return known !== goingAway;
  }

  /** Nothing is known of the slice any more: it left the service, or may not be going after all. */
  left(service: string, slice: EndpointSlice): void {
    this.#generations.get(service)?.delete(slice.metadata.uid ?? "");
  }

  /** A sync of the service waits for the cache: the next event of its slices brings it back. */
  putOff(service: string): void {
    this.#putOff.add(service);
  }

  /** True once after putOff. */
  takePutOff(service: string): boolean {
    return this.#putOff.delete(service);
  }

  forgetService(service: string): void {
    this.#generations.delete(service);
    this.#putOff.delete(service);
  }

  /** The cache does not have what was written; give it every slice that is there. */
  isStale(service: string, cached: readonly EndpointSlice[]): boolean {
    const slices = this.#generations.get(service);
    if (slices === undefined) return false;
    const seen = new Map(cached.map(({ metadata }) => [metadata.uid, metadata.generation ?? 0]));
    for (const [uid, generation] of slices) {
      const cachedGeneration = seen.get(uid);
      if (generation === goingAway) {
        if (cachedGeneration !== undefined) return true;
      } else if (cachedGeneration === undefined || cachedGeneration < generation) return true;
    }
    return false;
  }
}
