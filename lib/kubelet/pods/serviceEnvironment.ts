import type { Service } from "../../api/gen/types/coreV1.js";

const asName = (text: string): string => text.toUpperCase().replaceAll("-", "_");

/**
 * The Docker-links style variables of one Service (`WEB_SERVICE_HOST`, `WEB_PORT_80_TCP_ADDR`, …).
 */
function variablesOf(service: Service): [string, string][] {
  const name = asName(service.metadata.name ?? "");
  const ip = service.spec?.clusterIP ?? "";
  const ports = service.spec?.ports ?? [];
  const [first] = ports;
  if (ip === "" || ip === "None" || !first) return [];
  const host = ip.includes(":") ? `[${ip}]` : ip;
  const variables: [string, string][] = [
    [`${name}_SERVICE_HOST`, ip],
    [`${name}_SERVICE_PORT`, String(first.port)],
  ];
  for (const port of ports) {
    if (port.name) variables.push([`${name}_SERVICE_PORT_${asName(port.name)}`, String(port.port)]);
  }
  const url = (port: typeof first): string =>
    `${(port.protocol ?? "TCP").toLowerCase()}://${host}:${port.port}`;
  variables.push([`${name}_PORT`, url(first)]);
  for (const port of ports) {
    const protocol = port.protocol ?? "TCP";
    const prefix = `${name}_PORT_${port.port}_${protocol}`;
    variables.push(
      [prefix, url(port)],
      [`${prefix}_PROTO`, protocol.toLowerCase()],
      [`${prefix}_PORT`, String(port.port)],
      [`${prefix}_ADDR`, ip],
    );
  }
  return variables;
}

/**
 * What a container is told of Services: the API server's own always, those of its namespace when
 * enableServiceLinks is on (the default).
 */
export function serviceEnvironment(
  services: readonly Service[],
  namespace: string,
  enableServiceLinks: boolean,
): Map<string, string> {
  const wanted = services.filter((service) => {
    const isMaster =
      service.metadata.namespace === "default" && service.metadata.name === "kubernetes";
    return isMaster || (enableServiceLinks && service.metadata.namespace === namespace);
  });
  // A service of the pod's own namespace wins over the master service's variables of the same name.
  wanted.sort(
    (a, b) =>
      Number(a.metadata.namespace === namespace) - Number(b.metadata.namespace === namespace),
  );
  return new Map(wanted.flatMap(variablesOf));
}
