import { apiErrors } from "../api/status.js";

/** What the largest 64-bit integer becomes as a double, and how JSON writes that. */
const roundedLargest = 2 ** 63;
const roundedText = "9223372036854776000";
const largestText = "9223372036854775807";
const smallestText = "-9223372036854775808";
/** No string of an object is written so: it begins with a character that no API takes. */
const largestMark = "\u0000largest int64";
const smallestMark = "\u0000smallest int64";

/** Throws BadRequest for what JSON cannot say: circles, bigints, what its own toJSON refuses. */
function json(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw apiErrors.badRequest(`the object cannot be sent: ${why}`);
  }
}

/**
 * An object as JSON for a server. JavaScript reads 2^63 - 1, which people write for "no end", as
 * 2^63, which no server takes: it goes back as it came. Integers between 2^53 and that are sent as
 * near as a double holds them.
 */
export function jsonText(value: unknown): string {
  const text = json(value);
  if (!text.includes(roundedText)) return text;
  const marked = JSON.stringify(value, (_, field: unknown) => {
    if (field === roundedLargest) return largestMark;
    return field === -roundedLargest ? smallestMark : field;
  });
  return marked
    .replaceAll(JSON.stringify(largestMark), largestText)
    .replaceAll(JSON.stringify(smallestMark), smallestText);
}
