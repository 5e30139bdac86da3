/**
 * A binding of a pod that brings neither labels nor annotations of its own. Plugins say what of it
 * each later one gets, too, whose node may be another.
 */
export class PlainBinding {
  #hasTopology = false;

  /** The pod gets the zone and the region of its node as labels. */
  labelWithTopology(): void {
    this.#hasTopology = true;
  }

  get hasTopology(): boolean {
    return this.#hasTopology;
  }
}
