import type { Taint, Toleration } from "../gen/types/coreV1.js";
import { parseInt64 } from "../int64.js";

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
