import type { FlowSchema } from "../../api/gen/types/flowcontrolV1.js";
import type { UserInfo } from "../identity.js";
import type { RequestInfo, ResourceRequestInfo } from "../requestInfo.js";
import type { FairnessMetrics, FlowSeries } from "./fairnessMetrics.js";
import type { Flow, QueueSettings } from "./levelRequest.js";
import type { PriorityLevel } from "./priorityLevel.js";
import { looksAtNamespace, matchesRules } from "./requestMatching.js";
import { dealHand, hashFlow } from "./shuffleSharding.js";

/** Kinds of requests that are remembered, of all users together: beyond, all are forgotten. */
const mostKnown = 16_384;

/** Of requests that are alike: their level, and what they are counted as. */
export class ClassifiedFlow implements Flow {
  readonly level: PriorityLevel;
  readonly flowSchema: string;
  readonly distinguisher: string;
  readonly series: FlowSeries;
  /** UIDs and no names, which are nobody's affair. */
  readonly headers: Readonly<Record<string, string>>;
  #hand: readonly number[] = [];
  #handOf: QueueSettings | undefined;

  constructor(
    level: PriorityLevel,
    schema: FlowSchema,
    distinguisher: string,
    metrics: FairnessMetrics,
  ) {
    this.level = level;
    this.flowSchema = schema.metadata.name ?? "";
    this.distinguisher = distinguisher;
    this.series = metrics.flow(level.name, this.flowSchema);
    this.headers = {
      "x-kubernetes-pf-flowschema-uid": schema.metadata.uid ?? "",
      "x-kubernetes-pf-prioritylevel-uid": level.uid,
    };
  }

  hand(settings: QueueSettings): readonly number[] {
    if (this.#handOf !== settings) {
      const hash = hashFlow(this.flowSchema, this.distinguisher);
      this.#hand = dealHand(hash, settings.queues, settings.handSize);
      this.#handOf = settings;
    }
    return this.#hand;
  }
}

/** A FlowSchema in effect, with the level that it names. */
export interface EffectiveSchema {
  readonly schema: FlowSchema;
  readonly level: PriorityLevel;
}

type Known = Map<string, ClassifiedFlow>;

/**
 * Finds the flow of each request: once for each user and what is asked for, until `replace`. What
 * is remembered is bounded, since both are strangers' words.
 */
export class Flows {
  readonly #metrics: FairnessMetrics;
  #schemas: readonly EffectiveSchema[] = [];
  #byIdentity = new WeakMap<UserInfo, Known>();
  readonly #byName = new Map<string, Known>();
  #known = 0;

  constructor(metrics: FairnessMetrics) {
    this.#metrics = metrics;
  }

  /** In the order of precedence; the last one is for whatever none matches. */
  replace(schemas: readonly EffectiveSchema[]): void {
    this.#schemas = schemas;
    this.#forget();
  }

  /** How many kinds of requests are known now. */
  get known(): number {
    return this.#known;
  }

  of(info: RequestInfo, user: UserInfo): ClassifiedFlow {
    let known = this.#byIdentity.get(user);
    if (known === undefined) {
      known = this.#knownBy(user);
      this.#byIdentity.set(user, known);
    }
    const key = keyOf(info);
    const flow = known.get(key);
    if (flow !== undefined) return flow;
    const found = this.#classify(info, user);
    known.set(key, found);
    this.#known += 1;
    if (this.#known >= mostKnown) this.#forget();
    return found;
  }

  /** Whether a request's flow has the same headers in every namespace: no rule looks at it. */
  areOfAnyNamespace(info: ResourceRequestInfo, user: UserInfo): boolean {
    const { flowSchema } = this.of(info, user);
    for (const { schema } of this.#schemas) {
      if (looksAtNamespace(schema.spec.rules, info, user)) return false;
      // Those behind it are not asked.
      if (schema.metadata.name === flowSchema) break;
    }
    return true;
  }

  #forget(): void {
    this.#byIdentity = new WeakMap();
    this.#byName.clear();
    this.#known = 0;
  }

  /** The same user may come as another object with each request. */
  #knownBy({ name, groups }: UserInfo): Known {
    const key = [name, ...groups].join("\n");
    let known = this.#byName.get(key);
    if (known === undefined) {
      known = new Map();
      this.#byName.set(key, known);
    }
    return known;
  }

  #classify(info: RequestInfo, user: UserInfo): ClassifiedFlow {
    const found =
      this.#schemas.find(({ schema }) => matchesRules(schema.spec.rules, info, user)) ??
      this.#schemas.find(({ schema }) => schema.metadata.name === "catch-all");
    if (found === undefined) throw new Error("there is no FlowSchema catch-all");
    const { schema, level } = found;
    return new ClassifiedFlow(level, schema, distinguisher(found, info, user), this.#metrics);
  }
}

/** Only where there are queues to tell apart. */
function distinguisher(
  { schema, level }: EffectiveSchema,
  info: RequestInfo,
  user: UserInfo,
): string {
  if (level.response.type !== "queue" || level.response.settings.queues < 2) return "";
  switch (schema.spec.distinguisherMethod?.type) {
    case "ByUser":
      return user.name;
    case "ByNamespace":
      return info.isResourceRequest ? info.namespace : "";
    default:
      return "";
  }
}

/** A path never looks like a resource, whatever a stranger calls it. */
function keyOf(info: RequestInfo): string {
  return info.isResourceRequest
    ? `${info.verb} ${info.group}/${info.resource}/${info.subresource} ${info.namespace}`
    : `\n${info.verb} ${info.path}`;
}
