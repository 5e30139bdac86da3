import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import type { ContainerRuntime } from "../cri/runtime.js";
import { runtimeLabels } from "./podIdentity.js";

export interface RuntimePodSummary {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
}

export interface RuntimeWatcherOptions {
  readonly platform: Platform;
  readonly runtime: ContainerRuntime;
  readonly logger: Logger;
  /** Upstream's relist period is one second. */
  readonly periodMilliseconds: number;
  /** Something of this pod changed in the runtime. */
  readonly onChange: (uid: string) => void;
}

/** The runtime does not respond for this long: the node says so (upstream's PLEG threshold). */
const unhealthyAfterMilliseconds = 180_000;

/**
 * Notices what happens in the runtime by listing it at intervals and comparing (upstream's PLEG),
 * and sooner where the runtime tells by itself. The two lists cost the same however many pods
 * change.
 */
export class RuntimeWatcher {
  readonly #options: RuntimeWatcherOptions;
  #signatures = new Map<string, string>();
  #summaries = new Map<string, RuntimePodSummary>();
  #lastSuccess: number;
  #isListing = false;
  #wantsList = false;

  constructor(options: RuntimeWatcherOptions) {
    this.#options = options;
    this.#lastSuccess = options.platform.clock.monotonic();
  }

  /** Undefined while it is healthy, else what is wrong. */
  get problem(): string | undefined {
    const silence = this.#options.platform.clock.monotonic() - this.#lastSuccess;
    if (silence <= unhealthyAfterMilliseconds) return undefined;
    return `PLEG is not healthy: pleg was last seen active ${Math.round(silence / 1000)}s ago; threshold is 3m0s`;
  }

  /** Every pod that the runtime has something of, as last listed. */
  get pods(): ReadonlyMap<string, RuntimePodSummary> {
    return this.#summaries;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { platform, runtime, periodMilliseconds } = this.#options;
    const stop = runtime.onChange(() => {
      this.list().catch(() => undefined);
    });
    signal.addEventListener("abort", stop, { once: true });
    while (!signal.aborted) {
      await this.list();
      await platform.clock.sleep(periodMilliseconds, signal);
    }
  }

  /** Lists now; a list that is asked for while one runs follows it. Never rejects. */
  async list(): Promise<void> {
    if (this.#isListing) {
      this.#wantsList = true;
      return;
    }
    this.#isListing = true;
    try {
      do {
        this.#wantsList = false;
        await this.#listOnce();
      } while (this.#wantsList);
    } catch (error) {
      this.#options.logger.error("The runtime could not be listed", { error });
    } finally {
      this.#isListing = false;
    }
  }

  async #listOnce(): Promise<void> {
    const { runtime, platform, onChange } = this.#options;
    const [sandboxes, containers] = await Promise.all([
      runtime.listPodSandboxes(),
      runtime.listContainers(),
    ]);
    const parts = new Map<string, string[]>();
    const summaries = new Map<string, RuntimePodSummary>();
    const note = (labels: Readonly<Record<string, string>>, text: string): void => {
      const uid = labels[runtimeLabels.podUid];
      if (uid === undefined) return;
      summaries.set(uid, {
        uid,
        name: labels[runtimeLabels.podName] ?? "",
        namespace: labels[runtimeLabels.podNamespace] ?? "",
      });
      const list = parts.get(uid);
      if (list) list.push(text);
      else parts.set(uid, [text]);
    };
    for (const sandbox of sandboxes) note(sandbox.labels, `${sandbox.id}=${sandbox.state}`);
    for (const container of containers)
      note(container.labels, `${container.id}=${container.state}`);
    const signatures = new Map<string, string>();
    for (const [uid, list] of parts) signatures.set(uid, list.sort().join(" "));
    const before = this.#signatures;
    this.#signatures = signatures;
    this.#summaries = summaries;
    this.#lastSuccess = platform.clock.monotonic();
    for (const [uid, signature] of signatures) if (before.get(uid) !== signature) onChange(uid);
    for (const uid of before.keys()) if (!signatures.has(uid)) onChange(uid);
  }
}
