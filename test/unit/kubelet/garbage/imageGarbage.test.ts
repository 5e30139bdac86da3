import assert from "node:assert/strict";
import type { Container, ContainerRuntime, Image } from "../../../../lib/kubelet/cri/runtime.js";
import {
  ImageGarbage,
  type ImageGarbagePolicy,
} from "../../../../lib/kubelet/garbage/imageGarbage.js";
import { sandboxImages } from "../../../../lib/kubelet/garbage/sandboxImages.js";
import { silentLogger } from "../../../../lib/platform/logger.js";
import { MemoryFiles } from "../../../../lib/platform/virtual/memoryFiles.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";

const minute = 60_000;
const defaults: ImageGarbagePolicy = {
  highThresholdPercent: 85,
  lowThresholdPercent: 80,
  minimumAgeMilliseconds: 2 * minute,
  maximumAgeMilliseconds: 0,
};

describe("ImageGarbage", () => {
  let clock: VirtualClock;
  let images: Map<string, Partial<Image>>;
  let used: string[];
  let removed: string[];
  let events: string[];
  let availableBytes: number;
  let totalBytes: number;
  let failing: string;

  beforeEach(() => {
    clock = new VirtualClock();
    images = new Map();
    used = [];
    removed = [];
    events = [];
    [availableBytes, totalBytes] = [100, 1000];
    failing = "";
  });

  function garbage(more: Partial<ImageGarbagePolicy> = {}): ImageGarbage {
    class Disk extends MemoryFiles {
      override async usage() {
        const rest = { type: 0, freeBytes: availableBytes, totalInodes: 0, freeInodes: 0 };
        return { ...rest, totalBytes, availableBytes };
      }
    }
    const runtime: Partial<ContainerRuntime> = {
      listImages: async () =>
        [...images].map(([id, image]) => ({
          ...{ id, repoTags: [], repoDigests: [], sizeBytes: 10, uid: undefined },
          ...{ username: "", pinned: false },
          ...image,
        })),
      listContainers: async () => used.map((imageRef) => ({ imageRef }) as Container),
      imageFileSystem: async () => {
        // As every answer it takes a moment: what was in use before it still is.
        await clock.advance(1);
        return [{ mountpoint: "/images", usedBytes: 0, inodesUsed: 0 }];
      },
      removeImage: async (id) => {
        if (id === failing) throw new Error("in use");
        removed.push(id);
        images.delete(id);
        availableBytes += 10;
      },
    };
    return new ImageGarbage({
      clock,
      files: new Disk(() => clock.now()),
      runtime: runtime as ContainerRuntime,
      logger: silentLogger,
      policy: { ...defaults, ...more },
      sandboxImages: async () => ["registry.local/pause:1"],
      emit: (type, reason, message) => events.push(`${type} ${reason}: ${message}`),
    });
  }

  it("leaves everything while the disk has room", async () => {
    images.set("a", {});
    availableBytes = 160;
    await garbage().collect();
    assert.deepEqual(removed, []);
  });

  it("removes the longest unused until the lower threshold, and nothing that is used", async () => {
    availableBytes = 190;
    for (const id of ["old", "newer", "used", "tagged"]) images.set(id, {});
    images.set("pause", { repoTags: ["registry.local/pause:1"] });
    images.set("pinned", { pinned: true });
    images.set("tagged", { repoDigests: ["registry.local/t@sha256:1"] });
    used = ["old", "newer", "used", "registry.local/t@sha256:1"];
    const collector = garbage();
    await collector.collect();
    await clock.advance(minute);
    used = ["newer", "used", "registry.local/t@sha256:1"];
    await collector.collect();
    await clock.advance(minute);
    used = ["used", "registry.local/t@sha256:1"];
    await clock.advance(minute);
    // 15 % are free: 5 % of 1000 are missing to 20 %, five images' worth, and two may go.
    availableBytes = 150;
    const message =
      "Failed to garbage collect required amount of images. Attempted to free 50 bytes, but only " +
      "found 20 bytes eligible to free.";
    await assert.rejects(collector.collect(), { message });
    assert.deepEqual(removed, ["old", "newer"]);
    assert.deepEqual(events, [`Warning FreeDiskSpaceFailed: ${message}`]);
  });

  it("stops when there is room enough", async () => {
    availableBytes = 150;
    for (let count = 0; count < 9; count++) images.set(`i${count}`, {});
    await garbage().collect();
    assert.equal(removed.length, 5);
  });

  it("leaves what was pulled a moment ago", async () => {
    const collector = garbage();
    availableBytes = 500;
    await collector.collect();
    images.set("new", {});
    availableBytes = 149;
    await assert.rejects(collector.collect());
    assert.deepEqual(removed, []);
    await clock.advance(2 * minute);
    await assert.rejects(collector.collect());
    assert.deepEqual(removed, ["new"]);
  });

  it("removes what nobody has used for too long, once it can know", async () => {
    availableBytes = 900;
    const collector = garbage({ maximumAgeMilliseconds: 60 * minute });
    images.set("a", {});
    await collector.collect();
    await clock.advance(59 * minute);
    await collector.collect();
    assert.deepEqual(removed, []);
    await clock.advance(2 * minute);
    await collector.collect();
    assert.deepEqual(removed, ["a"]);
  });

  it("goes on after an image that cannot be removed, and tells of it", async () => {
    availableBytes = 150;
    for (const id of ["a", "b"]) images.set(id, {});
    failing = "a";
    await assert.rejects(garbage().collect(), {
      message:
        "wanted to free 50 bytes, but freed 10 bytes space with errors in image deletion: in use",
    });
    assert.deepEqual(removed, ["b"]);
  });

  it("tells of a disk without capacity", async () => {
    totalBytes = 0;
    await assert.rejects(garbage().collect());
    assert.deepEqual(events, [
      "Warning InvalidDiskCapacity: invalid capacity 0 on image filesystem",
    ]);
  });

  it("knows the sandbox's image from the runtime's configuration", async () => {
    const info = (config: string) => ({ info: async () => ({ config }) });
    assert.deepEqual(await sandboxImages(info('{"sandboxImage":"p:1"}'), ["q:1"]), ["q:1", "p:1"]);
    assert.deepEqual(await sandboxImages(info("toml = 1"), ["q:1"]), ["q:1"]);
  });
});
