import type { UserInfo } from "../identity.js";
import type { AuthorizationAttributes, Authorizer, Decision, ResolvedRules } from "./authorizer.js";

/**
 * Asks each in turn; the first that allows or denies decides. Reasons of those without opinion
 * are joined.
 */
export class UnionAuthorizer implements Authorizer {
  readonly name = "Union";
  readonly #authorizers: readonly Authorizer[];

  constructor(authorizers: readonly Authorizer[]) {
    this.#authorizers = authorizers;
  }

  authorize(attributes: AuthorizationAttributes): Decision | Promise<Decision> {
    return this.#from(0, attributes, "");
  }

  /** Stays synchronous as long as the authorizers do. */
  #from(
    start: number,
    attributes: AuthorizationAttributes,
    reasons: string,
  ): Decision | Promise<Decision> {
    let joined = reasons;
    for (let position = start; position < this.#authorizers.length; position += 1) {
      const decision = (this.#authorizers[position] as Authorizer).authorize(attributes);
      if (decision instanceof Promise) {
        return decision.then((settled) =>
          settled.outcome === "noOpinion"
            ? this.#from(position + 1, attributes, join(joined, settled.reason))
            : settled,
        );
      }
      if (decision.outcome !== "noOpinion") return decision;
      joined = join(joined, decision.reason);
    }
    return { outcome: "noOpinion", reason: joined };
  }

  async rulesFor(user: UserInfo, namespace: string): Promise<ResolvedRules> {
    const answers: ResolvedRules[] = [];
    for (const authorizer of this.#authorizers) {
      if (authorizer.rulesFor !== undefined) {
        answers.push(await authorizer.rulesFor(user, namespace));
      } else {
        const evaluationError = `${authorizer.name} authorizer does not support user rule resolution`;
        answers.push({
          resourceRules: [],
          nonResourceRules: [],
          incomplete: true,
          evaluationError,
        });
      }
    }
    const problems = answers.flatMap(({ evaluationError }) => evaluationError ?? []);
    return {
      resourceRules: answers.flatMap(({ resourceRules }) => resourceRules),
      nonResourceRules: answers.flatMap(({ nonResourceRules }) => nonResourceRules),
      incomplete: answers.some(({ incomplete }) => incomplete),
      ...(problems.length === 0 ? {} : { evaluationError: problems.join(", ") }),
    };
  }
}

function join(left: string, right: string): string {
  if (left === "" || right === "") return left + right;
  return `${left}\n${right}`;
}
