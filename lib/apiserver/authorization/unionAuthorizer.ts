import { joinGrounds, lasting } from "../grounds.js";
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
    return this.#from(0, attributes, undecided);
  }

  /** Stays synchronous as long as the authorizers do. */
  #from(
    start: number,
    attributes: AuthorizationAttributes,
    before: Decision,
  ): Decision | Promise<Decision> {
    let joined = before;
    for (let position = start; position < this.#authorizers.length; position += 1) {
      const decision = (this.#authorizers[position] as Authorizer).authorize(attributes);
      if (decision instanceof Promise) {
        return decision.then((settled) =>
          settled.outcome === "noOpinion"
            ? this.#from(position + 1, attributes, join(joined, settled))
            : after(joined, settled),
        );
      }
      if (decision.outcome !== "noOpinion") return after(joined, decision);
      joined = join(joined, decision);
    }
    return joined;
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

const undecided: Decision = { outcome: "noOpinion", reason: "", grounds: lasting };

/** Two without opinion, one after the other. */
function join(left: Decision, right: Decision): Decision {
  if (left === undecided || right === undecided) return left === undecided ? right : left;
  const between = left.reason === "" || right.reason === "" ? "" : "\n";
  const reason = `${left.reason}${between}${right.reason}`;
  if (left.grounds === undefined || right.grounds === undefined) {
    return { outcome: "noOpinion", reason };
  }
  const grounds = joinGrounds(left.grounds, right.grounds);
  return { outcome: "noOpinion", reason, grounds };
}

/** A decision holds only as long as those before it have no opinion. */
function after(before: Decision, decision: Decision): Decision {
  if (before.grounds === lasting || decision.grounds === undefined) return decision;
  const { outcome, reason, grounds, ...covers } = decision;
  if (before.grounds === undefined) return { outcome, reason };
  return { outcome, reason, grounds: joinGrounds(before.grounds, grounds), ...covers };
}
