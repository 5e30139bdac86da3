import type { ContainerRuntime } from "../cri/runtime.js";

/** The images that sandboxes are made of: those given, and what containerd says of itself. */
export async function sandboxImages(
  runtime: Pick<ContainerRuntime, "info">,
  given: readonly string[],
): Promise<readonly string[]> {
  const { config = "{}" } = await runtime.info();
  try {
    const { sandboxImage } = JSON.parse(config) as { sandboxImage?: string };
    return sandboxImage ? [...given, sandboxImage] : given;
  } catch {
    // Another runtime's configuration may be anything.
    return given;
  }
}
