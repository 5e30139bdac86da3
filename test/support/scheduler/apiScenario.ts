import { coreV1, schedulingV1 } from "../../../lib/api/gen/resources.js";
import type { Node, Pod } from "../../../lib/api/gen/types/coreV1.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import type { Client } from "../../../lib/client/client.js";
import { MutableCredentials } from "../../../lib/client/config/credentials.js";
import { connectClient } from "../../../lib/client/connectClient.js";
import { SharedInformerFactory } from "../../../lib/client/informer/sharedInformerFactory.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { Scheduler, type SchedulerOptions } from "../../../lib/scheduler/scheduler.js";
import { startTestApiServer, type TestApiServer } from "../apiserver/testApiServer.js";

/** Priority classes of a scenario. */
const priorities = { low: 1, high: 10 };

/** A real API server, a client of it, nodes that are only objects, and schedulers. */
export class ApiScenario {
  readonly #abort = new AbortController();
  readonly #schedulers: Scheduler[] = [];
  readonly #factory: SharedInformerFactory;
  readonly #watchers = new Set<() => void>();
  #bindings = 0;

  private constructor(
    readonly api: TestApiServer,
    readonly client: Client,
  ) {
    this.#factory = new SharedInformerFactory({ client, platform: nodePlatform });
    const changed = () => {
      for (const watcher of [...this.#watchers]) watcher();
    };
    this.#factory.informer(coreV1.pods).addEventHandler({
      onAdd: changed,
      onUpdate: (before, pod) => {
        if (!before.spec?.nodeName && pod.spec?.nodeName) this.#bindings++;
        changed();
      },
      onDelete: changed,
    });
    this.#factory.start(this.#abort.signal);
  }

  static async start(): Promise<ApiScenario> {
    const api = await startTestApiServer();
    const credentials = new MutableCredentials(nodePlatform, { server: api.url });
    const client = await connectClient({ platform: nodePlatform, codec: nativeCodec, credentials });
    // What the controllers would have made.
    const ignoreExisting = () => undefined;
    const metadata = { name: "default", namespace: "default" };
    await client
      .resource(coreV1.namespaces)
      .create({ metadata: { name: "default" } })
      .catch(ignoreExisting);
    await client.resource(coreV1.serviceaccounts).create({ metadata }).catch(ignoreExisting);
    for (const [name, value] of Object.entries(priorities)) {
      await client.resource(schedulingV1.priorityclasses).create({ metadata: { name }, value });
    }
    return new ApiScenario(api, client);
  }

  async stop(): Promise<void> {
    for (const scheduler of this.#schedulers) await scheduler.stop();
    this.#abort.abort();
    await this.#factory.stopped();
    this.client.close();
    await this.api.stop();
  }

  async schedule(options: Partial<SchedulerOptions> = {}): Promise<Scheduler> {
    const { client } = this;
    const scheduler = new Scheduler({ client, platform: nodePlatform, ...options });
    this.#schedulers.push(scheduler);
    await scheduler.start(this.#abort.signal);
    return scheduler;
  }

  /** A node as registration, the first heartbeat and the node controller leave it: untainted. */
  async addNode(node: Node): Promise<void> {
    const nodes = this.client.resource(coreV1.nodes);
    const { name = "" } = (await nodes.create(node)).metadata ?? {};
    const ready = await nodes.patch(name, { type: "merge", body: { spec: { taints: null } } });
    await nodes.updateStatus({ ...ready, ...(node.status ? { status: node.status } : {}) });
  }

  async addPod(pod: Pod): Promise<Pod> {
    return this.client.resource(coreV1.pods).create(pod, { namespace: "default" });
  }

  /** How many pods got their node while somebody looked. */
  get bindings(): number {
    return this.#bindings;
  }

  pods(): Pod[] {
    return this.#factory.informer(coreV1.pods).indexer.list();
  }

  pod(name: string): Pod | undefined {
    return this.#factory.informer(coreV1.pods).indexer.getByName("default", name);
  }

  /** Resolves at the first change of a pod after which the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }
}
