import { X509Certificate } from "node:crypto";
import { certificateLife } from "../../api/pki/certificateLife.js";

export const extensionIds = {
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  extendedKeyUsage: "2.5.29.37",
} as const;

/** Critical extensions that are heeded, or that ask nothing of whoever follows a chain. */
const understood: ReadonlySet<string> = new Set([
  ...Object.values(extensionIds),
  "2.5.29.14", // subject key identifier
  "2.5.29.31", // CRL distribution points
  "2.5.29.32", // certificate policies: none is asked for
  "2.5.29.35", // authority key identifier
]);

interface Element {
  readonly tag: number;
  /** Of the whole element, and of its content, in the certificate's bytes. */
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

function malformed(): Error {
  return new Error("malformed certificate");
}

/** Reads DER within [start, end). Throws where a length leads out of it. */
function elementAt(bytes: Uint8Array, start: number, end: number): Element {
  const tag = bytes[start];
  let length = bytes[start + 1];
  let content = start + 2;
  if (tag === undefined || length === undefined || (tag & 0x1f) === 0x1f) throw malformed();
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 3) throw malformed();
    length = 0;
    for (let at = 0; at < count; at++) length = length * 256 + (bytes[content + at] ?? 0);
    content += count;
  }
  if (content + length > end) throw malformed();
  return { tag, start, content, end: content + length };
}

function childrenOf(bytes: Uint8Array, parent: Element): Element[] {
  const children: Element[] = [];
  for (let at = parent.content; at < parent.end; ) {
    const child = elementAt(bytes, at, parent.end);
    children.push(child);
    at = child.end;
  }
  return children;
}

function objectId(bytes: Uint8Array): string {
  const parts: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    // The first number stands for two.
    const top = Math.min(2, Math.floor(value / 40));
    if (parts.length === 0) parts.push(top, value - 40 * top);
    else parts.push(value);
    value = 0;
  }
  return parts.join(".");
}

const tags = { boolean: 1, integer: 2, bits: 3, octets: 4, id: 6, sequence: 0x30 };
const explicitVersion = 0xa0;
const explicitExtensions = 0xa3;

interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

function readExtensions(bytes: Uint8Array, wrapper: Element): Map<string, Extension> {
  const extensions = new Map<string, Extension>();
  const list = elementAt(bytes, wrapper.content, wrapper.end);
  for (const entry of childrenOf(bytes, list)) {
    const [id, ...rest] = childrenOf(bytes, entry);
    const value = rest.at(-1);
    if (id?.tag !== tags.id || value?.tag !== tags.octets) throw malformed();
    const flag = rest.length > 1 ? rest[0] : undefined;
    const critical = flag?.tag === tags.boolean && bytes[flag.content] !== 0;
    const name = objectId(bytes.subarray(id.content, id.end));
    if (extensions.has(name)) throw malformed();
    extensions.set(name, { critical, value: bytes.subarray(value.content, value.end) });
  }
  return extensions;
}

export interface BasicConstraints {
  readonly isAuthority: boolean;
  /** How many intermediates may stand below it; undefined is any number. */
  readonly pathLength: number | undefined;
}

function readBasicConstraints(bytes: Uint8Array): BasicConstraints {
  const parts = childrenOf(bytes, elementAt(bytes, 0, bytes.length));
  const flag = parts.find(({ tag }) => tag === tags.boolean);
  const length = parts.find(({ tag }) => tag === tags.integer);
  let pathLength: number | undefined;
  if (length) {
    // A negative one, or one beyond any chain, is as good as none or all: read what is written.
    if ((bytes[length.content] ?? 0x80) >= 0x80) throw malformed();
    pathLength = 0;
    for (const byte of bytes.subarray(length.content, length.end)) {
      pathLength = Math.min(pathLength * 256 + byte, Number.MAX_SAFE_INTEGER);
    }
  }
  return { isAuthority: flag !== undefined && bytes[flag.content] !== 0, pathLength };
}

/** keyCertSign is the sixth bit. */
function readMaySign(bytes: Uint8Array): boolean {
  const bits = elementAt(bytes, 0, bytes.length);
  if (bits.tag !== tags.bits) throw malformed();
  return ((bytes[bits.content + 1] ?? 0) & 0x04) !== 0;
}

/** What following a chain needs of a certificate. The constructor throws for malformed ones. */
export class ParsedCertificate {
  readonly x509: X509Certificate;
  readonly raw: Buffer;
  readonly subject: Buffer;
  readonly issuer: Buffer;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly basicConstraints: BasicConstraints | undefined;
  /** False where it says what its key is for, and signing certificates is not among it. */
  readonly maySign: boolean;
  readonly extendedKeyUsages: readonly string[] | undefined;
  readonly hasNames: boolean;
  readonly hasNameConstraints: boolean;
  readonly hasUnknownCriticalExtension: boolean;

  constructor(certificate: X509Certificate | Uint8Array) {
    this.x509 =
      certificate instanceof X509Certificate ? certificate : new X509Certificate(certificate);
    this.raw = this.x509.raw;
    const bytes = this.raw;
    const [body] = childrenOf(bytes, elementAt(bytes, 0, bytes.length));
    if (body === undefined) throw malformed();
    const fields = childrenOf(bytes, body);
    // serialNumber, signature, issuer, validity, subject come after the version, if it is there.
    const first = fields[0]?.tag === explicitVersion ? 1 : 0;
    const issuer = fields[first + 2];
    const subject = fields[first + 4];
    if (!issuer || !subject) throw malformed();
    this.issuer = bytes.subarray(issuer.start, issuer.end);
    this.subject = bytes.subarray(subject.start, subject.end);
    const { notBefore, notAfter } = certificateLife(this.x509);
    this.notBefore = notBefore;
    this.notAfter = notAfter;
    const wrapper = fields.find(({ tag }) => tag === explicitExtensions);
    const extensions = wrapper ? readExtensions(bytes, wrapper) : new Map<string, Extension>();
    const constraints = extensions.get(extensionIds.basicConstraints);
    const usage = extensions.get(extensionIds.keyUsage);
    this.basicConstraints = constraints && readBasicConstraints(constraints.value);
    this.maySign = usage === undefined || readMaySign(usage.value);
    this.extendedKeyUsages = extensions.has(extensionIds.extendedKeyUsage)
      ? (this.x509.keyUsage ?? [])
      : undefined;
    this.hasNames = extensions.has(extensionIds.subjectAlternativeName);
    this.hasNameConstraints = extensions.has(extensionIds.nameConstraints);
    this.hasUnknownCriticalExtension = [...extensions].some(
      ([id, { critical }]) => critical && !understood.has(id),
    );
  }

  isSame(other: ParsedCertificate): boolean {
    return this.raw.equals(other.raw);
  }
}
