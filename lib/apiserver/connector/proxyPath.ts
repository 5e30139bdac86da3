const proxied =
  /^\/api\/v1\/(?:namespaces\/[^/?]+\/(?:pods|services)|nodes)\/[^/?]+\/proxy(?:[/?]|$)/;

/**
 * Whether what is asked for is a pod's, a Service's or a node's own answer. These are asked to
 * upgrade to whatever protocol the client names: it is between the two of them.
 */
export function isProxied(target: string): boolean {
  return proxied.test(target);
}
