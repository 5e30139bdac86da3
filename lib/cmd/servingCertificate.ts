import { createPrivateKey, X509Certificate } from "node:crypto";
import type { AlternativeNames, CertifiedKey } from "../api/pki/certifiedKey.js";
import type { TlsServerOptions } from "../platform/network.js";
import type { Platform } from "../platform/platform.js";
import { FlagError, type FlagValues } from "./flags/flagValues.js";
import { ownCertificate } from "./ownCertificate.js";
import { readNamedFile } from "./readNamedFile.js";
import { tlsCurves, tlsSettings } from "./tlsSettings.js";

/** The names of a certificate that a client may ask for. */
function namesIn(certificate: string): string[] {
  const { subjectAltName = "" } = new X509Certificate(certificate);
  return subjectAltName.split(", ").flatMap((name) => /^DNS:(.+)$/.exec(name)?.[1] ?? []);
}

/** --tls-sni-cert-key: `certificate,key` or `certificate,key:name,name`. */
function byServerName(platform: Platform, values: FlagValues): TlsServerOptions["byServerName"] {
  const flag = "tls-sni-cert-key";
  return values.strings(flag).map((text) => {
    const match = /^([^,:]+),([^,:]+)(?::(.+))?$/.exec(text);
    if (!match) {
      throw new FlagError(`--${flag}: ${JSON.stringify(text)} is not certificate,key[:names]`);
    }
    const certificate = readNamedFile(platform, flag, match[1] as string);
    const key = readNamedFile(platform, flag, match[2] as string);
    return { names: match[3]?.split(",") ?? namesIn(certificate), certificate, key };
  });
}

export interface ServingOptions {
  readonly component: string;
  /** Of its files below --cert-dir; by default the component. */
  readonly pair?: string;
  /** By default what --cert-dir says. */
  readonly directory?: string;
  /** Beside this machine's own names. */
  readonly names?: AlternativeNames;
}

/** How a component serves TLS, by its flags. Throws FlagError. */
export async function servingTls(
  platform: Platform,
  values: FlagValues,
  options: ServingOptions,
): Promise<TlsServerOptions> {
  const others = byServerName(platform, values) ?? [];
  const curves = tlsCurves(values.strings("tls-curve-preferences"));
  return {
    withoutHttp2: values.boolean("disable-http2-serving"),
    ...(curves === undefined ? {} : { curves }),
    ...tlsSettings(values.string("tls-min-version"), values.strings("tls-cipher-suites")),
    ...(others.length > 0 ? { byServerName: others } : {}),
    ...(await servingCertificate(platform, values, options)),
  };
}

/** What is in the files: one without the other is a mistake. */
export function checkPair(certificate: string | undefined, key: string | undefined): void {
  if (certificate && key) checkMatch(certificate, key);
  if (!certificate === !key) return;
  const [given, missing] = certificate
    ? ["cert-file", "private-key-file"]
    : ["private-key-file", "cert-file"];
  throw new FlagError(`--tls-${missing} is required with --tls-${given}`);
}

/** Files that hold neither are named where they are read. */
function checkMatch(certificate: string, key: string): void {
  let isPair: boolean;
  try {
    isPair = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return;
  }
  if (isPair) return;
  throw new FlagError(
    "--tls-private-key-file: the key is not that of the certificate in --tls-cert-file",
  );
}

/** By which this machine is called. */
function machineNames(platform: Platform, values: FlagValues): AlternativeNames {
  const bind = values.string("bind-address");
  const isOne = !["", "0.0.0.0", "::"].includes(bind);
  const own = platform.host.addresses().map(({ address }) => address);
  return { dns: [platform.host.hostname(), "localhost"], ips: isOne ? [bind] : own };
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

/**
 * What a component serves TLS with: the files of --tls-cert-file and --tls-private-key-file or,
 * without both, a pair of its own, kept below --cert-dir. Throws a FlagError for a file that cannot
 * be read or written.
 */
async function servingCertificate(
  platform: Platform,
  values: FlagValues,
  options: ServingOptions,
): Promise<CertifiedKey> {
  const read = (flag: string): string => {
    const path = values.string(flag);
    return path === "" ? "" : readNamedFile(platform, flag, path);
  };
  const certificate = read("tls-cert-file");
  const key = read("tls-private-key-file");
  checkPair(certificate, key);
  const directory = options.directory ?? values.string("cert-dir");
  if (certificate !== "" && key !== "") return { certificate, key };
  const { component, pair = component, names: more } = options;
  const machine = machineNames(platform, values);
  const names = {
    dns: unique([...machine.dns, ...(more?.dns ?? [])]),
    ips: unique([...machine.ips, ...(more?.ips ?? [])]),
  };
  const name = `${component}@${platform.host.hostname()}`;
  try {
    return await ownCertificate(platform, { directory, pair, name, names });
  } catch (error) {
    throw new FlagError(`--cert-dir: ${(error as Error).message}`);
  }
}
