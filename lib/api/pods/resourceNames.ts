/** Pages of one size: `hugepages-2Mi`. */
export function isHugePages(name: string): boolean {
  return name.startsWith("hugepages-");
}

/** Not in the kubernetes.io namespace and not a quota's `requests.` name. */
export function isExtendedResource(name: string): boolean {
  if (!name.includes("/") || name.startsWith("requests.")) return false;
  const prefix = name.slice(0, name.indexOf("/"));
  return prefix !== "kubernetes.io" && !prefix.endsWith(".kubernetes.io");
}
