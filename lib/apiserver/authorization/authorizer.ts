import type { Grounds } from "../grounds.js";
import type { UserInfo } from "../identity.js";

export interface AuthorizationAttributes {
  readonly user: UserInfo;
  readonly verb: string;
  readonly isResourceRequest: boolean;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  /** Of list, watch and deletecollection; undefined where the caller does not know it. */
  readonly fieldSelector?: string;
}

export interface Decision {
  readonly outcome: "allow" | "deny" | "noOpinion";
  /** Goes into the Forbidden message and the audit record. */
  readonly reason: string;
  /** What it rests on besides the attributes; absent where that cannot be said. */
  readonly grounds?: Grounds;
  /**
   * Of an allow: every name in the namespace, or in every namespace, would be allowed on the same
   * grounds. Absent where only the name that was asked for is known to be.
   */
  readonly covers?: "namespace" | "cluster";
}

export interface Authorizer {
  readonly name: string;
  authorize(attributes: AuthorizationAttributes): Decision | Promise<Decision>;
  /** For SelfSubjectRulesReview; absent where rules cannot be listed. */
  rulesFor?(user: UserInfo, namespace: string): Promise<ResolvedRules>;
}

export interface ResolvedRules {
  readonly resourceRules: readonly {
    verbs: readonly string[];
    apiGroups: readonly string[];
    resources: readonly string[];
    resourceNames?: readonly string[];
  }[];
  readonly nonResourceRules: readonly {
    verbs: readonly string[];
    nonResourceURLs: readonly string[];
  }[];
  readonly incomplete: boolean;
  readonly evaluationError?: string;
}
