import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  buildImage,
  type ImageDescription,
  type ImageFile,
} from "../../../lib/cluster/nodes/ociImage.js";

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

/** The pod's first process, compiled here: this project's own source. */
function pauseImage(directory: string): TestImage {
  const binary = join(directory, "pause");
  const flags = ["-Os", "-static", "-nostdlib", "-fno-stack-protector"];
  execFileSync("cc", [...flags, "-o", binary, join(root, "packaging/pause/pause.c")]);
  const file = { path: "pause", mode: 0o755, data: readFileSync(binary) };
  return {
    repository: "pause",
    tag: "1",
    description: { names: [], architecture, files: [file], entrypoint: ["/pause"] },
  };
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
export function pushTestImages(
  registry: string,
  directory: string,
  curl: (...args: string[]) => string,
): void {
  for (const image of [pauseImage(directory), webImage()]) push(image, registry, directory, curl);
}
