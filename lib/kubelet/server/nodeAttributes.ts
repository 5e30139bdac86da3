const verbs: Readonly<Record<string, string>> = {
  GET: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/**
 * Paths of the kubelet's server by the subresource of nodes that guards them; the rest is proxy's.
 */
const guarded: readonly { path: string; subresource: string; orProxy: boolean }[] = [
  { path: "/stats", subresource: "stats", orProxy: false },
  { path: "/metrics", subresource: "metrics", orProxy: false },
  { path: "/logs", subresource: "log", orProxy: false },
  { path: "/statusz", subresource: "statusz", orProxy: false },
  { path: "/flagz", subresource: "configz", orProxy: false },
  { path: "/checkpoint", subresource: "checkpoint", orProxy: false },
  // KEP-2862: finer than proxy, which goes on being enough.
  { path: "/healthz", subresource: "healthz", orProxy: true },
  { path: "/configz", subresource: "configz", orProxy: true },
  { path: "/pods", subresource: "pods", orProxy: true },
  { path: "/runningpods", subresource: "pods", orProxy: true },
];

export interface NodeAttributes {
  readonly verb: string;
  /** Any of them is enough, tried in this order. */
  readonly subresources: readonly string[];
}

/** What a request of the kubelet's server is authorized as. */
export function nodeAttributes(method: string, path: string): NodeAttributes {
  const verb = verbs[method] ?? "";
  const found = guarded.find((entry) => path === entry.path || path.startsWith(`${entry.path}/`));
  if (!found) return { verb, subresources: ["proxy"] };
  return { verb, subresources: found.orProxy ? [found.subresource, "proxy"] : [found.subresource] };
}
