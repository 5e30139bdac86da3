import type { Pod } from "../../api/gen/types/coreV1.js";

export const completionIndexAnnotation = "batch.kubernetes.io/job-completion-index";

export function completionIndexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[completionIndexAnnotation];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** `1,3-5,7`, as status.completedIndexes is written; numbers out of range are dropped. */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? "").split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) continue;
    const first = Number(match[1]);
    const last = Math.min(Number(match[2] ?? match[1]), completions - 1);
    for (let index = first; index <= last; index++) indexes.add(index);
  }
  return indexes;
}

export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    let end = at;
    while (end + 1 < sorted.length && sorted[end + 1] === (sorted[end] ?? 0) + 1) end++;
    const first = sorted[at];
    const last = sorted[end];
    if (end === at) parts.push(String(first));
    else if (end === at + 1) parts.push(String(first), String(last));
    else parts.push(`${first}-${last}`);
    at = end + 1;
  }
  return parts.join(",");
}

/** The lowest indexes that are neither done nor worked on. */
export function missingIndexes(
  count: number,
  completions: number,
  taken: ReadonlySet<number>,
): number[] {
  const missing: number[] = [];
  for (let index = 0; index < completions && missing.length < count; index++) {
    if (!taken.has(index)) missing.push(index);
  }
  return missing;
}
