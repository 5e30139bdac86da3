import { apiErrors } from "../../api/status.js";

interface NamedContainer {
  readonly name: string;
  readonly ports?: readonly { readonly containerPort: number }[];
}

/** What connecting to a pod reads of it. */
export interface PodTree {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly nodeName?: string;
    readonly hostNetwork?: boolean;
    readonly containers: readonly NamedContainer[];
    readonly initContainers?: readonly NamedContainer[];
    readonly ephemeralContainers?: readonly NamedContainer[];
  };
  readonly status?: {
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip?: string }[];
  };
}

const names = (containers: readonly NamedContainer[] | undefined): string =>
  (containers ?? []).map((container) => container.name).join(" ");

/**
 * The container that is meant: the named one, or the only one. Throws BadRequest with upstream's
 * messages.
 */
export function chooseContainer(pod: PodTree, name: string): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  if (name !== "") {
    const all = [...initContainers, ...containers, ...ephemeralContainers];
    if (all.some((container) => container.name === name)) return name;
    throw apiErrors.badRequest(`container ${name} is not valid for pod ${pod.metadata.name}`);
  }
  if (containers.length === 1) return (containers[0] as NamedContainer).name;
  const asked = `a container name must be specified for pod ${pod.metadata.name}`;
  if (containers.length === 0) throw apiErrors.badRequest(asked);
  const inits =
    initContainers.length > 0 ? ` or one of the init containers: [${names(initContainers)}]` : "";
  throw apiErrors.badRequest(`${asked}, choose one of: [${names(containers)}]${inits}`);
}
