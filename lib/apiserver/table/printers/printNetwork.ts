import type { LabelSelector } from "../../../api/gen/types/metaV1.js";
import type { Cell, PrintContext } from "../tableRow.js";
import {
  ageOf,
  firstThree,
  labelsCell,
  nameOf,
  none,
  type Printed,
  selectorCell,
  unknown,
  unset,
} from "./cells.js";

interface LoadBalancerTree {
  readonly loadBalancer?: {
    readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[];
  };
}

/** Wider lists of addresses are cut in the narrow form. */
const loadBalancerWidth = 16;

function loadBalancerCell(status: LoadBalancerTree | undefined): string {
  const addresses = (status?.loadBalancer?.ingress ?? []).map((i) => i.ip || i.hostname || "");
  const text = [...new Set(addresses)].filter((a) => a !== "").join(",");
  return text.length > loadBalancerWidth ? `${text.slice(0, loadBalancerWidth - 3)}...` : text;
}

interface ServiceTree extends Printed {
  readonly spec?: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
    readonly externalName?: string;
    readonly selector?: Record<string, string>;
    readonly ports?: readonly { port?: number; nodePort?: number; protocol?: string }[];
  };
  readonly status?: LoadBalancerTree;
}

export function printService(object: ServiceTree, context: PrintContext): Cell[] {
  const { spec } = object;
  const type = spec?.type ?? "";
  const clusterIp = spec?.clusterIPs?.[0] ?? spec?.clusterIP ?? "";
  return [
    nameOf(object),
    type,
    clusterIp === "" ? none : clusterIp,
    externalIpCell(object),
    servicePorts(spec?.ports ?? []),
    ageOf(object, context),
    labelsCell(spec?.selector),
  ];
}

function servicePorts(ports: NonNullable<NonNullable<ServiceTree["spec"]>["ports"]>): string {
  const texts = ports.map(({ port = 0, nodePort = 0, protocol = "TCP" }) =>
    nodePort === 0 ? `${port}/${protocol}` : `${port}:${nodePort}/${protocol}`,
  );
  return texts.length === 0 ? none : texts.join(",");
}

function externalIpCell(service: ServiceTree): string {
  const { type = "", externalIPs = [], externalName = "" } = service.spec ?? {};
  switch (type) {
    case "ClusterIP":
    case "NodePort":
      return externalIPs.length > 0 ? externalIPs.join(",") : none;
    case "LoadBalancer": {
      const balancer = loadBalancerCell(service.status);
      const all = balancer === "" ? externalIPs : [balancer, ...externalIPs];
      return all.length > 0 ? all.join(",") : "<pending>";
    }
    case "ExternalName":
      return externalName;
    default:
      return unknown;
  }
}

interface EndpointsTree extends Printed {
  readonly subsets?: readonly {
    readonly addresses?: readonly { readonly ip?: string }[];
    readonly ports?: readonly { readonly port?: number }[];
  }[];
}

export function printEndpoints(object: EndpointsTree, context: PrintContext): Cell[] {
  const all: string[] = [];
  for (const { addresses = [], ports = [] } of object.subsets ?? []) {
    for (const { ip = "" } of addresses) {
      const host = ip.includes(":") ? `[${ip}]` : ip;
      all.push(...(ports.length === 0 ? [ip] : ports.map((p) => `${host}:${p.port ?? 0}`)));
    }
  }
  return [nameOf(object), all.length === 0 ? none : firstThree(all), ageOf(object, context)];
}

interface EndpointSliceTree extends Printed {
  readonly addressType?: string;
  readonly ports?: readonly { readonly port?: number; readonly name?: string }[] | null;
  readonly endpoints?: readonly { readonly addresses?: readonly string[] }[] | null;
}

export function printEndpointSlice(object: EndpointSliceTree, context: PrintContext): Cell[] {
  const ports = (object.ports ?? []).map((p) => (p.port === undefined ? "*" : String(p.port)));
  const addresses = (object.endpoints ?? []).flatMap((e) => e.addresses ?? []);
  return [
    nameOf(object),
    object.addressType ?? "",
    ports.length === 0 ? unset : firstThree(ports),
    addresses.length === 0 ? unset : firstThree(addresses),
    ageOf(object, context),
  ];
}

interface IngressTree extends Printed {
  readonly spec?: {
    readonly ingressClassName?: string;
    readonly tls?: readonly unknown[];
    readonly rules?: readonly { readonly host?: string }[];
  };
  readonly status?: LoadBalancerTree;
}

export function printIngress(object: IngressTree, context: PrintContext): Cell[] {
  const { spec, status } = object;
  const hosts = (spec?.rules ?? []).map((r) => r.host ?? "").filter((host) => host !== "");
  return [
    nameOf(object),
    spec?.ingressClassName ?? none,
    hosts.length === 0 ? "*" : firstThree(hosts),
    loadBalancerCell(status),
    (spec?.tls?.length ?? 0) > 0 ? "80, 443" : "80",
    ageOf(object, context),
  ];
}

interface IngressClassTree extends Printed {
  readonly spec?: {
    readonly controller?: string;
    readonly parameters?: { readonly apiGroup?: string; readonly kind?: string; name?: string };
  };
}

export function printIngressClass(object: IngressClassTree, context: PrintContext): Cell[] {
  const parameters = object.spec?.parameters;
  const group = parameters?.apiGroup === undefined ? "" : `.${parameters.apiGroup}`;
  return [
    nameOf(object),
    object.spec?.controller ?? "",
    parameters === undefined ? none : `${parameters.kind}${group}/${parameters.name}`,
    ageOf(object, context),
  ];
}

interface NetworkPolicyTree extends Printed {
  readonly spec?: { readonly podSelector?: LabelSelector };
}

export function printNetworkPolicy(object: NetworkPolicyTree, context: PrintContext): Cell[] {
  return [nameOf(object), selectorCell(object.spec?.podSelector ?? {}), ageOf(object, context)];
}

interface IpAddressTree extends Printed {
  readonly spec?: {
    readonly parentRef?: {
      readonly group?: string;
      readonly resource?: string;
      readonly namespace?: string;
      readonly name?: string;
    };
  };
}

export function printIpAddress(object: IpAddressTree, context: PrintContext): Cell[] {
  const parent = object.spec?.parentRef;
  const resource =
    parent?.group === undefined || parent.group === ""
      ? (parent?.resource ?? "")
      : `${parent.resource}.${parent.group}`;
  const parts = [resource, parent?.namespace ?? "", parent?.name ?? ""];
  return [nameOf(object), parts.filter((part) => part !== "").join("/"), ageOf(object, context)];
}

interface ServiceCidrTree extends Printed {
  readonly spec?: { readonly cidrs?: readonly string[] };
}

export function printServiceCidr(object: ServiceCidrTree, context: PrintContext): Cell[] {
  return [nameOf(object), (object.spec?.cidrs ?? []).join(","), ageOf(object, context)];
}
