/** What is done to stored objects: the verbs of clients, gRPC's methods and RBAC's rules. */
export const apiVerbs = [
  "get",
  "list",
  "watch",
  "create",
  "update",
  "patch",
  "delete",
  "deletecollection",
] as const;

export type ApiVerb = (typeof apiVerbs)[number];

/** The HTTP method of a verb. */
export const methodOfVerb = {
  get: "GET",
  list: "GET",
  watch: "GET",
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETE",
} as const satisfies Readonly<Record<ApiVerb, string>>;
