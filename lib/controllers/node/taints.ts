import type { Node, NodeCondition, Taint, Toleration } from "../../api/gen/types/coreV1.js";
import { parseInt64 } from "../../api/int64.js";

export const taintKeys = {
  notReady: "node.kubernetes.io/not-ready",
  unreachable: "node.kubernetes.io/unreachable",
  unschedulable: "node.kubernetes.io/unschedulable",
  memoryPressure: "node.kubernetes.io/memory-pressure",
  diskPressure: "node.kubernetes.io/disk-pressure",
  pidPressure: "node.kubernetes.io/pid-pressure",
  networkUnavailable: "node.kubernetes.io/network-unavailable",
  outOfService: "node.kubernetes.io/out-of-service",
} as const;

export function nodeCondition(node: Node, type: string): NodeCondition | undefined {
  return node.status?.conditions?.find((condition) => condition.type === type);
}

export function isNodeReady(node: Node): boolean {
  return nodeCondition(node, "Ready")?.status === "True";
}

/** One taint's identity: key and effect. */
export function taintId(taint: Pick<Taint, "key" | "effect">): string {
  return `${taint.key}:${taint.effect}`;
}

/** Whether the toleration accepts the taint (core/v1, Toleration). */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { effect = "", key = "", operator = "Equal", value = "" } = toleration;
  if (effect !== "" && effect !== taint.effect) return false;
  if (key !== "" && key !== taint.key) return false;
  switch (operator) {
    case "Exists":
      return true;
    case "":
    case "Equal":
      return key !== "" && value === (taint.value ?? "");
    case "Gt":
      return compares(taint.value, value, (actual, bound) => actual > bound);
    case "Lt":
      return compares(taint.value, value, (actual, bound) => actual < bound);
    default:
      return false;
  }
}

/** Both are 64-bit integers, and so they stand. */
function compares(
  actual: string | undefined,
  bound: string,
  holds: (actual: bigint, bound: bigint) => boolean,
): boolean {
  const [left, right] = [parseInt64(actual), parseInt64(bound)];
  return left !== undefined && right !== undefined && holds(left, right);
}

/** The first taint of these effects that nothing tolerates. */
export function untolerated(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  effects: readonly string[],
): Taint | undefined {
  return taints.find(
    (taint) => effects.includes(taint.effect) && !tolerations.some((own) => tolerates(own, taint)),
  );
}
