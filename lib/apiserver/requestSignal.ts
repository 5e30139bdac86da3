/** Aborts with the transport's signal, or before it. Nothing is made before somebody asks. */
export class RequestSignal {
  readonly #transport: () => AbortSignal;
  #controller: AbortController | undefined;
  #linked: AbortSignal | undefined;
  #reason: unknown;

  constructor(transport: () => AbortSignal) {
    this.#transport = transport;
  }

  /** As a field, since it goes to those who know no more of it. */
  readonly get = (): AbortSignal => {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
      const transport = this.#transport();
      if (transport.aborted) this.#controller.abort(transport.reason);
      else {
        this.#linked = transport;
        transport.addEventListener("abort", this.#follow, { once: true });
      }
    }
    return this.#controller.signal;
  };

  abort(reason: unknown): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }

  /** The request is over: the transport's signal, which may live on, forgets it. */
  end(): void {
    this.#linked?.removeEventListener("abort", this.#follow);
    this.#linked = undefined;
  }

  readonly #follow = (): void => {
    this.#controller?.abort(this.#linked?.reason);
  };
}
