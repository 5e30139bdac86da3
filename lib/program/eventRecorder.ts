import { abortSignal, logger, type OptionCheck, someMachine, text } from "../api/optionChecks.js";
import type { Client } from "../client/client.js";
import {
  ClientEventRecorder,
  type EventRecorder,
  type EventRecorderOptions,
} from "../client/events/eventRecorder.js";
import { CheckedEventRecorder } from "./checkedEventRecorder.js";
import { checkClient, checkProgramOptions } from "./checkProgramOptions.js";
import { type MachineOptions, machineOf } from "./machine.js";

/** In whose name Events are written. */
export type RecorderOptions = MachineOptions & Omit<EventRecorderOptions, "client" | "platform">;

const optionChecks: Readonly<Record<keyof RecorderOptions, OptionCheck>> = {
  platform: someMachine,
  component: text,
  host: text,
  logger,
  signal: abortSignal,
};

/**
 * Writes Events about objects, repeated ones as one with a count, without ever holding up. `event`
 * throws an OptionError for what is no event.
 *
 * @example
 * ```ts
 * import { Cluster, eventRecorder, objectReference, resources } from "steersman";
 *
 * const cluster = await Cluster.start({ nodes: 0 });
 * const recorder = eventRecorder(cluster.client, { component: "example" });
 * const namespace = await cluster.client.resource(resources.namespaces).get("default");
 * const about = objectReference(resources.namespaces, namespace);
 * recorder.event(about, "Normal", "Seen", "it is there");
 * for await (const event of cluster.client.resource(resources.events).watch()) {
 *   if (event.type !== "ADDED" || event.object.source?.component !== "example") continue;
 *   console.log(event.object.reason, event.object.message); // → Seen it is there
 *   break;
 * }
 * await cluster.stop();
 * ```
 */
export function eventRecorder(client: Client, options: RecorderOptions): EventRecorder {
  checkClient(client);
  checkProgramOptions(options, optionChecks, ["component"]);
  const platform = machineOf(options);
  return new CheckedEventRecorder(new ClientEventRecorder({ ...options, client, platform }));
}
