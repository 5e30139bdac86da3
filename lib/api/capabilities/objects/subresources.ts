import { type Capability, type Limitation, works } from "../capability.js";

/** Some subresources, as `resource/subresource` of a group, that share one limitation. */
export type SubresourceRow = Limitation & {
  readonly group: string;
  readonly subresources: readonly string[];
};

/** Subresources whose writes are not carried out. Those without a row work; all can be read. */
export const subresourceRows: readonly SubresourceRow[] = [
  {
    state: "refused",
    why: "nodes do not resize containers in place yet, delete the pod and create it with other resources",
    group: "",
    subresources: ["pods/resize"],
  },
];

/** What a write to a subresource does. */
export function subresourceCapability(
  group: string,
  resource: string,
  subresource: string,
): Capability {
  const name = `${resource}/${subresource}`;
  const row = subresourceRows.find((one) => one.group === group && one.subresources.includes(name));
  return row ?? works;
}
