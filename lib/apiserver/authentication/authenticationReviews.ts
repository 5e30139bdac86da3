import type { TokenReview, UserInfo as UserTree } from "../../api/gen/types/authenticationV1.js";
import { apiErrors } from "../../api/status.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { UserInfo } from "../identity.js";
import type { CreateHandler } from "../registry/createHandler.js";
import type { BearerTokenAuthenticator } from "./bearerTokenAuthenticator.js";

const group = "authentication.k8s.io";

function treeOf(user: UserInfo): UserTree {
  return {
    username: user.name,
    ...(user.uid === "" ? {} : { uid: user.uid }),
    ...(user.groups.length === 0 ? {} : { groups: [...user.groups] }),
    ...(Object.keys(user.extra).length === 0
      ? {}
      : { extra: user.extra as NonNullable<UserTree["extra"]> }),
  };
}

/** TokenReview (whose token is this?) and SelfSubjectReview (who am I?). */
export function authenticationReviews(
  tokens: BearerTokenAuthenticator,
  apiAudiences: readonly string[],
): CreateHandler[] {
  return [
    {
      group,
      resource: "tokenreviews",
      subresource: "",
      create: (object) => review(tokens, apiAudiences, object),
    },
    {
      group,
      resource: "selfsubjectreviews",
      subresource: "",
      create: (object, { user }) => ({ ...object, status: { userInfo: treeOf(user) } }),
    },
  ];
}

async function review(
  tokens: BearerTokenAuthenticator,
  apiAudiences: readonly string[],
  object: ObjectTree,
): Promise<ObjectTree> {
  const { spec } = object as unknown as TokenReview;
  if (!spec.token) {
    throw apiErrors.badRequest("token is required for TokenReview in authentication");
  }
  const wanted = (spec.audiences ?? []).length > 0 ? spec.audiences : undefined;
  const result = await tokens.authenticateToken(spec.token, wanted);
  if (result.outcome !== "authenticated") {
    const error = result.outcome === "invalid" ? { error: "invalid bearer token" } : {};
    return { ...object, status: { user: {}, ...error } };
  }
  const audiences = result.audiences ?? wanted ?? [...apiAudiences];
  return {
    ...object,
    status: {
      authenticated: true,
      user: treeOf(result.user),
      ...(audiences.length === 0 ? {} : { audiences: [...audiences] }),
    },
  };
}
