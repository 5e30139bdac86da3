import type { Container, Pod } from "../gen/types/coreV1.js";
import { Quantity } from "../quantity.js";

export type ResourceList = Readonly<Record<string, string>>;

type Sums = Map<string, Quantity>;

function parse(text: string): Quantity {
  return Quantity.tryParse(text) ?? Quantity.zero;
}

function add(sums: Sums, list: ResourceList | undefined): void {
  for (const [name, value] of Object.entries(list ?? {})) {
    const known = sums.get(name);
    sums.set(name, known === undefined ? parse(value) : known.add(parse(value)));
  }
}

function raise(sums: Sums, other: Sums): void {
  for (const [name, value] of other) {
    const known = sums.get(name);
    if (known === undefined || known.compare(value) < 0) sums.set(name, value);
  }
}

function isSidecar(container: Container): boolean {
  return container.restartPolicy === "Always";
}

/**
 * What a whole pod asks for: its containers and sidecars together, or more where an init
 * container needs more while those sidecars that started before it run, and the pod's overhead
 * (KEP-753).
 */
export function podResources(pod: Pod, field: "requests" | "limits"): ResourceList {
  const { spec } = pod;
  const total: Sums = new Map();
  for (const container of spec.containers ?? []) add(total, container.resources?.[field]);
  const sidecars: Sums = new Map();
  const peak: Sums = new Map();
  for (const container of spec.initContainers ?? []) {
    const step: Sums = new Map(sidecars);
    add(step, container.resources?.[field]);
    if (isSidecar(container)) {
      add(total, container.resources?.[field]);
      add(sidecars, container.resources?.[field]);
    }
    raise(peak, step);
  }
  raise(total, peak);
  for (const [name, value] of Object.entries(spec.resources?.[field] ?? {})) {
    total.set(name, parse(value));
  }
  for (const [name, value] of Object.entries(spec.overhead ?? {})) {
    const known = total.get(name);
    if (known !== undefined) total.set(name, known.add(parse(value)));
    else if (field === "requests") total.set(name, parse(value));
  }
  return Object.fromEntries([...total].map(([name, value]) => [name, value.toString()]));
}
