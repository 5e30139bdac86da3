import type { FlowSchema, PriorityLevelConfiguration } from "../../api/gen/types/flowcontrolV1.js";
import type { Clock } from "../../platform/clock.js";
import { flowSchemas, mandatoryNames, priorityLevels } from "../bootstrap/data/flowControl.js";
import type { FairnessMetrics } from "./fairnessMetrics.js";
import type { EffectiveSchema } from "./flows.js";
import { limitResponseOf, PriorityLevel } from "./priorityLevel.js";
import { borrowSeats } from "./seatBorrowing.js";

/**
 * What the objects say, in effect: the levels, and the FlowSchemas in the order in which they are
 * matched. A level whose object is gone stays until its last request is done.
 */
export class FairnessConfiguration {
  readonly #clock: Clock;
  readonly #metrics: FairnessMetrics;
  readonly #serverSeats: number;
  readonly #levels = new Map<string, PriorityLevel>();

  constructor(clock: Clock, metrics: FairnessMetrics, serverSeats: number) {
    this.#clock = clock;
    this.#metrics = metrics;
    this.#serverSeats = serverSeats;
  }

  levels(): PriorityLevel[] {
    return [...this.#levels.values()];
  }

  /** Whether FlowSchemas may name it. */
  isThere(level: string): boolean {
    return this.#levels.get(level)?.isQuiescing === false;
  }

  /** Takes the objects as they are now; returns the FlowSchemas in effect. */
  digest(
    levels: Iterable<PriorityLevelConfiguration>,
    schemas: Iterable<FlowSchema>,
  ): EffectiveSchema[] {
    this.#digestLevels(levels);
    const shares = this.levels().reduce((sum, level) => sum + level.shares, 0);
    for (const level of this.#levels.values()) level.divide(this.#serverSeats, shares);
    this.borrow();
    return this.#effective(schemas);
  }

  /** Divides the seats anew, and ends levels that nobody needs any more. */
  borrow(): void {
    for (const level of this.levels()) {
      if (level.isQuiescing && level.requests.isIdle) this.#drop(level);
    }
    borrowSeats(this.levels(), this.#serverSeats, this.#clock.monotonic(), this.#metrics);
  }

  #drop({ name }: PriorityLevel): void {
    this.#levels.delete(name);
    this.#metrics.forget(name);
  }

  #digestLevels(objects: Iterable<PriorityLevelConfiguration>): void {
    const wanted = new Map<string, PriorityLevelConfiguration>();
    for (const name of mandatoryNames) wanted.set(name, mandatoryLevel(name));
    for (const object of objects) {
      const name = object.metadata.name ?? "";
      if (limitResponseOf(object) !== undefined) wanted.set(name, object);
    }
    for (const level of this.levels()) {
      if (wanted.has(level.name)) continue;
      level.isQuiescing = true;
      if (level.requests.isIdle) this.#drop(level);
    }
    for (const [name, object] of wanted) {
      const response = limitResponseOf(object);
      if (response === undefined) continue;
      const known = this.#levels.get(name);
      const level = known ?? new PriorityLevel(name, this.#clock, this.#metrics);
      level.describe(object, response);
      this.#levels.set(name, level);
    }
  }

  #effective(schemas: Iterable<FlowSchema>): EffectiveSchema[] {
    const found: EffectiveSchema[] = [];
    for (const schema of schemas) {
      const level = this.#levels.get(schema.spec.priorityLevelConfiguration.name);
      if (level !== undefined && !level.isQuiescing) found.push({ schema, level });
    }
    found.sort(byPrecedence);
    const [exempt, catchAll] = mandatoryNames.map((name) =>
      found.some(({ schema }) => schema.metadata.name === name)
        ? []
        : this.#withLevel(mandatorySchema(name)),
    );
    return [...(exempt ?? []), ...found, ...(catchAll ?? [])];
  }

  #withLevel(schema: FlowSchema): EffectiveSchema[] {
    const level = this.#levels.get(schema.spec.priorityLevelConfiguration.name);
    return level === undefined ? [] : [{ schema, level }];
  }
}

function byPrecedence({ schema: a }: EffectiveSchema, { schema: b }: EffectiveSchema): number {
  const difference = (a.spec.matchingPrecedence ?? 1000) - (b.spec.matchingPrecedence ?? 1000);
  if (difference !== 0) return difference;
  return (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
}

function mandatoryLevel(name: string): PriorityLevelConfiguration {
  return { metadata: { name }, spec: priorityLevels[name] } as PriorityLevelConfiguration;
}

function mandatorySchema(name: string): FlowSchema {
  return { metadata: { name }, spec: flowSchemas[name] } as FlowSchema;
}
