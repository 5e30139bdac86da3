import type { Pod } from "../../api/gen/types/coreV1.js";

/** One place that a rolling update goes over: an ordinal, or a node. */
export interface UpdateState {
  /** `ready`: it serves, but has not been ready for minReadySeconds yet. */
  readonly service: "down" | "ready" | "available";
  /** Its pod, where that is one of an old revision that may be replaced. */
  readonly old: Pod | undefined;
}

/**
 * Old pods that are replaced now, in the order of the places. Those that are down cost nothing and
 * always go. Others go as long as no more than maxUnavailable places are unavailable, and one that
 * is ready never goes for free because its time is not over: after a restart or a jump of the clock
 * that may be said of every pod.
 */
export function podsToReplace(states: readonly UpdateState[], maxUnavailable: number): Pod[] {
  const down = states.filter(({ service }) => service === "down");
  const ready = states.filter(({ service }) => service === "ready");
  const available = states.filter(({ service }) => service === "available");
  const roomForReady = Math.max(0, maxUnavailable - down.length);
  const room = Math.max(0, maxUnavailable - down.length - ready.length);
  const oldOf = (of: readonly UpdateState[]): Pod[] =>
    of.map(({ old }) => old).filter((pod) => pod !== undefined);
  return [
    ...oldOf(down),
    ...oldOf(ready).slice(0, roomForReady),
    ...oldOf(available).slice(0, room),
  ];
}
