import { semanticEqual } from "../../api/equality.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { finalPhase } from "./kubeletStatus.js";

/** The kubelet decided that a pod is over. */
export interface Verdict {
  readonly phase: "Failed";
  readonly reason: string;
  readonly message: string;
}

/** Why a pod ends on this node, and whether its object goes with it. */
export interface Ending {
  /** Undefined: its containers have ended, somebody else ended it, or it is to go. */
  readonly verdict: Verdict | undefined;
  /** It was deleted, or its source has it no longer: nothing of it stays. */
  readonly leaves: boolean;
}

/** One pod's life on this node; it only ever goes on to a later state. */
export type PodLife =
  /** Its containers are brought in line with its spec. */
  | { readonly is: "syncing" }
  /** Its containers are to be stopped, and were given so much time (undefined: not yet begun). */
  | {
      readonly is: "terminating";
      readonly ending: Ending;
      readonly promisedSeconds: number | undefined;
    }
  /** Nothing of it runs, or ever will; containers and logs stay until it leaves. */
  | { readonly is: "terminated"; readonly ending: Ending }
  /** Nothing of it is left on this node. */
  | { readonly is: "finished"; readonly ending: Ending };

export type LifeEvent =
  | { readonly type: "end"; readonly ending: Ending }
  | { readonly type: "promised"; readonly seconds: number }
  | { readonly type: "stopped" }
  | { readonly type: "cleaned" };

/** The first verdict holds, and who leaves does not come back. */
const joined = (one: Ending, other: Ending): Ending => ({
  verdict: one.verdict ?? other.verdict,
  leaves: one.leaves || other.leaves,
});

/** Pure: the life that follows. What does not fit a state leaves it as it is. */
export function lifeStep(life: PodLife, event: LifeEvent): PodLife {
  switch (event.type) {
    case "end":
      if (life.is === "syncing") {
        return { is: "terminating", ending: event.ending, promisedSeconds: undefined };
      }
      return { ...life, ending: joined(life.ending, event.ending) };
    case "promised":
      if (life.is !== "terminating") return life;
      return { ...life, promisedSeconds: event.seconds };
    case "stopped":
      return life.is === "terminating" ? { is: "terminated", ending: life.ending } : life;
    case "cleaned":
      return life.is === "terminated" ? { is: "finished", ending: life.ending } : life;
  }
}

/** What the API's object alone says of a pod's end. */
export function endingOf(pod: Pod): Ending | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return { verdict: undefined, leaves: true };
  if (finalPhase(pod.status) !== undefined) return { verdict: undefined, leaves: false };
  return undefined;
}

/** What of an object a kubelet acts upon, apart from the spec. */
function acted({ metadata, status, spec }: Pod): object {
  const gates = new Set((spec.readinessGates ?? []).map((gate) => gate.conditionType));
  return {
    labels: metadata.labels,
    annotations: metadata.annotations,
    deletionTimestamp: metadata.deletionTimestamp,
    grace: metadata.deletionGracePeriodSeconds,
    ended: finalPhase(status),
    gates: status?.conditions?.filter((condition) => gates.has(condition.type)),
    ready: status?.conditions?.find((condition) => condition.type === "Ready")?.status,
  };
}

/** Whether a change of the API's object asks for a round, which most writes of a status do not. */
export function asksForRound(before: Pod, after: Pod): boolean {
  const { generation } = after.metadata;
  if (generation !== before.metadata.generation) return true;
  // Without a generation nobody counts the spec's changes.
  if (generation === undefined && !semanticEqual(before.spec, after.spec)) return true;
  return !semanticEqual(acted(before), acted(after));
}
