import type { HealthCheck } from "./healthChecks.js";
import type { PostStartContext, PostStartHook } from "./postStartHook.js";

const firstDelayMilliseconds = 100;
const maxDelayMilliseconds = 10_000;

/**
 * Runs the hooks one after the other, each until it succeeds, and tells health what is still
 * missing.
 */
export class PostStartHooks {
  readonly #context: PostStartContext;
  readonly #hooks: readonly PostStartHook[];
  readonly #log: (message: string, error: unknown) => void;
  readonly #finished = new Set<string>();
  #resolveDone: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();
  /** Resolves when all have run; never when the server stops before. */
  readonly done: Promise<void>;

  constructor(
    context: PostStartContext,
    hooks: readonly PostStartHook[],
    log: (message: string, error: unknown) => void,
  ) {
    this.#context = context;
    this.#hooks = hooks;
    this.#log = log;
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
  }

  start(): void {
    this.#running = this.#runAll();
  }

  /** Resolves when nothing of them runs any more; the context's signal has been aborted before. */
  stop(): Promise<void> {
    return this.#running;
  }

  healthChecks(): HealthCheck[] {
    return this.#hooks.map((hook) => ({
      name: `poststarthook/${hook.name}`,
      endpoints: ["healthz", "livez", "readyz"],
      check: () => {
        if (!this.#finished.has(hook.name)) {
          throw new Error("not finished");
        }
      },
    }));
  }

  async #runAll(): Promise<void> {
    for (const hook of this.#hooks) {
      await this.#runOne(hook);
      if (this.#context.signal.aborted) {
        return;
      }
    }
    this.#resolveDone();
  }

  async #runOne(hook: PostStartHook): Promise<void> {
    const { platform, signal } = this.#context;
    let delay = firstDelayMilliseconds;
    while (!signal.aborted) {
      try {
        await hook.run(this.#context);
        this.#finished.add(hook.name);
        return;
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        this.#log(`hook ${hook.name} failed and is tried again`, error);
        await platform.clock.sleep(delay, signal);
        delay = Math.min(delay * 2, maxDelayMilliseconds);
      }
    }
  }
}
