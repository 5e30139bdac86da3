/**
 * Upstream's semantic equality of JSON trees: what is absent, null, an empty list or an empty map
 * is the same, and the order of keys does not count.
 */
export function semanticEqual(left: unknown, right: unknown): boolean {
  return equalBut(isEmpty, left, right);
}

/**
 * Equality of JSON trees in which an empty list or map says something, as where a revision is told
 * from another: only what is absent and null are the same.
 */
export function equalJson(left: unknown, right: unknown): boolean {
  return equalBut(isAbsent, left, right);
}

/** Deep equality; what `isNothing` are all the same. */
function equalBut(isNothing: (value: unknown) => boolean, left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    if (left.length !== right.length) return false;
    return left.every((item, position) => equalBut(isNothing, item, right[position]));
  }
  if (!isMap(left) || !isMap(right)) return isNothing(left) && isNothing(right);
  for (const key of Object.keys(left)) {
    if (!equalBut(isNothing, left[key], right[key])) return false;
  }
  for (const key of Object.keys(right)) {
    if (!(key in left) && !isNothing(right[key])) return false;
  }
  return true;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isEmpty(value: unknown): boolean {
  if (isAbsent(value)) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && Object.keys(value as object).length === 0;
}
