const kubeVersion = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const stages = ["alpha", "beta", undefined];

/**
 * Orders versions as Kubernetes ranks them, the best first: v2, v1, v1beta2, v1beta1, v1alpha1, and
 * what is no such version last, by its letters.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [rankOf(a), rankOf(b)];
  if (left === undefined || right === undefined) {
    if (left === undefined && right === undefined) return a < b ? -1 : a > b ? 1 : 0;
    return left === undefined ? 1 : -1;
  }
  for (const [index, value] of left.entries()) {
    const difference = right[index]! - value;
    if (difference !== 0) return difference;
  }
  return 0;
}

function rankOf(version: string): readonly number[] | undefined {
  const match = kubeVersion.exec(version);
  if (match === null) return undefined;
  return [stages.indexOf(match[2]), Number(match[1]), Number(match[3] ?? 0)];
}
