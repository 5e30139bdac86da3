import { semanticEqual } from "../../api/equality.js";
import type { ObjectMeta } from "../../api/gen/types/metaV1.js";
import type { ErrorList } from "./errorList.js";
import type { NameRule } from "./nameRules.js";
import type { Examination, Strategy, StrategyContext } from "./strategy.js";

export interface KindObject {
  metadata: ObjectMeta;
}

/**
 * A strategy as a kind's file writes it: with the kind's own type, and without the rules of
 * metadata, which the table adds for every kind alike.
 */
export interface TypedStrategy<T>
  extends Pick<
    Strategy,
    | "group"
    | "kind"
    | "allowCreateOnUpdate"
    | "allowUnconditionalUpdate"
    | "defaultGarbageCollection"
    | "defaultPropagationWarning"
    | "allowsPlain"
  > {
  readonly validateName?: NameRule;
  /** Where an object's own fields decide what it may be called; instead of validateName. */
  nameRuleOf?(object: T): NameRule;
  defaults?(object: T): void;
  prepareForCreate?(object: T, context: StrategyContext): void;
  prepareForUpdate?(object: T, old: T, context: StrategyContext): void;
  validate?(object: T, errors: ErrorList, context: StrategyContext): void;
  validateUpdate?(object: T, old: T, errors: ErrorList, context: StrategyContext): void;
  /** The rules that need time: what they find wrong is added to what the others found. */
  examine?(object: T, old: T | undefined, errors: ErrorList, from: Examination): Promise<void>;
  graceSeconds?(object: T, requested: number | undefined): number | undefined;
}

/** Forgets the kind's type, once, where the table needs them all to be alike. */
export function typedStrategy<T>(strategy: TypedStrategy<T>): TypedStrategy<KindObject> {
  return strategy as unknown as TypedStrategy<KindObject>;
}

interface SpecAndStatus {
  metadata: ObjectMeta;
  spec?: unknown;
  status?: unknown;
}

/** Created: no status from the client, and generation 1. */
export function startGeneration(object: SpecAndStatus): void {
  delete object.status;
  object.metadata.generation = 1;
}

/**
 * Updated: the main resource keeps the old status, the status subresource keeps everything else;
 * generation counts changes of the spec.
 */
export function keepGeneration(
  object: SpecAndStatus,
  old: SpecAndStatus,
  context: StrategyContext,
): void {
  splitStatus(object, old, context);
  const generation = old.metadata.generation ?? 0;
  const changed = context.subresource !== "status" && !semanticEqual(object.spec, old.spec);
  setGeneration(object.metadata, changed ? generation + 1 : generation);
}

/** As keepGeneration, for kinds that count no generation. */
export function splitStatus(
  object: SpecAndStatus,
  old: SpecAndStatus,
  context: StrategyContext,
): void {
  if (context.subresource === "status") {
    if (old.spec === undefined) delete object.spec;
    else object.spec = old.spec;
  } else if (old.status === undefined) delete object.status;
  else object.status = old.status;
}

export function setGeneration(metadata: ObjectMeta, generation: number): void {
  if (generation === 0) delete metadata.generation;
  else metadata.generation = generation;
}
