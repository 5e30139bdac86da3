import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  buildImage,
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

export interface TestImage {
  readonly repository: string;
  readonly tag: string;
  readonly description: ImageDescription;
}

async function pauseTestImage(directory: string): Promise<TestImage> {
  const program = join(directory, "pause");
  await buildPause(nodePlatform, join(root, "packaging/pause/pause.c"), program);
  const description = pauseImage(readFileSync(program), architecture, []);
  return { repository: "pause", tag: "1", description };
}

/** Debian's busybox with a page that answers who answers and whom it sees asking. */
function webImage(): TestImage {
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
  return {
    repository: "web",
    tag: "1",
    description: { names: [], architecture, files, entrypoint: [], command },
  };
}

/**
 * Pushes an image by the OCI distribution specification. `curl` runs curl where the registry can be
 * reached.
 */
function push(
  image: TestImage,
  registry: string,
  directory: string,
  curl: (...args: string[]) => string,
): void {
  const { config, layer, manifest } = buildImage(image.description);
  const base = `${registry}/v2/${image.repository}`;
  const put = (name: string, type: string, bytes: Uint8Array, url: string): void => {
    const file = join(directory, name);
    writeFileSync(file, bytes);
    const header = `Content-Type: ${type}`;
    curl("-X", "PUT", "-H", header, "--data-binary", `@${file}`, url);
  };
  for (const blob of [config, layer]) {
    const headers = curl("-X", "POST", "-D", "-", "-o", "/dev/null", `${base}/blobs/uploads/`);
    const location = /^location:\s*(\S+)/im.exec(headers)?.[1] ?? "";
    const url = `${location}${location.includes("?") ? "&" : "?"}digest=${blob.digest}`;
    put("blob", "application/octet-stream", blob.bytes, url);
  }
  put("manifest", manifest.mediaType, manifest.bytes, `${base}/manifests/${image.tag}`);
}

/** Builds the pause and the web image and pushes them as `pause:1` and `web:1`. */
export async function pushTestImages(
  registry: string,
  directory: string,
  curl: (...args: string[]) => string,
): Promise<void> {
  const images = [await pauseTestImage(directory), webImage()];
  for (const image of images) push(image, registry, directory, curl);
}

/** The web image in an archive, under a name with a tag. */
export function webImageArchive(name: string): Uint8Array {
  return imageArchive({ ...webImage().description, names: [name] });
}
