const usual = "10.244.0.0/16";
/** Nodes that get a /24 of that. */
const usualNodes = 256;
/** 32,768 nodes; no part of the default range of Services. */
const large = "10.128.0.0/9";

/** The range of pod addresses that so many nodes have room in, where nobody asked for one. */
export function defaultClusterCidr(nodes: number): string {
  return nodes > usualNodes ? large : usual;
}

export const defaultServiceRange = "10.96.0.0/12";
