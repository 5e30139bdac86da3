const min = -(2n ** 63n);
export const maxInt64 = 2n ** 63n - 1n;

/**
 * A 64-bit integer in decimal, as Go reads it; undefined for any other text. Numbers of JavaScript
 * are exact up to 2^53 only, and annotations and resource versions go beyond.
 */
export function parseInt64(text: string | undefined): bigint | undefined {
  if (text === undefined || text.length > 64 || !/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return value < min || value > maxInt64 ? undefined : value;
}
