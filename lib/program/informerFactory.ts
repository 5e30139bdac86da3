import type { Client } from "../client/client.js";
import {
  SharedInformerFactory,
  type SharedInformerFactoryOptions,
} from "../client/informer/sharedInformerFactory.js";
import { type MachineOptions, machineOf } from "./machine.js";

export type InformerFactoryOptions = MachineOptions &
  Omit<SharedInformerFactoryOptions, "client" | "platform">;

/** Informers and listers of one client: one cache a resource, however many ask for it. */
export function informerFactory(
  client: Client,
  options: InformerFactoryOptions = {},
): SharedInformerFactory {
  return new SharedInformerFactory({ ...options, client, platform: machineOf(options) });
}
