import assert from "node:assert/strict";
import type { Pod } from "../../../lib/api/gen/types/coreV1.js";
import {
  podsToReplace,
  type UpdateState,
} from "../../../lib/controllers/ownership/podsToReplace.js";

/** `d`, `r` and `a` are down, ready and available; in capitals with a new pod or none. */
function replaced(places: string, maxUnavailable: number): string {
  const services = { d: "down", r: "ready", a: "available" } as const;
  const states = [...places].map((place, index): UpdateState => {
    const pod: Pod = { metadata: { name: String(index) }, spec: { containers: [] } };
    const isOld = place === place.toLowerCase();
    const service = services[place.toLowerCase() as keyof typeof services];
    return { service, old: isOld ? pod : undefined };
  });
  return podsToReplace(states, maxUnavailable)
    .map((pod) => pod.metadata.name)
    .join("");
}

describe("podsToReplace", () => {
  for (const [places, maxUnavailable, expected, why] of [
    ["aaaa", 2, "01", "as many as may be unavailable"],
    ["aaDa", 1, "", "none while one is down"],
    ["aaDa", 2, "0", "as many as are left"],
    ["addd", 1, "123", "all that are down, whatever the limit"],
    ["raaa", 1, "0", "one that is not yet available instead of one that is"],
    ["rrrr", 1, "0", "no more that serve than the limit, though none is available"],
    ["rRRa", 2, "0", "what serves counts as unavailable until its time is over"],
    ["DDaa", 1, "", "none beyond the limit"],
    ["AARR", 3, "", "nothing that is new"],
  ] as const) {
    it(`${places} with ${maxUnavailable}: ${why}`, () => {
      assert.equal(replaced(places, maxUnavailable), expected);
    });
  }
});
