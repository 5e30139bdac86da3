import type { Platform } from "../../platform/platform.js";
import { checkedRun } from "./checkedRun.js";
import type { ImageDescription } from "./ociImage.js";

/** Of containerds that Steersman configures; the tag changes with packaging/pause. */
export const pauseImageName = "registry.local/steersman/pause:1";

const compilerFlags = ["-Os", "-static", "-nostdlib", "-fno-stack-protector"];

/** Compiles packaging/pause to a static program of about a kilobyte, unless it is there. */
export async function buildPause(
  platform: Pick<Platform, "files" | "processes">,
  source: string,
  program: string,
): Promise<void> {
  if (await platform.files.exists(program)) return;
  const part = `${program}.part`;
  await checkedRun(platform, ["cc", ...compilerFlags, "-o", part, source]);
  await platform.files.rename(part, program);
}

/** The sandbox image: nothing but the program. */
export function pauseImage(
  program: Uint8Array,
  architecture: string,
  names: readonly string[],
): ImageDescription {
  return {
    names,
    architecture,
    files: [{ path: "pause", mode: 0o755, data: program }],
    entrypoint: ["/pause"],
  };
}
