import { Quantity } from "../../api/quantity.js";
import type { KubeletOptions } from "../../kubelet/kubeletOptions.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";
import type { KubeletSettings } from "./kubeletSettings.js";

type GarbageOptions = Pick<
  KubeletOptions,
  "containerGarbage" | "imageGarbage" | "logRotation" | "sandboxImages"
>;

function percent(
  settings: KubeletSettings,
  flag: "image-gc-high-threshold" | "image-gc-low-threshold",
): number {
  const value = settings.integer(flag);
  if (value >= 0 && value <= 100) return value;
  throw new FlagError(`--${flag}: ${value} is not between 0 and 100`);
}

/** Undefined where images are never to be collected. */
function imageGarbage(settings: KubeletSettings): GarbageOptions["imageGarbage"] {
  const highThresholdPercent = percent(settings, "image-gc-high-threshold");
  const lowThresholdPercent = percent(settings, "image-gc-low-threshold");
  if (lowThresholdPercent >= highThresholdPercent) {
    throw new FlagError(
      `--image-gc-low-threshold: ${lowThresholdPercent} is not below ` +
        `--image-gc-high-threshold ${highThresholdPercent}`,
    );
  }
  const maximumAge = settings.duration("imageMaximumGCAge");
  // As upstream: 100 switches it off, with its maximum age.
  if (highThresholdPercent === 100) return undefined;
  return {
    highThresholdPercent,
    lowThresholdPercent,
    minimumAgeMilliseconds: settings.duration("minimum-image-ttl-duration"),
    maximumAgeMilliseconds: maximumAge,
  };
}

/** Undefined where logs are never to be rotated (a negative size). */
function logRotation(settings: KubeletSettings): GarbageOptions["logRotation"] {
  const size = settings.string("container-log-max-size");
  let maximumBytes: number;
  try {
    maximumBytes = Number(Quantity.parse(size).value());
  } catch {
    throw new FlagError(`--container-log-max-size: ${JSON.stringify(size)} is no quantity`);
  }
  const maximumFiles = settings.integer("container-log-max-files");
  if (maximumFiles <= 1) {
    throw new FlagError(`--container-log-max-files: ${maximumFiles} is not greater than 1`);
  }
  if (maximumBytes < 0) return undefined;
  const periodMilliseconds = settings.duration("containerLogMonitorInterval");
  return { maximumBytes, maximumFiles, periodMilliseconds };
}

/** What a node keeps of ended containers, images and logs. */
export function garbageOptions(flags: FlagValues, settings: KubeletSettings): GarbageOptions {
  const images = imageGarbage(settings);
  const logs = logRotation(settings);
  const sandboxImage = flags.string("pod-infra-container-image");
  return {
    containerGarbage: {
      minimumAgeMilliseconds: flags.duration("minimum-container-ttl-duration"),
      maximumPerContainer: flags.integer("maximum-dead-containers-per-container"),
      maximum: flags.integer("maximum-dead-containers"),
    },
    ...(images ? { imageGarbage: images } : {}),
    ...(logs ? { logRotation: logs } : {}),
    sandboxImages: sandboxImage === "" ? [] : [sandboxImage],
  };
}
