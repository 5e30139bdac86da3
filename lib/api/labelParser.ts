import { fieldErrors } from "./fieldErrors.js";
import {
  Requirement,
  SelectorError,
  type SelectorOperator,
  selectorOperators,
} from "./labelRequirement.js";
import { isQualifiedName } from "./names.js";

interface Token {
  /** `end`, `identifier`, `error`, or the symbol or keyword itself. */
  readonly kind: string;
  readonly text: string;
}

const symbols = new Set([")", ",", "!", "==", "=", ">", "<", "!=", "("]);
const end: Token = { kind: "end", text: "" };

/**
 * The requirements of a selector text, by the grammar of upstream's label selectors and with its
 * error messages.
 */
export function parseRequirements(text: string): Requirement[] {
  return new Parser(scan(text)).parse();
}

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    const character = text[position]!;
    if (/[ \t\r\n]/.test(character)) {
      position += 1;
    } else if ("=!(),><".includes(character)) {
      const token = scanSymbol(text, position);
      tokens.push(token);
      position += token.text.length;
      if (token.kind === "error") break;
    } else {
      const word = /^[^ \t\r\n=!(),><]+/.exec(text.slice(position))![0];
      tokens.push({ kind: word === "in" || word === "notin" ? word : "identifier", text: word });
      position += word.length;
    }
  }
  return tokens;
}

/** The longest symbol that starts here. */
function scanSymbol(text: string, position: number): Token {
  const two = text.slice(position, position + 2);
  const symbol = symbols.has(two) ? two : text[position]!;
  return { kind: symbol, text: symbol };
}

class Parser {
  #position = 0;

  constructor(readonly tokens: readonly Token[]) {}

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const token = this.#peek(true);
      if (token.kind === "end") return requirements;
      if (token.kind !== "identifier" && token.kind !== "!") {
        throw new SelectorError(
          `found '${token.text}', expected: !, identifier, or 'end of string'`,
        );
      }
      requirements.push(this.#requirementOrExplain());
      const next = this.#take(true);
      if (next.kind === "end") return requirements;
      if (next.kind !== ",") {
        throw new SelectorError(`found '${next.text}', expected: ',' or 'end of string'`);
      }
      const after = this.#peek(true);
      if (after.kind !== "identifier" && after.kind !== "!") {
        throw new SelectorError(`found '${after.text}', expected: identifier after ','`);
      }
    }
  }

  #requirementOrExplain(): Requirement {
    try {
      return this.#requirement();
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      throw new SelectorError(`unable to parse requirement: ${error.message}`);
    }
  }

  #requirement(): Requirement {
    let token = this.#take(true);
    const isNegated = token.kind === "!";
    if (isNegated) token = this.#take(true);
    if (token.kind !== "identifier") {
      throw new SelectorError(`found '${token.text}', expected: identifier`);
    }
    const key = token.text;
    const wrong = isQualifiedName(key);
    if (wrong.length > 0) {
      const error = fieldErrors.invalid("<nil>", key, wrong.join("; "));
      throw new SelectorError(`${error.field}: ${error.detail}`);
    }
    const next = this.#peek(true).kind;
    if (isNegated) return new Requirement(key, "!", []);
    if (next === "end" || next === ",") return new Requirement(key, "exists", []);
    const operator = this.#operator();
    const isSet = operator === "in" || operator === "notin";
    return new Requirement(key, operator, isSet ? this.#values() : [this.#exactValue()]);
  }

  #operator(): SelectorOperator {
    const token = this.#take(false);
    switch (token.kind) {
      case "in":
      case "notin":
      case "=":
      case "==":
      case "!=":
        return token.kind;
      case ">":
        return "gt";
      case "<":
        return "lt";
      default:
        throw new SelectorError(`found '${token.text}', expected: ${selectorOperators.join(", ")}`);
    }
  }

  #values(): string[] {
    const open = this.#take(true);
    if (open.kind !== "(") throw new SelectorError(`found '${open.text}' expected: '('`);
    const first = this.#peek(true);
    if (first.kind === ")") {
      this.#take(true);
      return [""];
    }
    if (first.kind !== "identifier" && first.kind !== ",") {
      throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
    }
    const values = this.#list();
    if (this.#take(true).kind !== ")") {
      throw new SelectorError(`found '${first.text}', expected: ')'`);
    }
    return values;
  }

  /** Empty places between commas stand for the empty value. */
  #list(): string[] {
    const values: string[] = [];
    for (;;) {
      const token = this.#take(true);
      if (token.kind === "identifier") {
        values.push(token.text);
        const next = this.#peek(true);
        if (next.kind === ")") return values;
        if (next.kind !== ",") {
          throw new SelectorError(`found '${next.text}', expected: ',' or ')'`);
        }
      } else if (token.kind === ",") {
        if (values.length === 0) values.push("");
        const next = this.#peek(true).kind;
        if (next === ")") return [...values, ""];
        if (next === ",") {
          this.#take(true);
          values.push("");
        }
      } else {
        throw new SelectorError(`found '${token.text}', expected: ',', or identifier`);
      }
    }
  }

  #exactValue(): string {
    const next = this.#peek(true).kind;
    if (next === "end" || next === ",") return "";
    const token = this.#take(true);
    if (token.kind === "identifier") return token.text;
    throw new SelectorError(`found '${token.text}', expected: identifier`);
  }

  /** Where a value may stand, the keywords `in` and `notin` are values. */
  #peek(asValue: boolean): Token {
    const token = this.tokens[this.#position] ?? end;
    const isKeyword = token.kind === "in" || token.kind === "notin";
    return asValue && isKeyword ? { kind: "identifier", text: token.text } : token;
  }

  #take(asValue: boolean): Token {
    const token = this.#peek(asValue);
    this.#position += 1;
    return token;
  }
}
