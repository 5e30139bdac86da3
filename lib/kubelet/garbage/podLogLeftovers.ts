import type { Files } from "../../platform/files.js";

export interface PodLogLeftoversParts {
  readonly files: Files;
  /** `NAMESPACE_NAME_UID` for each pod. */
  readonly podLogsDirectory: string;
  /** Links to logs; empty: there are none. */
  readonly containerLogsDirectory: string;
  /** Whether somebody looks after the pod, or the runtime has something of it. */
  readonly isKnown: (podUid: string) => boolean;
}

/**
 * Removes the logs of pods that are gone, whatever was left of them besides: they are found by
 * their own names, since the pod's directory may have gone before.
 */
export async function removePodLogLeftovers(parts: PodLogLeftoversParts): Promise<void> {
  const { files, podLogsDirectory, containerLogsDirectory, isKnown } = parts;
  for (const name of await files.list(podLogsDirectory).catch(() => [])) {
    const [, , uid, ...more] = name.split("_");
    if (uid === undefined || uid === "" || more.length > 0 || isKnown(uid)) continue;
    await files.remove(`${podLogsDirectory}/${name}`);
  }
  if (containerLogsDirectory === "") return;
  for (const name of await files.list(containerLogsDirectory).catch(() => [])) {
    const link = `${containerLogsDirectory}/${name}`;
    const target = await files.readLink(link).catch(() => "");
    const isOurs = target.startsWith(`${podLogsDirectory}/`);
    if (isOurs && !(await files.exists(link))) await files.remove(link);
  }
}
