import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildImage, type ImageDescription } from "../../../lib/cluster/nodes/ociImage.js";
import { until } from "./until.js";

const program = "docker-registry";

/** Why there is no registry here; undefined where there is one. */
export function whyNoRegistry(): string | undefined {
  return spawnSync("which", [program]).status === 0 ? undefined : `${program} is not installed`;
}

export interface RegistryOptions {
  /** Its configuration and content, and what is on its way there. */
  readonly directory: string;
  /** `IP:PORT`, without TLS. */
  readonly address: string;
  /** Runs curl where the registry can be reached; throws when it fails. */
  readonly curl: (...args: string[]) => string;
}

/** Debian's registry, into which images are pushed by the OCI distribution specification. */
export class TestRegistry {
  readonly #options: RegistryOptions;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  get url(): string {
    return `http://${this.#options.address}`;
  }

  /** The words that run it. */
  command(): string[] {
    const { directory, address } = this.#options;
    const config = join(directory, "registry.yml");
    const lines = [
      "version: 0.1",
      "log: {level: warn}",
      `storage: {filesystem: {rootdirectory: ${join(directory, "registry")}}}`,
      `http: {addr: "${address}"}`,
    ];
    writeFileSync(config, `${lines.join("\n")}\n`);
    return [program, "serve", config];
  }

  /** Resolves when it serves. */
  async ready(): Promise<void> {
    await until("the registry", () => {
      try {
        this.#curl(`${this.url}/v2/`);
        return true;
      } catch {
        return false;
      }
    });
  }

  #curl(...args: string[]): string {
    return this.#options.curl("-sSf", "-m", "20", ...args);
  }

  #put(type: string, bytes: Uint8Array, url: string): void {
    const file = join(this.#options.directory, "pushed");
    writeFileSync(file, bytes);
    this.#curl("-X", "PUT", "-H", `Content-Type: ${type}`, "--data-binary", `@${file}`, url);
  }

  /** Pushes an image under its names, but for their registries. */
  push(image: ImageDescription): void {
    const { config, layer, manifest } = buildImage(image);
    for (const name of image.names) {
      const [, repository = "", tag = ""] = /^[^/]+\/(.+):([^:]+)$/.exec(name) ?? [];
      const base = `${this.url}/v2/${repository}`;
      for (const blob of [config, layer]) {
        const uploads = `${base}/blobs/uploads/`;
        const headers = this.#curl("-X", "POST", "-D", "-", "-o", "/dev/null", uploads);
        const location = /^location:\s*(\S+)/im.exec(headers)?.[1] ?? "";
        const url = `${location}${location.includes("?") ? "&" : "?"}digest=${blob.digest}`;
        this.#put("application/octet-stream", blob.bytes, url);
      }
      this.#put(manifest.mediaType, manifest.bytes, `${base}/manifests/${tag}`);
    }
  }

  /** Says below a directory of containerd's that this registry has what another's name is in. */
  writeHosts(registryDirectory: string, name: string): void {
    mkdirSync(join(registryDirectory, name), { recursive: true });
    const lines = [
      `server = "${this.url}"`,
      `[host."${this.url}"]`,
      '  capabilities = ["pull", "resolve"]',
    ];
    writeFileSync(join(registryDirectory, name, "hosts.toml"), `${lines.join("\n")}\n`);
  }
}
