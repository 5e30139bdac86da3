import { coreV1 } from "../../../lib/api/gen/resources.js";
import type { Pod } from "../../../lib/api/gen/types/coreV1.js";
import type { PolicyRule } from "../../../lib/api/gen/types/rbacV1.js";
import { formatTime } from "../../../lib/api/time.js";
import type { Client } from "../../../lib/client/client.js";
import { ClientEventRecorder } from "../../../lib/client/events/eventRecorder.js";
import { TransportClient } from "../../../lib/client/transportClient.js";
import type { Controller, ControllerContext } from "../../../lib/controllers/controllerContext.js";
import {
  type ControllerOptions,
  defaultControllerOptions,
} from "../../../lib/controllers/controllerOptions.js";
import type { Files } from "../../../lib/platform/files.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import { RoleTransport, rulesOfController } from "./controllerRoles.js";
import { VirtualCluster } from "./virtualCluster.js";

/**
 * Controllers on a memory-only API in virtual time. They may do what the roles of those that run
 * let them do: all of theirs where several run in one test, everything where one is no controller
 * that has a service account.
 */
export class ControllerHarness extends VirtualCluster {
  readonly files = {} as Files;
  #runs: Promise<void>[] = [];
  #rules: readonly PolicyRule[] | undefined = [];
  #address = 0;

  context(options: Partial<ControllerOptions> = {}): ControllerContext {
    const transport = new RoleTransport(this.transport, () => this.#rules);
    const client: Client = new TransportClient(transport);
    client.rawJson = (path, signal) => this.client.rawJson(path, signal);
    return {
      client,
      informers: this.informers,
      platform: this,
      logger: silentLogger,
      recorder: new ClientEventRecorder({
        client: this.client,
        platform: this,
        component: "test",
        signal: this.signal,
      }),
      options: { ...defaultControllerOptions, ...options },
      queueMetrics: () => ({
        depth: () => undefined,
        add: () => undefined,
        queueDurationSeconds: () => undefined,
        workDurationSeconds: () => undefined,
        retry: () => undefined,
      }),
    };
  }

  async start(...controllers: Controller[]): Promise<void> {
    for (const { name } of controllers) {
      const own = rulesOfController(name);
      this.#rules = this.#rules && own && [...this.#rules, ...own];
    }
    this.informers.start(this.signal);
    for (const controller of controllers) this.#runs.push(controller.run(this.signal));
    await this.settle();
  }

  /** Lets everything that is due within the time happen. */
  async settle(milliseconds = 2_000): Promise<void> {
    await this.clock.advance(milliseconds);
  }

  override async stop(): Promise<void> {
    await super.stop();
    await this.clock.settle();
    await Promise.all(this.#runs);
    this.#runs = [];
  }

  /** Ends what runs, and starts what is made then, which remembers nothing. */
  async restart(make: (context: ControllerContext) => Controller[]): Promise<void> {
    await this.stop();
    this.comeUp();
    await this.start(...make(this.context()));
  }

  async pods(namespace = "default"): Promise<Pod[]> {
    return (await this.client.resource(coreV1.pods).list({ namespace })).items;
  }

  /** What a kubelet would say. */
  async setReady(pods: readonly Pod[], ready = true): Promise<void> {
    for (const pod of pods) {
      const lastTransitionTime = formatTime(this.clock.now());
      const status = ready ? "True" : "False";
      this.#address = (this.#address % 250) + 1;
      await this.client.resource(coreV1.pods).updateStatus({
        ...pod,
        status: {
          ...pod.status,
          phase: "Running",
          podIP: `10.1.0.${this.#address}`,
          conditions: [{ type: "Ready", status, lastTransitionTime }],
        },
      });
    }
    await this.settle();
  }

  /** A pod's phase and Ready condition, as written by a node with a clock of its own. */
  async setState(
    name: string,
    state: { phase: string; ready?: boolean; since?: number | undefined },
    namespace = "default",
  ): Promise<void> {
    const pods = this.client.resource(coreV1.pods);
    const pod = await pods.get(name, { namespace });
    const { phase, ready = false, since } = state;
    const time = since === undefined ? {} : { lastTransitionTime: formatTime(since) };
    const conditions = [{ type: "Ready", status: ready ? "True" : "False", ...time }];
    await pods.updateStatus({ ...pod, status: { ...pod.status, phase, conditions } });
  }

  async events(): Promise<string[]> {
    const { items } = await this.client.resource(coreV1.events).list();
    return items.map((event) => `${event.reason} ${event.message}`);
  }
}
