import { createHash } from "node:crypto";
import type { Timer } from "../platform/clock.js";
import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";

/** A changed file is in use within twice this time; upstream promises a minute. */
const lookMilliseconds = 20_000;
/** A certificate of the component's own, which no file of a flag shows, is renewed this often. */
const renewMilliseconds = 6 * 3600 * 1000;

export interface CertificateReloadOptions {
  readonly platform: Pick<Platform, "clock" | "files">;
  readonly logger: Logger;
  /** Files of certificates, keys and authorities; empty paths are left out. */
  readonly paths: readonly string[];
  /** Uses what is in the files now. Rejects where that is no good: what was used before stays. */
  readonly apply: () => Promise<void>;
}

/**
 * Looks at the files by their content (mounted Secrets are links that are swapped), and uses them
 * anew when they have changed. A key that does not fit its certificate yet, because the two are
 * written one after the other, is tried again.
 */
export class CertificateReload {
  readonly #options: CertificateReloadOptions;
  #timer: Timer | undefined;
  #stopped = false;
  #used: string | undefined;
  #refused: string | undefined;
  #renewedMilliseconds = 0;

  constructor(options: CertificateReloadOptions) {
    this.#options = options;
  }

  /** What is in the files now is what is being used. */
  async start(): Promise<void> {
    this.#used = await this.#digest();
    this.#renewedMilliseconds = this.#options.platform.clock.monotonic();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = this.#options.platform.clock.setTimer(lookMilliseconds, () => {
      this.#look().then(
        () => this.#schedule(),
        () => this.#schedule(),
      );
    });
  }

  async #look(): Promise<void> {
    const { platform, logger, apply, paths } = this.#options;
    const digest = await this.#digest();
    const now = platform.clock.monotonic();
    const isDue = now - this.#renewedMilliseconds >= renewMilliseconds;
    if ((digest === this.#used && !isDue) || this.#stopped) return;
    try {
      await apply();
      if (digest !== this.#used) logger.info("Certificates have changed and are used", { paths });
      this.#used = digest;
      this.#refused = undefined;
      this.#renewedMilliseconds = now;
    } catch (error) {
      if (digest === this.#refused) return;
      this.#refused = digest;
      logger.warning("Changed certificates are no good; those before stay in use", { error });
    }
  }

  /** A file that is missing for a moment counts as an empty one. */
  async #digest(): Promise<string> {
    const { platform, paths } = this.#options;
    const hash = createHash("sha256");
    for (const path of paths) {
      if (path === "") continue;
      const text = await platform.files.readText(path).catch(() => "");
      hash.update(`${path}\n${text.length}\n${text}`);
    }
    return hash.digest("hex");
  }
}
