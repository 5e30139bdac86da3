import type { X509Certificate } from "node:crypto";
import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";

/** As Node lists them: `DNS:a, email:"b, c"`; what could be mistaken is a JSON text. */
const listed = /(?:^|, )(DNS|email):("(?:[^"\\]|\\.)*"|[^,]*)/g;
/** An address alone, or with a name before it. */
const address = /^(?:[^\s@<>]+@[^\s@<>]+|[^<>]*<[^\s@<>]+@[^\s@<>]+>)$/;

/** DNS names and mail addresses of a leaf: those that no verifier would take are refused. */
export function validateNames(leaf: X509Certificate, errors: ErrorList, path: FieldPath): void {
  const names = [...(leaf.subjectAltName ?? "").matchAll(listed)].map(([, kind, text = ""]) => ({
    kind,
    value: text.startsWith('"') ? (JSON.parse(text) as string) : text,
  }));
  const wrong = (value: string, detail: string): void =>
    errors.invalid(path, value, `leaf certificate${detail}`);
  for (const { kind, value } of names) {
    if (kind !== "DNS") continue;
    if (value === "") wrong(value, " should not contain empty DNSName");
    if (value.includes("..")) wrong(value, "'s DNSName should not contain '..'");
    if (value.startsWith(".") || value.endsWith(".")) {
      wrong(value, "'s DNSName should not start or end with '.'");
    }
  }
  for (const { kind, value } of names) {
    if (kind === "DNS" || address.test(value)) continue;
    wrong(value, " should not contain invalid EmailAddress");
  }
}
