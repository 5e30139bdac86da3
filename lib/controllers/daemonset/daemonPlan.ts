import { compareTimes } from "../../api/deadline.js";
import type { DaemonSet } from "../../api/gen/types/appsV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { scaledValue } from "../../api/intOrString.js";
import { podsToReplace, type UpdateState } from "../ownership/podsToReplace.js";
import { isPodFinished, isPodReady } from "../pod/podState.js";
import { type Placement, revisionHashLabel } from "./daemonPod.js";

/** What a DaemonSet is seen to have. */
export interface DaemonView {
  readonly daemonSet: DaemonSet;
  /** Of the newest revision of the template. */
  readonly hash: string;
  /** Every node there is, and what the newest template may do on it. */
  readonly nodes: ReadonlyMap<string, Placement>;
  /** By the node that they are on or meant for; none that has ended and is leaving already. */
  readonly byNode: ReadonlyMap<string, readonly Pod[]>;
  readonly isAvailable: (pod: Pod) => boolean;
}

export interface DaemonPlan {
  /** Nodes that get a pod. */
  readonly create: string[];
  readonly remove: Pod[];
}

/** Asked about each pod that has ended: whether it is to go now. */
export type EndedPodRule = (pod: Pod, node: string) => boolean;

export function isLeaving(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

export function isUpdated(pod: Pod, hash: string): boolean {
  return pod.metadata.labels?.[revisionHashLabel] === hash;
}

/** Nodes that the newest template is for. */
export function desiredNodes(view: DaemonView): number {
  let desired = 0;
  for (const { shouldRun } of view.nodes.values()) if (shouldRun) desired++;
  return desired;
}

interface Limits {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

function limitsOf(view: DaemonView): Limits {
  const { rollingUpdate, type } = view.daemonSet.spec.updateStrategy ?? {};
  if (type === "OnDelete") return { maxSurge: 0, maxUnavailable: 0 };
  const desired = desiredNodes(view);
  const maxSurge = scaledValue(rollingUpdate?.maxSurge ?? 0, desired, true);
  const maxUnavailable = scaledValue(rollingUpdate?.maxUnavailable ?? 1, desired, true);
  return {
    maxSurge,
    maxUnavailable: maxSurge === 0 ? Math.max(1, maxUnavailable) : maxUnavailable,
  };
}

/** Whether a node may have two pods for a while. */
function surges({ spec }: DaemonSet): boolean {
  const { rollingUpdate, type } = spec.updateStrategy ?? {};
  return type !== "OnDelete" && scaledValue(rollingUpdate?.maxSurge ?? 0, 1, true) > 0;
}

/** The placed before those that wait, then the oldest first: it has had the most time. */
export function byAge(pods: readonly Pod[]): Pod[] {
  const waits = (pod: Pod): number => Number((pod.spec.nodeName ?? "") === "");
  return [...pods].sort(
    (a, b) =>
      waits(a) - waits(b) ||
      compareTimes(a.metadata.creationTimestamp, b.metadata.creationTimestamp, "last") ||
      ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1),
  );
}

/** One pod on every node that the template is for, none where it may not stay. */
export function planPlacement(view: DaemonView, mayGo: EndedPodRule): DaemonPlan {
  const plan: DaemonPlan = { create: [], remove: [] };
  for (const [node, placement] of view.nodes) {
    planNode(view, node, placement, mayGo, plan);
  }
  for (const [node, pods] of view.byNode) {
    // Pods of nodes that are gone and that were never placed would wait for ever.
    if (view.nodes.has(node)) continue;
    plan.remove.push(...pods.filter((pod) => (pod.spec.nodeName ?? "") === "" && !isLeaving(pod)));
  }
  return plan;
}

function planNode(
  view: DaemonView,
  node: string,
  { shouldRun, mayStay }: Placement,
  mayGo: EndedPodRule,
  plan: DaemonPlan,
): void {
  const pods = view.byNode.get(node) ?? [];
  const living = pods.filter((pod) => !isLeaving(pod));
  if (shouldRun && pods.length === 0) plan.create.push(node);
  else if (!mayStay) plan.remove.push(...living);
  else {
    const ended = living.filter(isPodFinished);
    const going = ended.filter((pod) => mayGo(pod, node));
    plan.remove.push(...going);
    const running = byAge(living.filter((pod) => !isPodFinished(pod)));
    if (!surges(view.daemonSet)) plan.remove.push(...running.slice(1));
    else if (running.length > 1) plan.remove.push(...surplus(view, running));
    // A pod that is leaving need not be waited for, one that has to wait after a failure must be.
    else if (running.length === 0 && shouldRun && going.length === ended.length) {
      plan.create.push(node);
    }
  }
}

/** Of several on a surging node: an old one stays until the new one takes over, if it is ready. */
function surplus(view: DaemonView, running: readonly Pod[]): Pod[] {
  const fresh = running.find((pod) => isUpdated(pod, view.hash));
  const old = running.find((pod) => !isUpdated(pod, view.hash));
  const remove = running.filter((pod) => pod !== fresh && pod !== old);
  if (fresh !== undefined && old !== undefined) {
    if (!isPodReady(old) || view.isAvailable(fresh)) remove.push(old);
  }
  return remove;
}

/** A node's newest and old pod, none of them leaving; undefined where there are more than one. */
function pairOn(
  view: DaemonView,
  node: string,
): { readonly fresh: Pod | undefined; readonly old: Pod | undefined } | undefined {
  const living = (view.byNode.get(node) ?? []).filter((pod) => !isLeaving(pod));
  const fresh = living.filter((pod) => isUpdated(pod, view.hash));
  const old = living.filter((pod) => !isUpdated(pod, view.hash));
  return fresh.length > 1 || old.length > 1 ? undefined : { fresh: fresh[0], old: old[0] };
}

/**
 * The next step of a rolling update, for a set on which planPlacement has nothing to do. Nodes
 * that the newest template is not for count neither as unavailable nor as surging: nothing that
 * happens there brings the update forward.
 */
export function planUpdate(view: DaemonView): DaemonPlan {
  if (view.daemonSet.spec.updateStrategy?.type === "OnDelete") return { create: [], remove: [] };
  const limits = limitsOf(view);
  const nodes = [...new Set([...view.nodes.keys(), ...view.byNode.keys()])].sort();
  return limits.maxSurge > 0
    ? surge(view, nodes, limits.maxSurge)
    : replace(view, nodes, limits.maxUnavailable);
}

/** Old pods go, as many as may be unavailable; those that are down already cost nothing. */
function replace(view: DaemonView, nodes: readonly string[], maxUnavailable: number): DaemonPlan {
  const states: UpdateState[] = [];
  const elsewhere: Pod[] = [];
  for (const node of nodes) {
    const pair = pairOn(view, node);
    const pod = pair?.old ?? pair?.fresh;
    const old = pair?.fresh === undefined ? pair?.old : undefined;
    if (view.nodes.get(node)?.shouldRun === true) {
      states.push({ service: pod === undefined ? "down" : serviceOf(view, pod), old });
    } else if (old !== undefined) elsewhere.push(old);
  }
  return { create: [], remove: [...podsToReplace(states, maxUnavailable), ...elsewhere] };
}

function serviceOf(view: DaemonView, pod: Pod): UpdateState["service"] {
  if (!isPodReady(pod) || isPodFinished(pod)) return "down";
  return view.isAvailable(pod) ? "available" : "ready";
}

/** New pods come beside old ones, as many as may surge; an old one goes when its new one is up. */
function surge(view: DaemonView, nodes: readonly string[], maxSurge: number): DaemonPlan {
  let surging = 0;
  let available = 0;
  const remove: Pod[] = [];
  /** Old pods where the newest template is not for the node: they serve until others do. */
  const sunset: Pod[] = [];
  const free: string[] = [];
  const candidates: string[] = [];
  for (const node of nodes) {
    const isFor = view.nodes.get(node)?.shouldRun === true;
    const pair = pairOn(view, node);
    if (pair === undefined) {
      if (isFor) surging++;
      continue;
    }
    const { fresh, old } = pair;
    const oldIsUp = old !== undefined && view.isAvailable(old);
    const freshIsUp = fresh !== undefined && view.isAvailable(fresh);
    if (oldIsUp || freshIsUp) available++;
    if (old === undefined) continue;
    if (fresh !== undefined) {
      if (freshIsUp) remove.push(old);
      else if (isFor) surging++;
    } else if (isFor) (oldIsUp ? candidates : free).push(node);
    else (serviceOf(view, old) === "down" ? remove : sunset).push(old);
  }
  const spare = Math.max(0, available - desiredNodes(view));
  const room = Math.max(0, maxSurge - surging);
  return {
    create: [...free, ...candidates.slice(0, room)],
    remove: [...remove, ...sunset.slice(0, spare)],
  };
}
