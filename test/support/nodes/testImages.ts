import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type ImageDescription,
  type ImageFile,
  imageArchive,
} from "../../../lib/cluster/nodes/ociImage.js";
import { buildPause, pauseImage } from "../../../lib/cluster/nodes/pauseImage.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const architecture = process.arch === "x64" ? "amd64" : process.arch;
const applets = "sh httpd sleep cat echo nc hostname ping kill".split(" ");
const whoAsks = [
  "#!/bin/sh",
  "echo 'Content-type: text/plain'",
  "echo",
  'echo "$(hostname) sees $REMOTE_ADDR"',
  "",
].join("\n");

async function pauseTestImage(directory: string, name: string): Promise<ImageDescription> {
  const program = join(directory, "pause");
  await buildPause(nodePlatform, join(root, "packaging/pause/pause.c"), program);
  return pauseImage(readFileSync(program), architecture, [name]);
}

/** Debian's busybox with a page that answers who answers and whom it sees asking. */
export function webImage(name: string): ImageDescription {
  const links = applets.map((name): ImageFile => {
    return { path: `bin/${name}`, mode: 0o777, linkTo: "busybox" };
  });
  const files = [
    { path: "bin", mode: 0o755 },
    { path: "tmp", mode: 0o1777 },
    { path: "www", mode: 0o755 },
    { path: "www/cgi-bin", mode: 0o755 },
    { path: "www/cgi-bin/who", mode: 0o755, data: Buffer.from(whoAsks) },
    { path: "bin/busybox", mode: 0o755, data: readFileSync("/bin/busybox") },
    ...links,
  ];
  const command = ["httpd", "-f", "-p", "8000", "-h", "/www"];
  return { names: [name], architecture, files, entrypoint: [], command };
}

/** The pause image and the web image, as `pause:1` and `web:1` of this registry. */
export async function testImages(registry: string, directory: string): Promise<ImageDescription[]> {
  const pause = await pauseTestImage(directory, `${registry}/pause:1`);
  return [pause, webImage(`${registry}/web:1`)];
}

/** The web image in an archive, under a name with a tag. */
export function webImageArchive(name: string): Uint8Array {
  return imageArchive(webImage(name));
}
