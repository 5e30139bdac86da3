import { importImages } from "../../cluster/nodes/imageImport.js";
import { readNodesRecord } from "../../cluster/nodes/nodesFile.js";
import type { Platform } from "../../platform/platform.js";

export interface LoadImageFlags {
  readonly dataDir: string;
}

/**
 * `steersman load-image`: gives archives of images to every real node of the cluster that runs on
 * the data directory. Throws an Error whose message is for the user.
 */
export async function loadImage(
  archives: readonly string[],
  flags: LoadImageFlags,
  platform: Platform,
): Promise<void> {
  const { files, host } = platform;
  const record = await readNodesRecord(platform, `${flags.dataDir}/nodes`);
  if (record === undefined || record.nodes.length === 0) {
    throw new Error(`--data-dir: no cluster with real nodes runs on ${flags.dataDir}`);
  }
  for (const archive of archives) {
    if (!(await files.exists(archive))) throw new Error(`${archive} is not there`);
    for (const { name, socket } of record.nodes) {
      const said = await importImages(platform, socket, archive);
      const images = [...said.matchAll(/unpacking (\S+)/g)].map((match) => match[1]);
      await host.writeOutput(`${name}: ${images.length > 0 ? images.join(", ") : archive}\n`);
    }
  }
}
