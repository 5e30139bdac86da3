import type { Container, PodSpec } from "../../../api/gen/types/coreV1.js";
import { FieldPath } from "../fieldPath.js";
import { isWholeQuantity } from "../quantityValue.js";

/** What is allowed in a pod and hardly meant: told to the client as Warning headers. */
export function warnOfPodSpec(
  spec: PodSpec | undefined | null,
  path: FieldPath,
  warn: (message: string) => void,
): void {
  if (!spec) return;
  for (const list of ["initContainers", "containers"] as const) {
    for (const [position, container] of (spec[list] ?? []).entries()) {
      const at = path.child(list).index(position);
      warnOfEnvironment(container, at, warn);
      warnOfPorts(container, at, warn);
      warnOfFractions(container, at, warn);
    }
  }
}

function warnOfEnvironment(
  container: Container,
  path: FieldPath,
  warn: (message: string) => void,
): void {
  const seen = new Set<string>();
  for (const [position, { name }] of (container.env ?? []).entries()) {
    if (seen.has(name)) {
      const at = path.child("env").index(position);
      const quoted = JSON.stringify(name);
      warn(`${at}: hides previous definition of ${quoted}, which may be dropped when using apply`);
    }
    seen.add(name);
  }
}

function warnOfPorts(container: Container, path: FieldPath, warn: (message: string) => void): void {
  const seen = new Map<string, FieldPath>();
  for (const [position, port] of (container.ports ?? []).entries()) {
    const at = path.child("ports").index(position);
    const key = [port.containerPort, port.protocol, port.hostPort ?? 0, port.hostIP ?? ""].join();
    const first = seen.get(key);
    if (first !== undefined) warn(`${at}: duplicate port definition with ${first}`);
    else seen.set(key, at);
  }
}

function warnOfFractions(
  container: Container,
  path: FieldPath,
  warn: (message: string) => void,
): void {
  for (const field of ["limits", "requests"] as const) {
    for (const name of ["memory", "ephemeral-storage"]) {
      const value = container.resources?.[field]?.[name];
      if (value === undefined || isWholeQuantity(value)) continue;
      const at = path.child("resources").child(field).key(name);
      warn(`${at}: fractional byte value ${JSON.stringify(value)} is invalid, must be an integer`);
    }
  }
}

/** Of a workload's template. */
export const templateSpecPath = FieldPath.root("spec").child("template").child("spec");
