import type {
  ConfigMap,
  Container,
  EnvVar,
  Pod,
  Secret,
  Service,
} from "../../api/gen/types/coreV1.js";
import { containerResourceValue, type NodeAllocatable, podFieldValue } from "./downwardFields.js";
import { expand } from "./expansion.js";
import { serviceEnvironment } from "./serviceEnvironment.js";

/** Something that a container needs is not there or wrong: waits as CreateContainerConfigError. */
export class ContainerConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ContainerConfigError";
  }
}

export interface EnvironmentSources {
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
  services(): readonly Service[];
  readonly allocatable: NodeAllocatable;
}

function decodeSecret(value: string): string {
  return Buffer.from(value, "base64").toString("utf8");
}

function configMapText(map: ConfigMap): Record<string, string> {
  return map.data ?? {};
}

function secretText(secret: Secret): Record<string, string> {
  const entries = Object.entries(secret.data ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, decodeSecret(value)]));
}

async function fromReferences(
  pod: Pod,
  container: Container,
  sources: EnvironmentSources,
): Promise<Map<string, string>> {
  const result = new Map<string, string>();
  const namespace = pod.metadata.namespace ?? "";
  for (const source of container.envFrom ?? []) {
    const reference = source.configMapRef ?? source.secretRef;
    if (!reference) continue;
    const name = reference.name ?? "";
    const kind = source.configMapRef ? "configmap" : "secret";
    const object = source.configMapRef
      ? await sources.configMap(namespace, name)
      : await sources.secret(namespace, name);
    if (!object) {
      if (reference.optional) continue;
      throw new ContainerConfigError(`${kind} "${name}" not found`);
    }
    const data = source.configMapRef
      ? configMapText(object as ConfigMap)
      : secretText(object as Secret);
    for (const [key, value] of Object.entries(data)) {
      result.set(`${source.prefix ?? ""}${key}`, value);
    }
  }
  return result;
}

async function keyOf(
  kind: "configmap" | "secret",
  pod: Pod,
  reference: { name?: string; key: string; optional?: boolean },
  sources: EnvironmentSources,
): Promise<string | undefined> {
  const namespace = pod.metadata.namespace ?? "";
  const name = reference.name ?? "";
  const object =
    kind === "configmap"
      ? await sources.configMap(namespace, name)
      : await sources.secret(namespace, name);
  if (!object) {
    if (reference.optional) return undefined;
    throw new ContainerConfigError(`${kind} "${name}" not found`);
  }
  const data =
    kind === "configmap" ? configMapText(object as ConfigMap) : secretText(object as Secret);
  const value = data[reference.key];
  if (value === undefined && !reference.optional) {
    const shown = kind === "configmap" ? "ConfigMap" : "Secret";
    throw new ContainerConfigError(
      `couldn't find key ${reference.key} in ${shown} ${namespace}/${name}`,
    );
  }
  return value;
}

async function valueFrom(
  pod: Pod,
  container: Container,
  variable: EnvVar,
  sources: EnvironmentSources,
): Promise<string | undefined> {
  const source = variable.valueFrom;
  if (source?.fieldRef) return podFieldValue(pod, source.fieldRef.fieldPath) ?? "";
  if (source?.resourceFieldRef) {
    const { containerName } = source.resourceFieldRef;
    const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
    const target = containerName ? all.find((other) => other.name === containerName) : container;
    if (!target) throw new ContainerConfigError(`container ${containerName} not found`);
    return containerResourceValue(target, source.resourceFieldRef, sources.allocatable);
  }
  if (source?.configMapKeyRef) return keyOf("configmap", pod, source.configMapKeyRef, sources);
  if (source?.secretKeyRef) return keyOf("secret", pod, source.secretKeyRef, sources);
  const [unserved] = Object.keys(source ?? {});
  if (unserved !== undefined) {
    const what = `${variable.name}: ${unserved}`;
    throw new ContainerConfigError(`variable ${what} is not supported on this node`);
  }
  return undefined;
}

/**
 * A container's variables: envFrom, then env in order (each may use those before it), then
 * Services' where no name is taken. Throws ContainerConfigError for what is missing and not
 * optional.
 */
export async function containerEnvironment(
  pod: Pod,
  container: Container,
  sources: EnvironmentSources,
): Promise<Map<string, string>> {
  const links = pod.spec.enableServiceLinks !== false;
  const services = serviceEnvironment(sources.services(), pod.metadata.namespace ?? "", links);
  const result = await fromReferences(pod, container, sources);
  for (const variable of container.env ?? []) {
    const lookup = (name: string): string | undefined => result.get(name) ?? services.get(name);
    const value = variable.valueFrom
      ? await valueFrom(pod, container, variable, sources)
      : expand(variable.value ?? "", lookup);
    if (value !== undefined) result.set(variable.name, value);
  }
  for (const [name, value] of services) if (!result.has(name)) result.set(name, value);
  return result;
}
