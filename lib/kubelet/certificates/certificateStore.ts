import { X509Certificate } from "node:crypto";
import { type CertificateLife, certificateLife } from "../../api/pki/certificateLife.js";
import type { CertifiedKey } from "../../api/pki/certifiedKey.js";
import { formatTime } from "../../api/time.js";
import { keyPairProblem } from "../../client/config/keyPairProblem.js";
import type { Clock } from "../../platform/clock.js";
import type { Files } from "../../platform/files.js";
import { makePrivateDirectory } from "../../platform/privateDirectory.js";

/** Throws where the text begins with no certificate. */
export function lifeOf(certificate: string): CertificateLife {
  return certificateLife(new X509Certificate(certificate));
}

/** The newest pair and the one before it stay; older ones are removed. */
const keptFiles = 2;
const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----\n?/g;

function parsePair(text: string): CertifiedKey | undefined {
  let certificate = "";
  let key = "";
  for (const [block, label = ""] of text.matchAll(pemBlock)) {
    if (label === "CERTIFICATE") certificate += block;
    else if (label.endsWith("PRIVATE KEY")) key = block;
  }
  return certificate === "" || key === "" ? undefined : { certificate, key };
}

/**
 * Certificates with their keys in a folder, as upstream lays them out: `NAME-current.pem` is a link
 * to `NAME-TIME.pem`, which holds both.
 */
export class CertificateStore {
  readonly #files: Files;
  readonly #clock: Clock;
  readonly #directory: string;
  readonly #name: string;

  constructor(
    platform: { readonly files: Files; readonly clock: Clock },
    directory: string,
    name: string,
  ) {
    this.#files = platform.files;
    this.#clock = platform.clock;
    this.#directory = directory;
    this.#name = name;
  }

  get currentPath(): string {
    return `${this.#directory}/${this.#name}-current.pem`;
  }

  /** Undefined where there is none that can be read; it may have ended. */
  async current(): Promise<CertifiedKey | undefined> {
    try {
      // What an earlier version left open is closed before the key in it is used.
      if (await this.#files.exists(this.#directory)) {
        await makePrivateDirectory(this.#files, this.#directory);
      }
      const pair = parsePair(await this.#files.readText(this.currentPath));
      return pair === undefined || keyPairProblem(pair) !== undefined ? undefined : pair;
    } catch {
      // Not there, or broken by whoever wrote it: both mean that a new one is needed.
      return undefined;
    }
  }

  async update({ certificate, key }: CertifiedKey): Promise<void> {
    const files = this.#files;
    await makePrivateDirectory(files, this.#directory);
    const time = formatTime(this.#clock.now()).replace(/[T:]/g, "-").slice(0, 19);
    const path = `${this.#directory}/${this.#name}-${time}.pem`;
    await files.replaceFile(path, certificate + key, 0o600);
    // A link cannot be replaced in place: who reads it sees the old or the new one.
    const link = `${this.currentPath}.new`;
    await files.remove(link);
    await files.symlink(path, link);
    await files.rename(link, this.currentPath);
    await this.#removeOld();
  }

  async #removeOld(): Promise<void> {
    const own = new RegExp(`^${this.#name}-\\d{4}(-\\d\\d){5}\\.pem$`);
    const names = (await this.#files.list(this.#directory)).filter((name) => own.test(name));
    for (const name of names.sort().slice(0, -keptFiles)) {
      await this.#files.remove(`${this.#directory}/${name}`);
    }
  }
}
