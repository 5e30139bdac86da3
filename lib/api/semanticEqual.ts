/**
 * Upstream's semantic equality of JSON trees: what is absent, null, an empty list or an empty map
 * is the same, and the order of keys does not count.
 */
export function semanticEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (isEmpty(left)) return isEmpty(right);
  if (isEmpty(right)) return false;
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, position) => semanticEqual(item, right[position]));
  }
  if (typeof left !== "object" || typeof right !== "object" || Array.isArray(right)) return false;
  const one = left as Record<string, unknown>;
  const other = right as Record<string, unknown>;
  for (const key of Object.keys(one)) if (!semanticEqual(one[key], other[key])) return false;
  for (const key of Object.keys(other)) if (!(key in one) && !isEmpty(other[key])) return false;
  return true;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && Object.keys(value).length === 0;
}
