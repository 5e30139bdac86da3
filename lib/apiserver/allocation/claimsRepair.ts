import type { IpRange } from "../../api/ipAddress.js";
import type { BootstrapDependencies } from "../bootstrap/objectWriter.js";
import type { ServerObjects } from "../serverObjects.js";
import { AddressRepair } from "./addressRepair.js";
import { PortRepair } from "./portRepair.js";
import type { RepairReport } from "./repairReport.js";
import type { ServiceClaims } from "./serviceClaims.js";

/**
 * Upstream's two repair controllers: what services have is claimed, what is claimed for none is
 * given back. Beside servers that claim in the transaction that writes a service there is nothing
 * for it to do, but for stores that were written by others, or by hand.
 */
export class ClaimsRepair {
  readonly #report: RepairReport;
  readonly #addresses: AddressRepair;
  readonly #ports: PortRepair;

  constructor(deps: BootstrapDependencies, claims: ServiceClaims, ranges: readonly IpRange[]) {
    this.#report = claims.report;
    this.#addresses = new AddressRepair(deps, claims, ranges);
    this.#ports = new PortRepair(deps, claims);
  }

  /** Events are written from now on. */
  recordWith(objects: ServerObjects): void {
    this.#report.recordWith(objects);
  }

  async run(): Promise<void> {
    try {
      await this.#addresses.run();
    } catch (error) {
      this.#report.failed("clusterip");
      throw error;
    }
    try {
      await this.#ports.run();
    } catch (error) {
      this.#report.failed("nodeport");
      throw error;
    }
  }
}
