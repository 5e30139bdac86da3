import { X509Certificate } from "node:crypto";
import { certificateLife } from "../api/pki/certificateLife.js";
import type { EtcdOptions } from "../storage/etcdStorage.js";

/** What says how etcd is spoken to. */
export type EtcdPart = "servers" | "authorities" | "certificate" | "key";

/** The parts as whoever gave them knows them: `--etcd-cafile: /etc/…/ca.crt`, or an option. */
export type EtcdNames = Readonly<Record<EtcdPart, string>>;

/** What is to be looked at where etcd cannot be spoken to. The message begins with its name. */
export class EtcdPartError extends Error {
  readonly part: EtcdPart;
  /** The message without the name. */
  readonly text: string;

  constructor(names: EtcdNames, part: EtcdPart, text: string, cause?: Error) {
    super(`${names[part]}: ${text}`, { cause });
    this.name = "EtcdPartError";
    this.part = part;
    this.text = text;
  }
}

/** Throws an EtcdPartError where something that was given cannot be what it is given as. */
export function checkEtcdParts({ authorities, identity }: EtcdOptions, names: EtcdNames): void {
  const certificates = /-----BEGIN (TRUSTED )?CERTIFICATE-----/;
  const check = (part: EtcdPart, pem: Uint8Array | undefined, label: RegExp, what: string) => {
    if (pem === undefined || label.test(Buffer.from(pem).toString("latin1"))) return;
    throw new EtcdPartError(names, part, `there is no ${what} in it (PEM)`);
  };
  check("authorities", authorities, certificates, "certificate");
  check("certificate", identity?.certificate, certificates, "certificate");
  check("key", identity?.key, /-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/, "private key");
}

/** Says of an error what is to be looked at; undefined where TLS is not what failed. */
export function etcdPartError(
  error: Error,
  etcd: EtcdOptions,
  names: EtcdNames,
  nowMilliseconds: number,
): EtcdPartError | undefined {
  const [part, text] = adviceOf(error.message, etcd, names, nowMilliseconds) ?? [];
  if (part === undefined || text === undefined) return undefined;
  return new EtcdPartError(names, part, `${text} (${error.message})`, error);
}

function adviceOf(
  message: string,
  { endpoints, authorities, identity }: EtcdOptions,
  names: EtcdNames,
  nowMilliseconds: number,
): readonly [EtcdPart, string] | undefined {
  const says = (pattern: RegExp): boolean => pattern.test(message);
  if (says(/UnknownIssuer|BadSignature/)) {
    const none = "it is not given, and no authority of this machine signed etcd's certificate";
    const wrong = "no authority in it signed etcd's certificate";
    return ["authorities", authorities === undefined ? none : wrong];
  }
  if (says(/not valid for name/)) {
    return ["servers", "etcd's certificate is for other names than this address"];
  }
  if (says(/certificate (expired|not valid yet)/)) {
    return ["servers", "etcd's own certificate (its --cert-file) is not valid at this time"];
  }
  const isPlain = endpoints.every((address) => !address.startsWith("https://"));
  const isClosed = says(/broken pipe|connection (reset|closed)|frame with invalid size/);
  // With TLS 1.3 etcd refuses a certificate once the connection is made: its alert may be lost.
  if (says(/fatal alert/) || (isClosed && !isPlain)) {
    const none = `it is not given, as is ${names.key}, and etcd asks for a certificate`;
    return ["certificate", identity === undefined ? none : refusal(identity, nowMilliseconds)];
  }
  if (says(/KeyMismatch/)) return ["key", "it is not the key of the certificate"];
  if (says(/no certificates/)) return ["certificate", "its certificate cannot be read"];
  if (says(/TLS private key/)) return ["key", "its private key cannot be read"];
  if (says(/tls handshake eof|InvalidContentType/)) {
    return ["servers", "nothing there speaks TLS: is http:// meant?"];
  }
  if (isClosed) {
    return ["servers", "what is there does not speak plain HTTP/2: is https:// meant?"];
  }
  return undefined;
}

/** What a client's certificate is refused for, as far as it says so itself. */
function refusal({ certificate }: { certificate: Uint8Array }, nowMilliseconds: number): string {
  const otherwise =
    "etcd does not accept it: is it signed by an authority of its --trusted-ca-file?";
  try {
    const read = new X509Certificate(Buffer.from(certificate));
    const isOver = certificateLife(read).notAfter < nowMilliseconds;
    return isOver ? `it has expired on ${read.validTo}` : otherwise;
  } catch {
    return otherwise;
  }
}
