import type { Client } from "../../../lib/client/client.js";
import { SharedInformerFactory } from "../../../lib/client/informer/sharedInformerFactory.js";
import { TransportClient } from "../../../lib/client/transportClient.js";
import { SeededRandom } from "../../../lib/platform/virtual/seededRandom.js";
import { VirtualClock } from "../../../lib/platform/virtual/virtualClock.js";
import { MemoryTransport } from "./memoryTransport.js";

/** A memory-only API with virtual time, and what a controller under test needs of it. */
export class VirtualCluster {
  readonly clock = new VirtualClock();
  readonly random = new SeededRandom(7);
  readonly transport = new MemoryTransport(this);
  readonly client: Client = new TransportClient(this.transport);
  readonly informers = new SharedInformerFactory({ client: this.client, platform: this });
  readonly #stop = new AbortController();

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.clock.settle();
    await this.informers.stopped();
  }
}
