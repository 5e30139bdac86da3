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
  readonly transport: MemoryTransport;
  readonly client: Client;
  #informers: SharedInformerFactory;
  #stop = new AbortController();

  constructor(options: { readonly transport?: "rpc" | "rest" } = {}) {
    this.transport = new MemoryTransport(this, options.transport);
    this.client = new TransportClient(this.transport);
    this.#informers = new SharedInformerFactory({ client: this.client, platform: this });
  }

  get informers(): SharedInformerFactory {
    return this.#informers;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.clock.settle();
    await this.informers.stopped();
  }

  /** After stop(): as a process that comes up again, which knows only what the API holds. */
  comeUp(): void {
    this.#stop = new AbortController();
    this.#informers = new SharedInformerFactory({ client: this.client, platform: this });
  }
}
