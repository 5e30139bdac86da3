import { goQuote } from "../../api/goQuote.js";

/** Warnings beyond these bytes are cut and then dropped, as upstream bounds the header. */
const maxWarningBytes = 4 * 1024;

/** The headers that every answer of the API has. */
export function answerHeaders(
  contentType: string,
  auditId: string,
  warnings: readonly string[],
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {
    "audit-id": auditId,
    "cache-control": "no-cache, private",
    "content-type": contentType,
  };
  if (warnings.length > 0) {
    headers.warning = warningHeaders(warnings);
  }
  return headers;
}

/** RFC 7234's form: code 299, no agent, the text quoted. Each text once. */
function warningHeaders(warnings: readonly string[]): string[] {
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
