import { equalJson } from "../../api/equality.js";
import type { Endpoint, EndpointSlice } from "../../api/gen/types/discoveryV1.js";
import type { AddressType, EndpointGroup } from "./serviceEndpoints.js";
import { portsKey } from "./serviceEndpoints.js";

/** A slice to be made; names and owners are added by whoever writes it. */
export interface NewSlice {
  readonly addressType: AddressType;
  readonly ports: EndpointGroup["ports"];
  readonly endpoints: Endpoint[];
}

export interface SlicePlan {
  readonly create: NewSlice[];
  readonly update: EndpointSlice[];
  readonly remove: EndpointSlice[];
  /** Those that stay as they are. */
  readonly keep: EndpointSlice[];
}

/**
 * The fewest writes that bring one family's slices to the wanted endpoints: endpoints stay in the
 * slice they are in, new ones fill slices that are written anyway, then new slices.
 */
export function planSlices(
  addressType: AddressType,
  existing: readonly EndpointSlice[],
  wanted: ReadonlyMap<string, EndpointGroup>,
  maxPerSlice: number,
): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], remove: [], keep: [] };
  const byPorts = new Map<string, EndpointSlice[]>();
  for (const slice of existing) {
    const key = portsKey(slice.ports ?? []);
    const group = wanted.get(key);
    if (group === undefined) plan.remove.push(slice);
    else byPorts.set(key, [...(byPorts.get(key) ?? []), slice]);
  }
  for (const [key, group] of wanted) {
    planGroup(plan, addressType, group, byPorts.get(key) ?? [], maxPerSlice);
  }
  if (plan.create.length + plan.update.length + plan.keep.length === 0)
    keepPlaceholder(plan, addressType);
  return plan;
}

/** A service without endpoints has one empty slice, so that clients see that it has none. */
function keepPlaceholder(plan: SlicePlan, addressType: AddressType): void {
  const isPlaceholder = (slice: EndpointSlice): boolean =>
    (slice.ports ?? []).length === 0 && (slice.endpoints ?? []).length === 0;
  const index = plan.remove.findIndex(isPlaceholder);
  if (index < 0) plan.create.push({ addressType, ports: [], endpoints: [] });
  else plan.keep.push(...plan.remove.splice(index, 1));
}

function planGroup(
  plan: SlicePlan,
  addressType: AddressType,
  group: EndpointGroup,
  slices: readonly EndpointSlice[],
  maxPerSlice: number,
): void {
  const left = new Map(group.endpoints.map((endpoint) => [identityOf(endpoint), endpoint]));
  const states = slices.map((slice) => {
    let changed = false;
    const endpoints: Endpoint[] = [];
    for (const old of slice.endpoints ?? []) {
      const next = left.get(identityOf(old));
      left.delete(identityOf(old));
      if (next !== undefined) endpoints.push(next);
      changed ||= next === undefined || !equalJson(next, old);
    }
    return { slice, endpoints, changed };
  });
  const added = [...left.values()];
  // First into what is written anyway, the fullest first; then into what has room.
  const order = [...states].sort(
    (a, b) => Number(b.changed) - Number(a.changed) || b.endpoints.length - a.endpoints.length,
  );
  for (const state of order) {
    if (added.length === 0) break;
    if (!state.changed && state.endpoints.length + added.length > maxPerSlice) continue;
    const room = added.splice(0, maxPerSlice - state.endpoints.length);
    state.changed ||= room.length > 0;
    state.endpoints.push(...room);
  }
  for (const { slice, endpoints, changed } of states) {
    if (endpoints.length === 0) plan.remove.push(slice);
    else if (changed) plan.update.push({ ...slice, endpoints });
    else plan.keep.push(slice);
  }
  while (added.length > 0) {
    plan.create.push({
      addressType,
      ports: group.ports,
      endpoints: added.splice(0, maxPerSlice),
    });
  }
}

function identityOf(endpoint: Endpoint): string {
  return `${endpoint.targetRef?.uid ?? ""} ${endpoint.addresses.join()}`;
}
