import type { Container, Pod, Secret } from "../../api/gen/types/coreV1.js";
import { formatDurationMilliseconds } from "../../api/time.js";
import type { Clock } from "../../platform/clock.js";
import {
  type ContainerRuntime,
  failureText,
  type Image,
  type PodSandboxConfig,
} from "../cri/runtime.js";
import { BackOff } from "../pods/backOff.js";
import { parseImageReference } from "./imageReference.js";
import { credentialsFor } from "./pullCredentials.js";

export type PullEvent =
  | { readonly reason: "Pulling" | "Pulled"; readonly type: "Normal"; readonly message: string }
  | {
      readonly reason: "Failed" | "BackOff" | "ErrImageNeverPull" | "InspectFailed";
      readonly type: "Warning" | "Normal";
      readonly message: string;
    };

/** Why an image is not there: becomes the container's waiting reason. */
export class ImageError extends Error {
  readonly reason:
    | "ErrImagePull"
    | "ImagePullBackOff"
    | "ErrImageNeverPull"
    | "InvalidImageName"
    | "ImageInspectError";
  constructor(reason: ImageError["reason"], message: string) {
    super(message);
    this.name = "ImageError";
    this.reason = reason;
  }
}

const maxLastErrors = 1_000;
const backOffOptions = { initialMilliseconds: 10_000, maximumMilliseconds: 300_000 };

export interface ImageManagerOptions {
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  /** One pull at a time (--serialize-image-pulls, the default), else this many. */
  readonly maxParallelPulls: number;
}

/**
 * Pulls images by policy, with backoff for each image of each pod, and a bound on pulls at once.
 */
export class ImageManager {
  readonly #options: ImageManagerOptions;
  readonly #backOff: BackOff;
  readonly #inFlight = new Map<string, Promise<string>>();
  readonly #waiting: (() => void)[] = [];
  /** Why the last pull failed, by image and pod; the oldest go beyond the bound. */
  readonly #lastErrors = new Map<string, string>();
  #pulling = 0;

  constructor(options: ImageManagerOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.clock, backOffOptions);
  }

  /** The image as the runtime has it, pulled if the policy asks for it. Throws ImageError. */
  async ensure(
    pod: Pod,
    container: Container,
    secrets: readonly Secret[],
    sandbox: PodSandboxConfig,
    emit: (event: PullEvent) => void,
  ): Promise<Image> {
    const { runtime } = this.#options;
    const name = container.image ?? "";
    const reference = parseImageReference(name);
    if (!reference) {
      throw new ImageError(
        "InvalidImageName",
        `Failed to apply default image tag "${name}": couldn't parse image name "${name}": invalid reference format`,
      );
    }
    const withTag = reference.tag === "latest" && !/:[^/]*$/.test(name) ? `${name}:latest` : name;
    const present = await runtime.imageStatus(withTag);
    // The API server fills it in; a static pod comes without.
    const isLatest = reference.tag === "latest" && reference.digest === "";
    const policy = container.imagePullPolicy ?? (isLatest ? "Always" : "IfNotPresent");
    if (present && policy !== "Always") {
      emit({
        type: "Normal",
        reason: "Pulled",
        message: `Container image "${name}" already present on machine and can be accessed by the pod`,
      });
      return present;
    }
    if (policy === "Never") {
      const message = `Container image "${name}" is not present with pull policy of Never`;
      emit({ type: "Warning", reason: "ErrImageNeverPull", message });
      throw new ImageError("ErrImageNeverPull", message);
    }
    const key = `${pod.metadata.uid}_${withTag}`;
    const delay = this.#backOff.remaining(key);
    if (delay > 0) {
      const message = `Back-off pulling image "${name}"`;
      emit({ type: "Normal", reason: "BackOff", message });
      const last = this.#lastErrors.get(key);
      throw new ImageError(
        "ImagePullBackOff",
        last === undefined ? message : `${message}: ErrImagePull: ${last}`,
      );
    }
    return this.#pull(name, withTag, key, reference, secrets, sandbox, emit);
  }

  async #pull(
    name: string,
    image: string,
    key: string,
    reference: NonNullable<ReturnType<typeof parseImageReference>>,
    secrets: readonly Secret[],
    sandbox: PodSandboxConfig,
    emit: (event: PullEvent) => void,
  ): Promise<Image> {
    const { runtime, clock } = this.#options;
    emit({ type: "Normal", reason: "Pulling", message: `Pulling image "${name}"` });
    const started = clock.monotonic();
    let begun = started;
    const auths = [...credentialsFor(reference, secrets), undefined];
    let failure: unknown;
    for (const auth of auths) {
      try {
        // Everything that the registry judges by: a stranger's password is not the owner's.
        await this.#limited(JSON.stringify([image, auth ?? null]), () => {
          begun = clock.monotonic();
          return runtime.pullImage(image, auth, sandbox);
        });
        const pulled = await runtime.imageStatus(image);
        if (!pulled) throw new Error("the runtime does not have the image that it has pulled");
        this.#backOff.reset(key);
        this.#lastErrors.delete(key);
        const ended = clock.monotonic();
        const took = formatDurationMilliseconds(Math.floor(ended - begun));
        const whole = formatDurationMilliseconds(Math.floor(ended - started));
        emit({
          type: "Normal",
          reason: "Pulled",
          message: `Successfully pulled image "${name}" in ${took} (${whole} including waiting). Image size: ${pulled.sizeBytes} bytes.`,
        });
        return pulled;
      } catch (error) {
        failure = error;
      }
    }
    this.#backOff.next(key);
    const why = failureText(failure);
    this.#lastErrors.delete(key);
    this.#lastErrors.set(key, why);
    if (this.#lastErrors.size > maxLastErrors) {
      this.#lastErrors.delete(this.#lastErrors.keys().next().value as string);
    }
    const message = `Failed to pull image "${name}": ${why}`;
    emit({ type: "Warning", reason: "Failed", message });
    throw new ImageError("ErrImagePull", why);
  }

  /** Pulls of the same image with the same credentials are one pull; others wait their turn. */
  #limited(key: string, pull: () => Promise<string>): Promise<string> {
    const running = this.#inFlight.get(key);
    if (running) return running;
    const run = async (): Promise<string> => {
      // Who waits is handed the place of the one that ends, so that none can slip in between.
      if (this.#pulling < this.#options.maxParallelPulls) this.#pulling += 1;
      else await new Promise<void>((resolve) => this.#waiting.push(resolve));
      try {
        return await pull();
      } finally {
        this.#inFlight.delete(key);
        const next = this.#waiting.shift();
        if (next) next();
        else this.#pulling -= 1;
      }
    };
    const promise = run();
    this.#inFlight.set(key, promise);
    return promise;
  }

  /** Forgets what is older than it can matter. */
  collect(): void {
    this.#backOff.collect();
  }
}
