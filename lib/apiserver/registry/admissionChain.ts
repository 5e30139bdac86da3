import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "../admission/admissionPlugin.js";

/** The plugins in their order, by what they handle: asked once for each operation and resource, then kept. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];
  /** Bounded by the operations, resources and subresources that are served. */
  readonly #handling = new Map<string, readonly AdmissionPlugin[]>();

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins;
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    return this.#of(operation, group, resource, subresource).length > 0;
  }

  /** Mutating admission, in order. */
  async admit(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.#ofAttributes(attributes)) {
      const waiting = plugin.admit?.(attributes);
      if (waiting !== undefined) {
        await waiting;
      }
    }
  }

  /** Validating admission, in order. */
  async validate(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.#ofAttributes(attributes)) {
      const waiting = plugin.validate?.(attributes);
      if (waiting !== undefined) {
        await waiting;
      }
    }
  }

  #ofAttributes(attributes: AdmissionAttributes): readonly AdmissionPlugin[] {
    const { operation, group, resource, subresource } = attributes;
    return this.#of(operation, group, resource, subresource);
  }

  #of(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): readonly AdmissionPlugin[] {
    const key = `${operation} ${group}/${resource}/${subresource}`;
    let plugins = this.#handling.get(key);
    if (plugins === undefined) {
      plugins = this.#plugins.filter((plugin) =>
        plugin.handles(operation, group, resource, subresource),
      );
      this.#handling.set(key, plugins);
    }
    return plugins;
  }
}
