import { goQuote } from "../api/goQuote.js";

/** Warnings beyond these bytes are dropped, as upstream bounds the header. */
const maxWarningBytes = 4 * 1024;

/**
 * The values of the Warning header, or of gRPC's metadata, in RFC 7234's form: code 299, no agent,
 * the text quoted. Each text once.
 */
export function warningValues(warnings: readonly string[]): string[] {
  const values: string[] = [];
  let bytes = 0;
  for (const warning of new Set(warnings)) {
    const printable = warning.replace(/[^\x20-\x7e]/g, " ");
    bytes += printable.length;
    if (bytes > maxWarningBytes) {
      break;
    }
    values.push(`299 - ${goQuote(printable)}`);
  }
  return values;
}
