import type { Platform } from "../../platform/platform.js";
import { checkedRun } from "./checkedRun.js";

/** containerd's namespace of everything that comes through CRI. */
const criNamespace = "k8s.io";
const limitMilliseconds = 600_000;

/**
 * Gives a containerd the images of an archive (of `docker save`, or an OCI layout in a tar).
 * Resolves with what it said, a line an image. Rejects with one line.
 */
export function importImages(
  platform: Pick<Platform, "processes">,
  socket: string,
  archive: string,
): Promise<string> {
  const command = ["ctr", "--address", socket, "--namespace", criNamespace];
  return checkedRun(platform, [...command, "images", "import", "--all-platforms", archive], {
    timeoutMilliseconds: limitMilliseconds,
  });
}
