import type { IpRange } from "../../../lib/api/ipAddress.js";
import { ClaimsRepair } from "../../../lib/apiserver/allocation/claimsRepair.js";
import { ServiceClaims } from "../../../lib/apiserver/allocation/serviceClaims.js";
import type { BootstrapDependencies } from "../../../lib/apiserver/bootstrap/objectWriter.js";

/** With upstream's default node ports. */
export function claimsRepair(
  deps: BootstrapDependencies,
  ranges: readonly IpRange[],
): ClaimsRepair {
  const nodePorts = { first: 30000, last: 32767 };
  return new ClaimsRepair(deps, new ServiceClaims(deps, nodePorts), ranges);
}
