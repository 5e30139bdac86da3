export interface ConditionLike {
  type?: string;
  status?: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

export function findCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/**
 * The list with this condition in it; its transition time stays where the status does not change.
 */
export function withCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  condition: C,
): C[] {
  const old = findCondition(conditions, condition.type ?? "");
  const isSame = old?.status === condition.status && old?.lastTransitionTime !== undefined;
  const next = isSame ? { ...condition, lastTransitionTime: old.lastTransitionTime } : condition;
  const list = [...(conditions ?? [])];
  const index = list.findIndex((entry) => entry.type === condition.type);
  if (index < 0) list.push(next as C);
  else list[index] = next as C;
  return list;
}

export function withoutCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  type: string,
): C[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}
