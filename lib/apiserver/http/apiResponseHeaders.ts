import { warningValues } from "../warningValues.js";

/** The headers that every answer of the API has. */
export function apiResponseHeaders(
  contentType: string,
  auditId: string,
  warnings: readonly string[],
  flowHeaders?: Readonly<Record<string, string>>,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {
    "audit-id": auditId,
    "cache-control": "no-cache, private",
    "content-type": contentType,
  };
  if (flowHeaders !== undefined) Object.assign(headers, flowHeaders);
  if (warnings.length > 0) {
    headers.warning = warningValues(warnings);
  }
  return headers;
}
