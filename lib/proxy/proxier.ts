import { addon } from "../native/addon.js";
import type {
  NetRules,
  NetRulesOptions,
  NetRulesSaved,
  NetRulesSync,
} from "../native/gen/addon.js";
import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import { BoundedFrequencyRunner } from "./boundedFrequencyRunner.js";
import { type Change, PendingChanges } from "./changes/pendingChanges.js";
import { UdpFlowCleaner } from "./conntrack/udpFlowCleaner.js";
import type { ProxyHealth } from "./health/proxyHealth.js";
import type { ServiceHealthCheck } from "./health/serviceHealthServer.js";
import type { IptablesCommand } from "./iptables/iptablesCommand.js";
import type { ProxyMetrics } from "./proxyMetrics.js";

export interface ProxierOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly iptables: IptablesCommand;
  readonly rules: NetRulesOptions;
  readonly minSyncPeriodMilliseconds: number;
  readonly syncPeriodMilliseconds: number;
  readonly health: ProxyHealth;
  readonly metrics: ProxyMetrics;
  /** The node port addresses now; undefined for every local address. */
  readonly nodePortAddresses: () => string[] | undefined;
  /** Called after a sync that worked. */
  readonly onSynced: () => void;
}

/** Syncs that may come at once after a quiet time. */
const burstSyncs = 2;
/** The rules are compared with what should be there at this interval. */
const verifyMilliseconds = 3_600_000;
const firstRetryMilliseconds = 1_000;
/** Tracked flows that could not be deleted are tried again after this. */
const flowRetryMilliseconds = 30_000;

/** Keeps the iptables rules of one address family as the changes it is given want them. */
export class Proxier {
  readonly #options: ProxierOptions;
  readonly #rules: NetRules;
  readonly #pending = new PendingChanges();
  readonly #runner: BoundedFrequencyRunner;
  readonly #flows: UdpFlowCleaner;
  readonly #family: string;
  readonly #logger: Logger;
  #initialized = false;
  #writing = false;
  /** Of node ports, as written last. */
  #addresses: string | undefined;
  #settled: (() => void)[] = [];
  #failures = 0;
  #canaryDueAt: number;
  #verifyDueAt: number;
  #firstSync: { promise: Promise<void>; resolve: () => void };

  constructor(options: ProxierOptions) {
    this.#options = options;
    const { platform, iptables } = options;
    this.#family = iptables.family;
    this.#logger = options.logger;
    this.#rules = new addon.NetRules(options.rules);
    this.#flows = new UdpFlowCleaner(platform, iptables.family, this.#logger);
    const now = platform.clock.monotonic();
    this.#canaryDueAt = now + options.syncPeriodMilliseconds;
    this.#verifyDueAt = now + verifyMilliseconds;
    this.#runner = new BoundedFrequencyRunner({
      clock: platform.clock,
      minIntervalMilliseconds: options.minSyncPeriodMilliseconds,
      maxIntervalMilliseconds: options.syncPeriodMilliseconds,
      burst: burstSyncs,
      run: () => this.#sync(),
    });
    let resolve: () => void = () => undefined;
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    this.#firstSync = { promise, resolve };
  }

  get family(): IptablesCommand["family"] {
    return this.#options.iptables.family;
  }

  /** Takes changes in; they are written with the next sync. */
  add(changes: readonly Change[]): void {
    const { metrics, health } = this.#options;
    for (const change of changes) {
      this.#pending.add(change);
      const total = change.kind === "service" ? "serviceChangesTotal" : "endpointChangesTotal";
      metrics[total].with(this.#family).increment();
    }
    this.#showPending();
    if (changes.length === 0 || !this.#initialized) return;
    health.queued(this.family);
    this.#request();
  }

  /** Everything that is there was given: from now on rules are written. */
  start(): void {
    this.#initialized = true;
    this.#options.health.updated(this.family);
    this.#request();
  }

  /** Resolves after the first sync that worked. */
  get firstSync(): Promise<void> {
    return this.#firstSync.promise;
  }

  setZone(zone: string): void {
    if (this.#rules.setZone(zone) && this.#initialized) this.#request();
  }

  /** The node is not what it was: looks whether node ports are served elsewhere now. */
  nodeChanged(): void {
    const addresses = this.#options.nodePortAddresses()?.join();
    if (this.#initialized && addresses !== this.#addresses) this.#request();
  }

  /** Resolves when everything that was given so far is written. */
  async settled(): Promise<void> {
    const pending = this.#pending.serviceCount + this.#pending.sliceCount;
    if (pending === 0 && !this.#writing && this.#initialized) return;
    await new Promise<void>((resolve) => this.#settled.push(resolve));
  }

  healthChecks(): ServiceHealthCheck[] {
    return this.#rules.healthChecks();
  }

  /** Rules stay; writing them ends. */
  stop(): Promise<void> {
    return this.#runner.stop();
  }

  #request(): void {
    const { metrics, platform } = this.#options;
    metrics.lastQueued.with(this.#family).set(platform.clock.now() / 1000);
    this.#runner.request();
  }

  #showPending(): void {
    const { metrics } = this.#options;
    metrics.serviceChangesPending.with(this.#family).set(this.#pending.serviceCount);
    metrics.endpointChangesPending.with(this.#family).set(this.#pending.sliceCount);
  }

  /** One sync with everything around it; never rejects. */
  async #sync(): Promise<void> {
    if (!this.#initialized) return;
    const partial = !this.#rules.needsFullSync();
    this.#writing = true;
    try {
      await this.#check();
      await this.#write();
      this.#failures = 0;
      this.#settle();
    } catch (error) {
      const { metrics, syncPeriodMilliseconds } = this.#options;
      metrics.restoreFailures.with(this.#family).increment();
      if (partial) metrics.partialRestoreFailures.with(this.#family).increment();
      const backoff = firstRetryMilliseconds * 2 ** Math.min(this.#failures, 16);
      // A failed partial sync is followed by a full one at once: nothing may stay half-written.
      const retryMilliseconds =
        partial && this.#failures === 0 ? 0 : Math.min(backoff, syncPeriodMilliseconds);
      this.#failures += 1;
      this.#logger.error("Sync failed", { err: error, retryMilliseconds });
      this.#runner.retryAfter(retryMilliseconds);
    } finally {
      this.#writing = false;
    }
  }

  #settle(): void {
    if (this.#pending.serviceCount + this.#pending.sliceCount > 0) return;
    for (const resolve of this.#settled.splice(0)) resolve();
  }

  /** Notices, now and then, when somebody else changed the rules. */
  async #check(): Promise<void> {
    const { platform, iptables, syncPeriodMilliseconds } = this.#options;
    const now = platform.clock.monotonic();
    if (this.#rules.needsFullSync() || now < this.#canaryDueAt) return;
    this.#canaryDueAt = now + syncPeriodMilliseconds;
    if (!(await iptables.hasCanaries())) {
      this.#logger.warning("The rules were removed by someone else; writing them again");
      this.#rules.finish(false);
      return;
    }
    if (now < this.#verifyDueAt) return;
    this.#verifyDueAt = now + verifyMilliseconds;
    const difference = this.#rules.firstDifference(await iptables.save());
    if (difference !== null) {
      this.#logger.warning("The rules are not what they should be; writing them again", {
        difference,
      });
      this.#rules.finish(false);
    }
  }

  async #write(): Promise<void> {
    const { platform, iptables, metrics, health } = this.#options;
    const started = platform.clock.monotonic();
    const addresses = this.#options.nodePortAddresses();
    this.#addresses = addresses?.join();
    this.#rules.setNodePortAddresses(addresses);
    const applied = this.#pending.drain(this.#rules, this.#logger);
    this.#showPending();
    const saved: NetRulesSaved | undefined = this.#rules.needsFullSync()
      ? await iptables.save()
      : undefined;
    const sync = this.#rules.begin(false, saved);
    if (sync.kind !== "nothing") {
      let ok = false;
      try {
        const bytes = await iptables.restore(this.#rules);
        ok = true;
        this.#logger.verbose(2).info("Wrote rules", { kind: sync.kind, bytes, ...counts(sync) });
      } finally {
        this.#rules.finish(ok);
      }
    }
    if (sync.kind !== "nothing" || applied.services + applied.slices > 0) {
      const seconds = (platform.clock.monotonic() - started) / 1000;
      metrics.syncDuration.with(this.#family).observe(seconds);
      const kind = sync.kind === "full" ? "fullSyncDuration" : "partialSyncDuration";
      metrics[kind].with(this.#family).observe(seconds);
    }
    this.#showRules(sync);
    const now = platform.clock.now();
    metrics.lastSync.with(this.#family).set(now / 1000);
    for (const time of applied.triggerTimesMilliseconds) {
      metrics.networkProgramming.with(this.#family).observe(Math.max(0, now - time) / 1000);
    }
    health.updated(this.family);
    if (this.#rules.udpChanged()) await this.#cleanFlows();
    this.#options.onSynced();
    this.#firstSync.resolve();
  }

  async #cleanFlows(): Promise<void> {
    const result = await this.#flows.clean(this.#rules);
    if (result === "more") this.#runner.request();
    else if (result === "stuck") this.#runner.retryAfter(flowRetryMilliseconds);
  }

  #showRules(sync: NetRulesSync): void {
    const { metrics } = this.#options;
    metrics.rulesTotal.with("filter", this.#family).set(sync.filterRules);
    metrics.rulesTotal.with("nat", this.#family).set(sync.natRules);
    metrics.noLocalEndpoints.with("internal", this.#family).set(sync.noLocalInternal);
    metrics.noLocalEndpoints.with("external", this.#family).set(sync.noLocalExternal);
  }
}

function counts(sync: NetRulesSync): Record<string, number> {
  const { services, endpoints, changedServices, filterRules, natRules } = sync;
  return { services, endpoints, changedServices, filterRules, natRules };
}
