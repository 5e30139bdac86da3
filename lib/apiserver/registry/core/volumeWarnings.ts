import type { DownwardAPIVolumeFile, KeyToPath, Volume } from "../../../api/gen/types/coreV1.js";
import { goQuote } from "../../../api/goQuote.js";

interface Target {
  readonly path: string;
  /** What puts a file there, in a volume that has several sources. */
  readonly source: string;
}

type Warn = (message: string) => void;

/** Files of one volume that lie over each other: the later one hides the earlier. */
export function warnOfOverlaps(volume: Volume, warn: Warn): void {
  const name = goQuote(volume.name);
  const overlaps = (what: string, targets: readonly Target[], seen: Target[] = []): void => {
    for (const { path, source } of targets) {
      const target = { path: path.replace(/\/+$/, ""), source };
      for (const other of seen.filter((known) => overlap(known.path, target.path))) {
        warn(`volume ${name} (${what}): overlapping paths: ${shown(target)} with ${shown(other)}`);
      }
      seen.push(target);
    }
  };
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) overlaps(`ConfigMap ${goQuote(configMap.name ?? "")}`, files(configMap.items));
  if (secret) overlaps(`Secret ${goQuote(secret.secretName ?? "")}`, files(secret.items));
  if (downwardAPI) overlaps("DownwardAPI", files(downwardAPI.items));
  const seen: Target[] = [];
  for (const source of projected?.sources ?? []) {
    if (Object.values(source).every((value) => value === undefined || value === null)) {
      warn(`volume ${name} (Projected) has no sources provided`);
    } else overlaps("Projected", projectedFiles(source), seen);
  }
}

function projectedFiles(
  source: NonNullable<NonNullable<Volume["projected"]>["sources"]>[number],
): Target[] {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap?.items) {
    return files(configMap.items, `ConfigMap ${goQuote(configMap.name ?? "")}`);
  }
  if (secret?.items) return files(secret.items, `Secret ${goQuote(secret.name ?? "")}`);
  if (downwardAPI?.items) return files(downwardAPI.items, "DownwardAPI");
  return serviceAccountToken
    ? [{ path: serviceAccountToken.path, source: "ServiceAccountToken" }]
    : [];
}

function files(
  items: readonly (KeyToPath | DownwardAPIVolumeFile)[] | undefined,
  source = "",
): Target[] {
  return (items ?? []).map(({ path }) => ({ path, source }));
}

function overlap(a: string, b: string): boolean {
  if (a === "" || b === "") return false;
  return `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);
}

function shown({ path, source }: Target): string {
  return source === "" ? goQuote(path) : `${goQuote(path)} (${source})`;
}
