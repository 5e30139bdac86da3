const proxied =
  /^\/api\/v1\/(?:namespaces\/[^/?]+\/(?:pods|services)|nodes)\/[^/?]+\/proxy(?:[/?]|$)/;

/** The same paths as patterns of segments, for HttpListenOptions.collectBodies. */
export const proxiedPaths: readonly string[] = [
  "/api/v1/namespaces/*/pods/*/proxy",
  "/api/v1/namespaces/*/services/*/proxy",
  "/api/v1/nodes/*/proxy",
];

/**
 * Whether what is asked for is a pod's, a Service's or a node's own answer. These are asked to
 * upgrade to whatever protocol the client names: it is between the two of them.
 */
export function isProxied(target: string): boolean {
  return proxied.test(target);
}
