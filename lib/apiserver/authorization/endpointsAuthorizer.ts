import type { Authorizer } from "./authorizer.js";

const authenticatedGroup = "system:authenticated";
const path = "/.well-known/steersman-endpoints";

/**
 * Everyone who is known may learn where this server speaks gRPC: components ask before anything
 * else, and which roles a cluster has must not decide over which transport they talk.
 */
export const endpointsAuthorizer: Authorizer = {
  name: "Endpoints",
  authorize: ({ user, verb, path: asked, isResourceRequest }) =>
    !isResourceRequest &&
    verb === "get" &&
    asked === path &&
    user.groups.includes(authenticatedGroup)
      ? { outcome: "allow", reason: "" }
      : { outcome: "noOpinion", reason: "" },
};
