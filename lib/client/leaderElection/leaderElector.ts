import { setMaxListeners } from "node:events";
import { checkArgument } from "../../api/checkArgument.js";
import { coordinationV1 } from "../../api/gen/resources.js";
import type { Lease, LeaseSpec } from "../../api/gen/types/coordinationV1.js";
import type { GaugeSeries } from "../../api/metrics/gauge.js";
import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import { abortSignal } from "../../api/optionChecks.js";
import { hasReason } from "../../api/status.js";
import { type Logger, silentLogger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import type { Client } from "../client.js";
import { guardedCall } from "../guardedCall.js";
import { microTimestamp } from "../timestamps.js";

export interface LeaderElectorOptions {
  readonly client: Client;
  readonly platform: Pick<Platform, "clock" | "random">;
  readonly namespace: string;
  readonly leaseName: string;
  /** Unique among the candidates. */
  readonly identity: string;
  /** Others wait so long after the last renewal they saw. Default 15. */
  readonly leaseDurationSeconds?: number;
  /** A leader that could not renew for so long gives up. Default 10. */
  readonly renewDeadlineSeconds?: number;
  /** Default 2. */
  readonly retryPeriodSeconds?: number;
  /** Give the lease up when the signal aborts, so that another need not wait. Default true. */
  readonly releaseOnCancel?: boolean;
  readonly logger?: Logger;
  readonly metrics?: MetricsRegistry;
  /** Rejects where the namespace does not exist, instead of waiting for it. Default false. */
  readonly failsWithoutNamespace?: boolean;
  /**
   * Runs while this process leads; its signal aborts when leadership ends. A failure ends it, too;
   * a work that is done does not.
   */
  readonly onStartedLeading: (signal: AbortSignal) => Promise<void>;
  readonly onStoppedLeading?: () => void;
  readonly onNewLeader?: (identity: string) => void;
}

const jitterFactor = 1.2;

function lacksNamespace(error: unknown): boolean {
  return hasReason(error, "NotFound") && error.status.details?.kind === "namespaces";
}

/**
 * At most one of the candidates leads, by a Lease that the leader renews
 * (coordination.k8s.io/v1). Clocks are never compared between machines: a lease is old when this
 * process has seen no renewal for its duration.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #logger: Logger;
  readonly #status: GaugeSeries | undefined;
  #observed: Lease | undefined;
  #observedAt = 0;
  #reportedLeader = "";
  #hasFailed = false;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#status = options.metrics
      ?.gauge("leader_election_master_status", "1 while this process leads.", ["name"])
      .with(options.leaseName);
    this.#status?.set(0);
    const { lease, renew, retry } = this.#times;
    if (lease <= renew)
      throw new Error("the lease duration must be longer than the renew deadline");
    if (renew <= jitterFactor * retry) {
      throw new Error("the renew deadline must be longer than 1.2 retry periods");
    }
  }

  get isLeader(): boolean {
    return this.#observed?.spec?.holderIdentity === this.#options.identity;
  }

  /** Who led when this process last looked; empty for nobody. */
  get leader(): string {
    return this.#observed?.spec?.holderIdentity ?? "";
  }

  /**
   * Resolves when the signal aborts or a lease that was held is lost; the caller decides what
   * that means. Without a signal it runs until then. Rejects with ApiError when the client is
   * closed, and with what `onStartedLeading` fails with, when the lease has been given up.
   */
  async run(given: AbortSignal = new AbortController().signal): Promise<void> {
    checkArgument("signal", given, abortSignal);
    const { closed } = this.#options.client;
    const signal = AbortSignal.any([given, closed]);
    setMaxListeners(0, signal);
    await this.#run(signal);
    if (!given.aborted) closed.throwIfAborted();
  }

  async #run(signal: AbortSignal): Promise<void> {
    if (!(await this.#acquire(signal))) return;
    this.#status?.set(1);
    const leading = new AbortController();
    setMaxListeners(0, leading.signal);
    const stop = () => leading.abort(signal.reason);
    signal.addEventListener("abort", stop);
    const failed = new AbortController();
    const work = this.#work(leading.signal, failed);
    const over = AbortSignal.any([signal, failed.signal]);
    setMaxListeners(0, over);
    try {
      await this.#renew(over);
    } finally {
      this.#status?.set(0);
      leading.abort();
      signal.removeEventListener("abort", stop);
      await work;
      if (over.aborted && (this.#options.releaseOnCancel ?? true)) await this.#release();
      this.#callBack("onStoppedLeading", () => this.#options.onStoppedLeading?.());
    }
    failed.signal.throwIfAborted();
  }

  /** Who leads and does not work keeps others from it: a failure ends the leadership. */
  async #work(leading: AbortSignal, failed: AbortController): Promise<void> {
    try {
      await this.#options.onStartedLeading(leading);
    } catch (error) {
      this.#logger.error("The leader's work failed", { error });
      if (!leading.aborted) failed.abort(error);
    }
  }

  get #times(): { lease: number; renew: number; retry: number } {
    const { leaseDurationSeconds, renewDeadlineSeconds, retryPeriodSeconds } = this.#options;
    return {
      lease: leaseDurationSeconds ?? 15,
      renew: renewDeadlineSeconds ?? 10,
      retry: retryPeriodSeconds ?? 2,
    };
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { clock, random } = this.#options.platform;
    while (!signal.aborted) {
      if (await this.#try(signal)) return true;
      await clock.sleep(this.#times.retry * 1000 * (1 + random.float() * jitterFactor), signal);
    }
    return false;
  }

  /** Renews every retry period; returns when the lease could not be renewed within the deadline. */
  async #renew(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.platform;
    const { renew, retry } = this.#times;
    let renewedAt = clock.monotonic();
    for (;;) {
      await clock.sleep(retry * 1000, signal);
      if (signal.aborted) return;
      const deadline = new AbortController();
      const left = renewedAt + renew * 1000 - clock.monotonic();
      const timer = clock.setTimer(Math.max(0, left), () => deadline.abort());
      const renewed = await this.#try(AbortSignal.any([signal, deadline.signal]));
      timer.cancel();
      if (signal.aborted) return;
      if (renewed) renewedAt = clock.monotonic();
      else if (clock.monotonic() - renewedAt >= renew * 1000 || this.#heldByOther()) {
        this.#logger.error("Failed to renew the lease", { lease: this.#options.leaseName });
        this.#observed = undefined;
        return;
      }
    }
  }

  #heldByOther(): boolean {
    return this.leader !== "" && !this.isLeader;
  }

  async #try(signal: AbortSignal): Promise<boolean> {
    try {
      const has = await this.#tryAcquireOrRenew(signal);
      this.#hasFailed = false;
      return has;
    } catch (error) {
      if (this.#options.failsWithoutNamespace === true && lacksNamespace(error)) throw error;
      if (!signal.aborted) this.#tellFailure(error);
      return false;
    }
  }

  /** The first failure of many in a row is for everybody to see. */
  #tellFailure(error: unknown): void {
    const values = { lease: this.#options.leaseName, error };
    if (this.#hasFailed) this.#logger.verbose(1).info("Could not reach for the lease", values);
    else this.#logger.warning("Could not reach for the lease, trying on", values);
    this.#hasFailed = true;
  }

  async #tryAcquireOrRenew(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, leaseName } = this.#options;
    const leases = client.resource(coordinationV1.leases);
    // While this process leads, the lease that it wrote last is the server's: one write and no
    // read.
    if (this.isLeader && this.#isFresh()) {
      try {
        this.#observe(await leases.update(this.#leaseToWrite(this.#observed), { signal }));
        return true;
      } catch (error) {
        if (!hasReason(error, "Conflict", "NotFound")) throw error;
      }
    }
    let lease: Lease;
    try {
      lease = await leases.get(leaseName, { namespace, signal });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
      this.#observe(await leases.create(this.#leaseToWrite(undefined), { signal }));
      return true;
    }
    if (lease.metadata?.resourceVersion !== this.#observed?.metadata?.resourceVersion) {
      this.#observe(lease);
    }
    if (this.#heldByOther() && this.#isFresh()) return false;
    this.#observe(await leases.update(this.#leaseToWrite(lease), { signal }));
    return true;
  }

  #isFresh(): boolean {
    const seconds = this.#observed?.spec?.leaseDurationSeconds ?? this.#times.lease;
    return this.#options.platform.clock.monotonic() < this.#observedAt + seconds * 1000;
  }

  #observe(lease: Lease): void {
    this.#observed = lease;
    this.#observedAt = this.#options.platform.clock.monotonic();
    if (this.leader === this.#reportedLeader) return;
    this.#reportedLeader = this.leader;
    const { leader } = this;
    if (leader !== "") this.#callBack("onNewLeader", () => this.#options.onNewLeader?.(leader));
  }

  /** Who is told has no say in who leads. */
  #callBack(callback: string, call: () => unknown): void {
    guardedCall(call, (error) => this.#logger.error("Who was told failed", { callback, error }));
  }

  #leaseToWrite(old: Lease | undefined): Lease {
    const { identity, leaseName, namespace, platform } = this.#options;
    const now = microTimestamp(platform.clock.now());
    const mine = old?.spec?.holderIdentity === identity;
    const transitions = old?.spec?.leaseTransitions ?? 0;
    const spec: LeaseSpec = {
      ...old?.spec,
      holderIdentity: identity,
      leaseDurationSeconds: this.#times.lease,
      acquireTime: mine ? (old?.spec?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: old === undefined || mine ? transitions : transitions + 1,
    };
    return { metadata: old?.metadata ?? { name: leaseName, namespace }, spec };
  }

  async #release(): Promise<void> {
    const held = this.#observed;
    if (held === undefined || !this.isLeader) return;
    const { client, platform } = this.#options;
    const now = microTimestamp(platform.clock.now());
    const spec: LeaseSpec = {
      ...held.spec,
      holderIdentity: "",
      leaseDurationSeconds: 1,
      acquireTime: now,
      renewTime: now,
    };
    try {
      const leases = client.resource(coordinationV1.leases);
      this.#observe(await leases.update({ ...held, spec }, { timeoutMilliseconds: 5000 }));
    } catch (error) {
      this.#logger.warning("Could not release the lease", { error });
      this.#observed = undefined;
    }
  }
}
