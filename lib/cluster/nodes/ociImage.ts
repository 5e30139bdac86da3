import { createHash } from "node:crypto";

export interface ImageFile {
  /** Without a slash at the front. */
  readonly path: string;
  readonly mode: number;
  /** A directory when there is neither data nor a link. */
  readonly data?: Uint8Array;
  readonly linkTo?: string;
}

export interface ImageDescription {
  /** Names with tags, for example `registry.local/pause:1`. */
  readonly names: readonly string[];
  readonly architecture: string;
  readonly files: readonly ImageFile[];
  readonly entrypoint: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: readonly string[];
  readonly user?: string;
}

export interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Uint8Array;
}

export interface OciImage {
  readonly config: Blob;
  readonly layer: Blob;
  readonly manifest: Blob;
}

const blockBytes = 512;

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, "0")}\0`;
}

/** One ustar header (POSIX.1-1988), which every container tool reads. */
function header(file: ImageFile): Buffer {
  const block = Buffer.alloc(blockBytes);
  const isDirectory = file.data === undefined && file.linkTo === undefined;
  const type = file.linkTo !== undefined ? "2" : isDirectory ? "5" : "0";
  block.write(isDirectory ? `${file.path}/` : file.path, 0, 100);
  block.write(octal(file.mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(file.data?.length ?? 0, 12), 124);
  block.write(octal(0, 12), 136);
  block.write("        ", 148);
  block.write(type, 156);
  block.write(file.linkTo ?? "", 157, 100);
  block.write("ustar\u000000", 257);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** A tar archive of the files, in their order. Paths and links are at most 100 bytes. */
export function tarArchive(files: readonly ImageFile[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const file of files) {
    if (Buffer.byteLength(file.path) > 99) throw new Error(`path too long: ${file.path}`);
    parts.push(header(file));
    if (!file.data) continue;
    const padding = (blockBytes - (file.data.length % blockBytes)) % blockBytes;
    parts.push(file.data, Buffer.alloc(padding));
  }
  parts.push(Buffer.alloc(2 * blockBytes));
  return Buffer.concat(parts);
}

function blob(mediaType: string, bytes: Uint8Array): Blob {
  return { mediaType, digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`, bytes };
}

const descriptor = ({ mediaType, digest, bytes }: Blob) => ({
  mediaType,
  digest,
  size: bytes.length,
});

/**
 * A one-layer image by the OCI image specification; the same description gives the same digests.
 */
export function buildImage(description: ImageDescription): OciImage {
  const layer = blob("application/vnd.oci.image.layer.v1.tar", tarArchive(description.files));
  const config = blob(
    "application/vnd.oci.image.config.v1+json",
    Buffer.from(
      JSON.stringify({
        architecture: description.architecture,
        os: "linux",
        config: {
          Entrypoint: description.entrypoint,
          ...(description.command ? { Cmd: description.command } : {}),
          Env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", ...(description.environment ?? [])],
          ...(description.user ? { User: description.user } : {}),
        },
        rootfs: { type: "layers", diff_ids: [layer.digest] },
      }),
    ),
  );
  const manifest = blob(
    "application/vnd.oci.image.manifest.v1+json",
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: descriptor(config),
        layers: [descriptor(layer)],
      }),
    ),
  );
  return { config, layer, manifest };
}

/** An OCI layout in a tar archive, as `ctr images import` takes it. */
export function imageArchive(description: ImageDescription): Uint8Array {
  const image = buildImage(description);
  const index = {
    schemaVersion: 2,
    manifests: description.names.map((name) => ({
      ...descriptor(image.manifest),
      annotations: { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": name },
      platform: { architecture: description.architecture, os: "linux" },
    })),
  };
  const file = (path: string, data: Uint8Array | string): ImageFile => ({
    path,
    mode: 0o644,
    data: typeof data === "string" ? Buffer.from(data) : data,
  });
  const blobs = [image.config, image.layer, image.manifest].map((one) =>
    file(`blobs/sha256/${one.digest.slice("sha256:".length)}`, one.bytes),
  );
  return tarArchive([
    file("oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" })),
    file("index.json", JSON.stringify(index)),
    ...blobs,
  ]);
}
