import { callable, logger, type OptionCheck, someMachine } from "../api/optionChecks.js";
import type { Client } from "../client/client.js";
import {
  SharedInformerFactory,
  type SharedInformerFactoryOptions,
} from "../client/informer/sharedInformerFactory.js";
import { checkClient, checkProgramOptions } from "./checkProgramOptions.js";
import { type MachineOptions, machineOf } from "./machine.js";

/** What all informers of a factory share. */
export type InformerFactoryOptions = MachineOptions &
  Omit<SharedInformerFactoryOptions, "client" | "platform">;

const optionChecks: Readonly<Record<keyof InformerFactoryOptions, OptionCheck>> = {
  platform: someMachine,
  logger,
  transform: callable,
};

/**
 * Informers and listers of one client: one cache a resource, however many ask for it.
 *
 * @example
 * ```ts
 * import { Cluster, informerFactory, resources } from "steersman";
 *
 * const cluster = await Cluster.start({ nodes: 0 });
 * const factory = informerFactory(cluster.client);
 * const namespaces = factory.lister(resources.namespaces);
 * const over = new AbortController();
 * factory.start(over.signal);
 * await factory.waitForSync();
 * console.log(namespaces.get("default")?.status?.phase); // → Active
 * over.abort();
 * await factory.stopped();
 * await cluster.stop();
 * ```
 */
export function informerFactory(
  client: Client,
  options: InformerFactoryOptions = {},
): SharedInformerFactory {
  checkClient(client);
  checkProgramOptions(options, optionChecks);
  return new SharedInformerFactory({ ...options, client, platform: machineOf(options) });
}
