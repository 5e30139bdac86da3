import type { LabelSelector } from "./gen/types/metaV1.js";
import { goQuote } from "./goQuote.js";
import { parseRequirements } from "./labelParser.js";
import {
  type Labels,
  Requirement,
  SelectorError,
  type SelectorOperator,
} from "./labelRequirement.js";

/** All of its requirements must hold. Immutable. */
export class Selector {
  readonly requirements: readonly Requirement[];
  /** Matches nothing, whatever the requirements. */
  readonly isNothing: boolean;

  private constructor(requirements: readonly Requirement[], isNothing: boolean) {
    this.requirements = [...requirements].sort((a, b) => compareText(a.key, b.key));
    this.isNothing = isNothing;
  }

  static readonly everything = new Selector([], false);
  static readonly nothing = new Selector([], true);

  static of(requirements: readonly Requirement[]): Selector {
    return requirements.length === 0 ? Selector.everything : new Selector(requirements, false);
  }

  /** Of `a=b,c!=d,e in (f,g),!h,i>3`. Throws a SelectorError. */
  static parse(text: string): Selector {
    return Selector.of(parseRequirements(text));
  }

  /** Of exact labels. They are not checked, as they come from objects that were. */
  static ofLabels(labels: Labels): Selector {
    return Selector.of(
      Object.entries(labels).map(([key, value]) => new Requirement(key, "=", [value], true)),
    );
  }

  /** Of an object's selector: an absent one matches nothing, an empty one everything. */
  static ofLabelSelector(selector: LabelSelector | null | undefined): Selector {
    if (selector === null || selector === undefined) return Selector.nothing;
    const exact = Object.entries(selector.matchLabels ?? {}).map(
      ([key, value]) => new Requirement(key, "=", [value]),
    );
    const expressions = (selector.matchExpressions ?? []).map(
      (e) => new Requirement(e.key, expressionOperator(e.operator), e.values ?? []),
    );
    return Selector.of([...exact, ...expressions]);
  }

  get isEverything(): boolean {
    return !this.isNothing && this.requirements.length === 0;
  }

  matches(labels: Labels | null | undefined): boolean {
    if (this.isNothing) return false;
    return this.requirements.every((r) => r.matches(labels ?? {}));
  }

  and(...more: readonly Requirement[]): Selector {
    return this.isNothing ? this : Selector.of([...this.requirements, ...more]);
  }

  /** The value that the label must have where one requirement says so; for indexes. */
  requiredValue(key: string): string | undefined {
    const exact = this.requirements.find(
      (r) => r.key === key && r.values.length === 1 && ["=", "==", "in"].includes(r.operator),
    );
    return exact?.values[0];
  }

  toString(): string {
    return this.requirements.map(String).join(",");
  }
}

function expressionOperator(operator: string): SelectorOperator {
  switch (operator) {
    case "In":
      return "in";
    case "NotIn":
      return "notin";
    case "Exists":
      return "exists";
    case "DoesNotExist":
      return "!";
    default:
      throw new SelectorError(`${goQuote(operator)} is not a valid label selector operator`);
  }
}

/** A label selector as kubectl and table columns print it; `<none>` where it matches everything. */
export function formatLabelSelector(selector: LabelSelector | null | undefined): string {
  try {
    const text = Selector.ofLabelSelector(selector).toString();
    return text === "" ? "<none>" : text;
  } catch {
    return "<error>";
  }
}

/** `a=b,c=d`, sorted by key. */
export function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.sort(compareText).join(",");
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
