import type { Clock } from "../../platform/clock.js";
import type { Files } from "../../platform/files.js";
import type { Logger } from "../../platform/logger.js";
import type { ContainerRuntime, Image } from "../cri/runtime.js";

export interface ImageGarbagePolicy {
  /** Above this percentage of the images' disk unused images are removed; 100 is never. */
  readonly highThresholdPercent: number;
  /** Down to this percentage. */
  readonly lowThresholdPercent: number;
  /** An image that was seen for less long stays. */
  readonly minimumAgeMilliseconds: number;
  /** An image that was unused for longer goes, however full the disk is; 0 is never. */
  readonly maximumAgeMilliseconds: number;
}

export interface ImageGarbageParts {
  readonly clock: Clock;
  readonly files: Files;
  readonly runtime: ContainerRuntime;
  readonly logger: Logger;
  readonly policy: ImageGarbagePolicy;
  /** Names of images that are never removed: the sandbox's. */
  readonly sandboxImages: () => Promise<readonly string[]>;
  readonly emit: (type: "Warning", reason: string, message: string) => void;
}

interface ImageRecord {
  readonly image: Image;
  /** Monotonic, milliseconds; minus infinity for those that were there before the kubelet. */
  readonly firstSeen: number;
  lastUsed: number;
}

/** Removes images that no container uses, the least recently used first. */
export class ImageGarbage {
  readonly #parts: ImageGarbageParts;
  readonly #began: number;
  /** By id: the images that there were at the last look. */
  #records = new Map<string, ImageRecord>();
  /** When that was, monotonic; images in use then are marked with this very time. */
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ImageGarbageParts) {
    this.#parts = parts;
    this.#began = parts.clock.monotonic();
  }

  /** Looks at what is there and used. Rejects when the runtime does not respond. */
  async look(): Promise<void> {
    const { runtime, clock, sandboxImages } = this.#parts;
    const [images, containers, kept] = await Promise.all([
      runtime.listImages(),
      runtime.listContainers(),
      sandboxImages(),
    ]);
    const used = new Set([...containers.map(({ imageRef }) => imageRef), ...kept]);
    const now = clock.monotonic();
    const unknownAge = Number.isFinite(this.#lookedAt) ? now : Number.NEGATIVE_INFINITY;
    const records = new Map<string, ImageRecord>();
    for (const image of images) {
      const known = this.#records.get(image.id);
      const firstSeen = known?.firstSeen ?? unknownAge;
      const names = [image.id, ...image.repoTags, ...image.repoDigests];
      const isUsed = image.pinned || names.some((name) => used.has(name));
      const lastUsed = isUsed ? now : (known?.lastUsed ?? Number.NEGATIVE_INFINITY);
      records.set(image.id, { image, firstSeen, lastUsed });
    }
    this.#records = records;
    this.#lookedAt = now;
  }

  /** Removes what is too old, then what must go to make room. Rejects with what is in the way. */
  async collect(): Promise<void> {
    await this.look();
    await this.#removeOld();
    await this.#makeRoom();
  }

  async #removeOld(): Promise<void> {
    const limit = this.#parts.policy.maximumAgeMilliseconds;
    const now = this.#lookedAt;
    // Before that nobody knows what was in use lately.
    if (limit <= 0 || now - this.#began <= limit) return;
    await this.#remove(Number.POSITIVE_INFINITY, ({ lastUsed }) => now - lastUsed > limit);
  }

  async #makeRoom(): Promise<void> {
    const { runtime, files, policy, logger, emit } = this.#parts;
    const [fileSystem] = await runtime.imageFileSystem();
    // A runtime that keeps no images on a disk has none to fill.
    if (!fileSystem) return;
    const { mountpoint } = fileSystem;
    const { totalBytes, availableBytes } = await files.usage(mountpoint);
    if (totalBytes === 0) {
      const message = "invalid capacity 0 on image filesystem";
      emit("Warning", "InvalidDiskCapacity", message);
      throw new Error(message);
    }
    const usedPercent = 100 - Math.floor((Math.min(availableBytes, totalBytes) * 100) / totalBytes);
    if (usedPercent < policy.highThresholdPercent) return;
    const wanted =
      Math.floor((totalBytes * (100 - policy.lowThresholdPercent)) / 100) - availableBytes;
    logger.info("The images' disk is full; unused images are removed", {
      mountpoint,
      usedPercent,
      highThresholdPercent: policy.highThresholdPercent,
      bytesToFree: wanted,
    });
    const freed = await this.#remove(wanted, () => true);
    if (freed >= wanted) return;
    const message =
      "Failed to garbage collect required amount of images. " +
      `Attempted to free ${wanted} bytes, but only found ${freed} bytes eligible to free.`;
    emit("Warning", "FreeDiskSpaceFailed", message);
    throw new Error(message);
  }

  /** Resolves with the bytes that were freed. Rejects when an image could not be removed. */
  async #remove(bytes: number, mayGo: (record: ImageRecord) => boolean): Promise<number> {
    const { runtime, logger, policy } = this.#parts;
    const now = this.#lookedAt;
    const candidates = [...this.#records.values()]
      .filter((record) => record.lastUsed < now && mayGo(record))
      .filter(({ firstSeen }) => now - firstSeen >= policy.minimumAgeMilliseconds)
      .sort((a, b) => compare(a.lastUsed, b.lastUsed) || compare(a.firstSeen, b.firstSeen));
    let freed = 0;
    const failures: string[] = [];
    for (const { image } of candidates) {
      if (freed >= bytes) break;
      try {
        logger.info("Removing an unused image", { image: image.id, bytes: image.sizeBytes });
        await runtime.removeImage(image.id);
        this.#records.delete(image.id);
        freed += image.sizeBytes;
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
    if (failures.length === 0) return freed;
    throw new Error(
      `wanted to free ${bytes} bytes, but freed ${freed} bytes space ` +
        `with errors in image deletion: ${failures.join(", ")}`,
    );
  }
}

/** Infinities, whose difference is no number, compare as well. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
