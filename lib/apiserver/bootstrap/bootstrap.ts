import type { Timer } from "../../platform/clock.js";
import type { ClaimsRepair } from "../allocation/claimsRepair.js";
import type { PostStartHook } from "../postStartHook.js";
import type { AuthenticationInfo } from "./authenticationInfo.js";
import { authenticationInfoObject } from "./authenticationInfo.js";
import { FlowControlUpkeep } from "./flowControlObjects.js";
import { legacyTokenTrackingObject } from "./legacyTokenTracking.js";
import { MasterService, type MasterServiceOptions } from "./masterService.js";
import { type BootstrapDependencies, ObjectWriter } from "./objectWriter.js";
import { ServerIdentity, type ServerIdentityOptions } from "./serverIdentity.js";
import { systemObjects } from "./systemObjects.js";

const reconcileMilliseconds = 10_000;
/** Of reconciliations, those that look after flow control too: one a minute. */
const flowControlEvery = 6;

/** Of reconciliations, those that look after the claims of services too: every three minutes. */
const claimsEvery = 18;

/** Upstream's names of what the start does, in its order. */
const hookNames = [
  "start-apiserver-admission-initializer",
  "generic-apiserver-start-informers",
  "priority-and-fairness-config-consumer",
  "priority-and-fairness-filter",
  "storage-object-count-tracker-hook",
  "start-system-namespaces-controller",
  "peer-endpoint-reconciler-controller",
  "start-cluster-authentication-info-controller",
  "start-kube-apiserver-identity-lease-controller",
  "start-kube-apiserver-identity-lease-garbage-collector",
  "storage-readiness",
  "start-legacy-token-tracking-controller",
  "start-service-ip-repair-controllers",
  "rbac/bootstrap-roles",
  "scheduling/bootstrap-system-priority-classes",
  "priority-and-fairness-config-producer",
  "bootstrap-controller",
  "start-kubernetes-service-cidr-controller",
  "apiservice-status-local-available-controller",
  "apiservice-registration-controller",
  "kube-apiserver-autoregistration",
];

export interface BootstrapOptions {
  readonly service: MasterServiceOptions;
  readonly authentication: AuthenticationInfo;
  /** Of the addresses and node ports of services. */
  readonly claims: ClaimsRepair;
  /** Absent: nobody is told that this server lives. */
  readonly identity?: ServerIdentityOptions | undefined;
}

/**
 * What the server writes for itself before it serves: namespaces, roles, priority classes, flow
 * control, API services, the service `kubernetes`, its own Lease. Afterwards it keeps the service's
 * endpoints, its Lease and flow control.
 */
export class Bootstrap {
  readonly #deps: BootstrapDependencies;
  readonly #options: BootstrapOptions;
  readonly #service: MasterService;
  readonly #flowControl: FlowControlUpkeep;
  readonly #identity: ServerIdentity | undefined;
  #timer: Timer | undefined;
  #reconciled = 0;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  #started = false;
  #isFailing = false;
  #onStarted: (() => void)[] = [];

  constructor(deps: BootstrapDependencies, options: BootstrapOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#service = new MasterService(deps, options.service);
    this.#flowControl = new FlowControlUpkeep(deps);
    this.#identity = options.identity && new ServerIdentity(deps, options.identity);
  }

  /**
   * Resolves when everything is there; one transaction on a fresh store, none on a known one. Of
   * failures afterwards the first is told, and the end: what is in between is tried again.
   */
  async start(
    onError: (error: unknown) => void,
    onWell: () => void = () => undefined,
  ): Promise<void> {
    const writer = new ObjectWriter(this.#deps);
    const info = authenticationInfoObject(this.#options.authentication);
    const tracking = legacyTokenTrackingObject(this.#deps.clock.now());
    await writer.ensure([...(await systemObjects(this.#deps.clock.now())), info, tracking]);
    await this.#flowControl.removeUnwanted();
    await this.#service.start();
    await this.#identity?.renew();
    await this.#options.claims.run();
    this.#started = true;
    for (const resolve of this.#onStarted.splice(0)) resolve();
    this.#schedule(onError, onWell);
  }

  /** Writes the ConfigMap for extension servers anew, after the authorities have changed. */
  async tellAuthentication(info: AuthenticationInfo): Promise<void> {
    await new ObjectWriter(this.#deps).ensure([authenticationInfoObject(info)]);
  }

  /** Also resolves when the server stops before, so that nobody waits for ever. */
  #whenStarted(signal: AbortSignal): Promise<void> {
    if (this.#started || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onStarted.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /**
   * Upstream's names of what start does, for /readyz: each is done when start is. A server that
   * starts before it listens is ready from its first response.
   */
  get postStartHooks(): PostStartHook[] {
    return hookNames.map((name) => ({
      name,
      run: ({ objects, signal }) => {
        this.#options.claims.recordWith(objects);
        return this.#whenStarted(signal);
      },
    }));
  }

  #schedule(onError: (error: unknown) => void, onWell: () => void): void {
    if (this.#stopped) return;
    this.#timer = this.#deps.clock.setTimer(reconcileMilliseconds, () => {
      const failed = (error: unknown): void => {
        if (!this.#isFailing) onError(error);
        this.#isFailing = true;
      };
      const done = (): void => {
        if (this.#isFailing) onWell();
        this.#isFailing = false;
      };
      this.#running = this.#reconcile()
        .then(done, failed)
        .then(() => this.#schedule(onError, onWell));
    });
  }

  async #reconcile(): Promise<void> {
    this.#reconciled += 1;
    await this.#service.reconcile();
    await this.#identity?.renew();
    if (this.#reconciled % flowControlEvery === 0) await this.#flowControl.reconcile();
    if (this.#reconciled % claimsEvery === 0) await this.#options.claims.run();
  }

  /** Takes this server out of the service's endpoints, and its Lease away. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
    await this.#identity?.stop();
    await this.#service.stop();
  }
}
