import {
  type Authority,
  createAuthority,
  issue,
  noNames,
  openAuthority,
} from "../api/pki/certificates.js";
import type { AlternativeNames, CertifiedKey } from "../api/pki/certifiedKey.js";
import type { Platform } from "../platform/platform.js";
import { makePrivateDirectory } from "../platform/privateDirectory.js";

const dayMilliseconds = 24 * 3600 * 1000;
const authorityDays = 3650;
const certificateDays = 365;

/**
 * The certificates of one cluster: an authority and what it signs. Kept under a folder, or only in
 * memory.
 */
export class ClusterPki {
  readonly #platform: Pick<Platform, "clock" | "files">;
  readonly #directory: string | undefined;
  readonly authority: CertifiedKey;
  /** Signs the certificates of front proxies, which speak for others; none of clients. */
  readonly frontProxyAuthority: CertifiedKey;
  readonly #open: Authority;

  private constructor(
    platform: Pick<Platform, "clock" | "files">,
    directory: string | undefined,
    authority: CertifiedKey,
    frontProxyAuthority: CertifiedKey,
    open: Authority,
  ) {
    this.#platform = platform;
    this.#directory = directory;
    this.authority = authority;
    this.frontProxyAuthority = frontProxyAuthority;
    this.#open = open;
  }

  /** Reads the authority of the folder, or makes one. */
  static async open(
    platform: Pick<Platform, "clock" | "files">,
    directory: string | undefined,
  ): Promise<ClusterPki> {
    const now = platform.clock.now();
    const validity = {
      notBefore: now - dayMilliseconds,
      notAfter: now + authorityDays * dayMilliseconds,
    };
    const make =
      (commonName: string): (() => Promise<CertifiedKey>) =>
      () =>
        createAuthority({ commonName }, validity);
    const authority = await keep(platform, directory, "ca", make("kubernetes"));
    const proxies = await keep(platform, directory, "front-proxy-ca", make("front-proxy-ca"));
    return new ClusterPki(platform, directory, authority, proxies, await openAuthority(authority));
  }

  #issue(
    subject: { commonName: string; organizations?: readonly string[] },
    usages: readonly ("client" | "server")[],
    names: AlternativeNames,
  ): Promise<CertifiedKey> {
    const now = this.#platform.clock.now();
    return issue(this.#open, subject, usages, names, {
      notBefore: now - dayMilliseconds / 24,
      notAfter: now + certificateDays * dayMilliseconds,
    });
  }

  /** A server certificate; made anew at each start, since its addresses may have changed. */
  server(commonName: string, names: AlternativeNames): Promise<CertifiedKey> {
    return this.#issue({ commonName }, ["server"], names);
  }

  /** A client certificate, kept by its file's name. */
  client(
    file: string,
    commonName: string,
    organizations: readonly string[] = [],
  ): Promise<CertifiedKey> {
    return keep(this.#platform, this.#directory, file, () =>
      this.#issue({ commonName, organizations }, ["client"], noNames),
    );
  }
}

/** What a folder keeps by this name, or what is made and kept; without a folder what is made. */
export async function keep(
  platform: Pick<Platform, "files">,
  directory: string | undefined,
  name: string,
  make: () => Promise<CertifiedKey>,
): Promise<CertifiedKey> {
  if (directory === undefined) return make();
  const { files } = platform;
  await makePrivateDirectory(files, directory);
  const certificateFile = `${directory}/${name}.pem`;
  const keyFile = `${directory}/${name}-key.pem`;
  if ((await files.exists(certificateFile)) && (await files.exists(keyFile))) {
    return {
      certificate: await files.readText(certificateFile),
      key: await files.readText(keyFile),
    };
  }
  const made = await make();
  await files.replaceFile(keyFile, made.key, 0o600);
  await files.replaceFile(certificateFile, made.certificate, 0o600);
  return made;
}
