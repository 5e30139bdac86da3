import { createGzip } from "node:zlib";
import { formatMilliTime } from "../../api/time.js";
import type { Clock } from "../../platform/clock.js";
import type { Files } from "../../platform/files.js";
import type { Logger } from "../../platform/logger.js";
import type { ContainerRuntime } from "../cri/runtime.js";

export interface LogRotationPolicy {
  /** A log that is larger is rotated. */
  readonly maximumBytes: number;
  /** Of one container, the one that is written included; at least 2. */
  readonly maximumFiles: number;
}

export interface LogRotatorParts {
  readonly clock: Clock;
  readonly files: Files;
  readonly runtime: ContainerRuntime;
  readonly logger: Logger;
  readonly policy: LogRotationPolicy;
}

const chunkBytes = 256 * 1024;

/**
 * Keeps the logs of running containers small: `0.log` becomes `0.log.TIME`, the runtime opens a new
 * one, and what was rotated before is compressed; the oldest go.
 */
export class LogRotator {
  readonly #parts: LogRotatorParts;
  /** By running container. */
  #paths = new Map<string, string>();

  constructor(parts: LogRotatorParts) {
    this.#parts = parts;
  }

  /** Looks at every log once. Rejects when the runtime does not respond. */
  async rotate(): Promise<void> {
    const { runtime, logger } = this.#parts;
    const known = this.#paths;
    this.#paths = new Map();
    for (const { id, state } of await runtime.listContainers()) {
      // One that has ended writes no more.
      if (state !== "running") continue;
      try {
        const path = known.get(id) ?? (await runtime.containerStatus(id))?.logPath ?? "";
        if (path === "") continue;
        this.#paths.set(id, path);
        await this.#rotateOne(id, path);
      } catch (error) {
        logger.warning("A container's log could not be rotated", { container: id, error });
      }
    }
  }

  async #rotateOne(id: string, path: string): Promise<void> {
    const { files, runtime, policy } = this.#parts;
    let status = await files.status(path);
    if (!status) {
      await runtime.reopenContainerLog(id);
      status = await files.status(path);
    }
    if (!status || status.sizeBytes < policy.maximumBytes) return;
    for (const rotated of await this.#prepare(path)) {
      if (!rotated.endsWith(".gz")) await this.#compress(rotated);
    }
    await this.#rotateLatest(id, path);
  }

  /** Removes what an interrupted rotation left and what is too much; the rest is returned. */
  async #prepare(path: string): Promise<string[]> {
    const { files, policy } = this.#parts;
    const slash = path.lastIndexOf("/");
    const [directory, name] = [path.slice(0, slash), path.slice(slash + 1)];
    const names = (await files.list(directory)).filter((other) => other.startsWith(`${name}.`));
    const isWhole = (other: string): boolean =>
      !other.endsWith(".tmp") && (other.endsWith(".gz") || !names.includes(`${other}.gz`));
    const whole = names.filter(isWhole).sort();
    // The log that is written now, and the one that it becomes, count as well.
    const keep = Math.max(policy.maximumFiles - 2, 0);
    const kept = whole.slice(Math.max(whole.length - keep, 0));
    for (const other of names) {
      if (!kept.includes(other)) await files.remove(`${directory}/${other}`);
    }
    return kept.map((other) => `${directory}/${other}`);
  }

  async #compress(path: string): Promise<void> {
    const { files } = this.#parts;
    const source = await files.open(path, "r");
    const target = await files.open(`${path}.tmp`, "w");
    try {
      const gzip = createGzip();
      const buffer = Buffer.alloc(chunkBytes);
      const feed = async (): Promise<void> => {
        for (let at = 0; ; ) {
          const read = await source.read(buffer, at);
          if (read === 0) break;
          at += read;
          const isRoomy = gzip.write(Buffer.from(buffer.subarray(0, read)));
          if (!isRoomy) await new Promise<void>((resolve) => gzip.once("drain", resolve));
        }
        gzip.end();
      };
      const feeding = feed();
      feeding.catch((error: unknown) => gzip.destroy(error as Error));
      for await (const part of gzip as AsyncIterable<Buffer>) await target.write(part);
      await feeding;
    } finally {
      await source.close();
      await target.close();
    }
    const mode = (await files.status(path))?.mode;
    if (mode !== undefined) await files.setMode(`${path}.tmp`, mode & 0o7777);
    await files.rename(`${path}.tmp`, `${path}.gz`);
    await files.remove(path);
  }

  /** Not compressed yet: the container may write into it still, and collectors read its end. */
  async #rotateLatest(id: string, path: string): Promise<void> {
    const { clock, files, runtime } = this.#parts;
    const time = formatMilliTime(clock.now()).replace(/[-:]/g, "").replace("T", "-");
    const rotated = `${path}.${time.slice(0, 15)}`;
    await files.rename(path, rotated);
    try {
      await runtime.reopenContainerLog(id);
    } catch (error) {
      await files.rename(rotated, path);
      throw error;
    }
  }
}
