import type { Timer } from "../../platform/clock.js";
import { IpAddressObjects } from "../allocation/ipAddressObjects.js";
import type { AuthenticationInfo } from "./authenticationInfo.js";
import { authenticationInfoObject } from "./authenticationInfo.js";
import { MasterService, type MasterServiceOptions } from "./masterService.js";
import { type BootstrapDependencies, ObjectWriter } from "./objectWriter.js";
import { systemObjects } from "./systemObjects.js";

const reconcileMilliseconds = 10_000;

export interface BootstrapOptions {
  readonly service: MasterServiceOptions;
  readonly authentication: AuthenticationInfo;
}

/**
 * What the server writes for itself before it answers: namespaces, roles, priority classes, flow
 * control, API services, the service `kubernetes`. Afterwards it keeps the service's endpoints.
 */
export class Bootstrap {
  readonly #deps: BootstrapDependencies;
  readonly #options: BootstrapOptions;
  readonly #service: MasterService;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(deps: BootstrapDependencies, options: BootstrapOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#service = new MasterService(deps, options.service);
  }

  /** Resolves when everything is there; one transaction on a fresh store, none on a known one. */
  async start(onError: (error: unknown) => void): Promise<void> {
    const writer = new ObjectWriter(this.#deps);
    const info = authenticationInfoObject(this.#options.authentication);
    await writer.ensure([...(await systemObjects()), info]);
    await this.#service.start();
    await new IpAddressObjects(this.#deps).repair();
    this.#schedule(onError);
  }

  #schedule(onError: (error: unknown) => void): void {
    if (this.#stopped) return;
    this.#timer = this.#deps.clock.setTimer(reconcileMilliseconds, () => {
      this.#running = this.#service
        .reconcile()
        .catch(onError)
        .then(() => this.#schedule(onError));
    });
  }

  /** Takes this server out of the service's endpoints. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
    await this.#service.stop();
  }
}
