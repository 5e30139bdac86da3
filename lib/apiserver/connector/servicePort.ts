import { apiErrors } from "../../api/status.js";
import type { Random } from "../../platform/random.js";
import type { ConnectObjects } from "../connect.js";
import type { NodeEndpoint } from "./nodeAddress.js";
import type { SchemeNamePort } from "./schemeNamePort.js";

interface ServiceTree {
  readonly spec?: { readonly ports?: readonly { readonly name?: string; readonly port: number }[] };
}

interface SliceTree {
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[];
  readonly endpoints?: readonly {
    readonly addresses?: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
  }[];
}

const notHere = (name: string) =>
  apiErrors.serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);

/** A port's number is looked up by its name: endpoints may listen on another. */
async function portName(
  objects: ConnectObjects,
  namespace: string,
  { name, port }: SchemeNamePort,
): Promise<string> {
  const service = (await objects.get("", "services", namespace, name)) as ServiceTree | undefined;
  if (!service) throw apiErrors.notFound({ group: "", resource: "services" }, name);
  if (!/^\d+$/.test(port)) return port;
  const found = service.spec?.ports?.find((one) => one.port === Number(port));
  if (found) return found.name ?? "";
  const message = `no service port ${Number(port)} found for service ${JSON.stringify(name)}`;
  throw apiErrors.serviceUnavailable(message);
}

/** One of a service's ready endpoints, by chance. Throws ServiceUnavailable where there is none. */
export async function pickEndpoint(
  objects: ConnectObjects,
  random: Random,
  namespace: string,
  id: string,
  target: SchemeNamePort,
): Promise<NodeEndpoint> {
  const wanted = await portName(objects, namespace, target);
  const slices = (await objects.list(
    "discovery.k8s.io",
    "endpointslices",
    namespace,
    `kubernetes.io/service-name=${target.name}`,
  )) as SliceTree[];
  const found: NodeEndpoint[] = [];
  for (const slice of slices) {
    const port = slice.ports?.find((one) => (one.name ?? "") === wanted)?.port;
    if (port === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      if (endpoint.conditions?.ready === false) continue;
      for (const host of endpoint.addresses ?? []) found.push({ host, port });
    }
  }
  if (found.length === 0) throw notHere(slices.length === 0 ? target.name : id);
  return found[random.below(found.length)] as NodeEndpoint;
}
