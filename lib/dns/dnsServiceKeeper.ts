import { coreV1, discoveryV1 } from "../api/gen/resources.js";
import type { ResourceType } from "../api/resourceType.js";
import { CachingInformer } from "../client/informer/cachingInformer.js";
import type { InformerOptions } from "../client/informer/informer.js";
import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import {
  type DnsServiceOptions,
  type DnsServiceState,
  dnsNamespace,
  dnsServiceName,
  ensureDnsService,
  removeDnsEndpoints,
} from "./dnsService.js";

/** An API server that is gone too is not waited for. */
const stopMilliseconds = 3_000;
/** What nothing tells of, such as an address that its Service gave up, is seen after so long. */
const checkMilliseconds = 60_000;
const firstPauseMilliseconds = 500;
const maxPauseMilliseconds = 30_000;

export interface DnsServiceKeeperOptions extends DnsServiceOptions {
  readonly platform: Pick<Platform, "clock" | "random">;
  readonly logger: Logger;
}

/**
 * Keeps the Service kube-system/kube-dns and its way to this server as they should be, whoever
 * changes or deletes them; a Service with a selector is left alone. stop() takes the way away.
 */
export class DnsServiceKeeper {
  readonly #options: DnsServiceKeeperOptions;
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  /** Ends the pause that the loop is in. */
  #wake = new AbortController();
  #said = "";

  constructor(options: DnsServiceKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    const named = `metadata.name=${dnsServiceName}`;
    const ofService = `kubernetes.io/service-name=${dnsServiceName}`;
    const follow = <T>(type: ResourceType<T>, selection: InformerOptions<T>): Promise<void> => {
      const { client, platform, logger } = this.#options;
      const options = { ...selection, namespace: dnsNamespace };
      const informer = new CachingInformer<T>(client.resource(type), { platform, logger }, options);
      const onChange = (): void => this.#wake.abort();
      informer.addEventHandler({ onAdd: onChange, onUpdate: onChange, onDelete: onChange });
      return informer.run(this.#stopping.signal);
    };
    this.#running = Promise.all([
      follow(coreV1.services, { fieldSelector: named }),
      follow(discoveryV1.endpointslices, { labelSelector: ofService }),
      this.#keep(),
    ]);
  }

  async #keep(): Promise<void> {
    const { clock } = this.#options.platform;
    const { signal } = this.#stopping;
    let pause = firstPauseMilliseconds;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      try {
        this.#tell(await ensureDnsService(this.#options));
        pause = firstPauseMilliseconds;
        await clock.sleep(checkMilliseconds, AbortSignal.any([signal, this.#wake.signal]));
      } catch (error) {
        if (signal.aborted) return;
        this.#options.logger.warning("The DNS Service could not be kept; trying again", { error });
        await clock.sleep(pause, signal);
        pause = Math.min(pause * 2, maxPauseMilliseconds);
      }
    }
  }

  /** Each state once, however often it is seen. */
  #tell(state: DnsServiceState): void {
    const said = JSON.stringify(state);
    if (said === this.#said) return;
    this.#said = said;
    const { logger } = this.#options;
    const service = `${dnsNamespace}/${dnsServiceName}`;
    if (state.kind === "kept") {
      logger.info("The DNS Service leads here", { service, clusterIPs: state.clusterIps });
    } else logger.warning("The DNS Service does not lead here", { service, why: state.why });
  }

  /** Resolves when the Service leads here no longer, or the API server cannot be told so. */
  async stop(): Promise<void> {
    const { client, endpoints, logger, platform } = this.#options;
    this.#stopping.abort();
    await this.#running;
    const removed = removeDnsEndpoints(client, endpoints).catch((error: unknown) => {
      logger.warning("The DNS Service still leads here", { error });
    });
    await Promise.race([removed, platform.clock.sleep(stopMilliseconds)]);
  }
}
