import { goQuote } from "./goQuote.js";
import { SelectorError } from "./labelRequirement.js";

export interface FieldRequirement {
  /** For example `spec.nodeName`. */
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** Fields that every kind selects by. */
const metadataFields = ["metadata.name", "metadata.namespace"];

/** All of its requirements must hold; an absent field is the empty string. Immutable. */
export class FieldSelector {
  readonly requirements: readonly FieldRequirement[];

  constructor(requirements: readonly FieldRequirement[]) {
    this.requirements = requirements;
  }

  static readonly everything = new FieldSelector([]);

  /** Of `a=b,c==d,e!=f`, where `\` escapes `,`, `=` and itself. Throws a SelectorError. */
  static parse(text: string): FieldSelector {
    // In this order also the first that is wrong is told.
    const terms = splitTerms(text)
      .filter((term) => term !== "")
      .sort();
    const requirements = terms
      .map((term) => parseTerm(term, text))
      // Nothing that equals nothing asks for nothing, as upstream reads it.
      .filter(({ field, value }) => field !== "" || value !== "");
    return requirements.length === 0 ? FieldSelector.everything : new FieldSelector(requirements);
  }

  get isEverything(): boolean {
    return this.requirements.length === 0;
  }

  /** `lookUp` gives a field's value, or undefined where it is absent. */
  matches(lookUp: (field: string) => string | undefined): boolean {
    return this.requirements.every(
      ({ field, operator, value }) => ((lookUp(field) ?? "") === value) === (operator === "="),
    );
  }

  /** The value that the field must have, where one requirement says so; for indexes and names. */
  requiredValue(field: string): string | undefined {
    return this.requirements.find((r) => r.field === field && r.operator === "=")?.value;
  }

  /** Throws a SelectorError where a field is none that the kind selects by. */
  check(kind: string, fieldSelectors: readonly string[], isCustom = false): void {
    for (const { field } of this.requirements) {
      if (metadataFields.includes(field) || fieldSelectors.includes(field)) continue;
      throw new SelectorError(unknownField(kind, field, isCustom || fieldSelectors.length > 0));
    }
  }

  toString(): string {
    return this.requirements
      .map(({ field, operator, value }) => `${field}${operator}${escapeValue(value)}`)
      .join(",");
  }
}

function unknownField(kind: string, field: string, hasOwnWords: boolean): string {
  if (!hasOwnWords) {
    const fields = metadataFields.map(goQuote).join(", ");
    return `${goQuote(field)} is not a known field selector: only ${fields}`;
  }
  if (kind === "Job") return `field label ${goQuote(field)} not supported for Job`;
  return `field label not supported: ${field}`;
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === "\\") i += 1;
    else if (text[i] === ",") {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function parseTerm(term: string, whole: string): FieldRequirement {
  const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
  if (match === null) {
    throw new SelectorError(`invalid selector: '${whole}'; can't understand '${term}'`);
  }
  const [, field, operator, value] = match as unknown as [string, string, string, string];
  return { field, operator: operator === "!=" ? "!=" : "=", value: unescapeValue(value) };
}

export function escapeValue(value: string): string {
  return value.replace(/[\\,=]/g, "\\$&");
}

function unescapeValue(value: string): string {
  let result = "";
  for (let i = 0; i < value.length; i += 1) {
    const character = value[i]!;
    if (character === "\\") {
      const next = value[i + 1] ?? "";
      if (!["\\", ",", "="].includes(next)) {
        const sequence = `\\${next}`;
        throw new SelectorError(`invalid field selector: invalid escape sequence: ${sequence}`);
      }
      result += next;
      i += 1;
    } else if (character === "," || character === "=") {
      const code = character.charCodeAt(0);
      throw new SelectorError(`invalid field selector: unescaped character in value: ${code}`);
    } else {
      result += character;
    }
  }
  return result;
}
