import type { Client } from "../client/client.js";
import {
  ClientEventRecorder,
  type EventRecorder,
  type EventRecorderOptions,
} from "../client/events/eventRecorder.js";
import { type MachineOptions, machineOf } from "./machine.js";

export type RecorderOptions = MachineOptions & Omit<EventRecorderOptions, "client" | "platform">;

/** Writes Events about objects, repeated ones as one with a count, without ever holding up. */
export function eventRecorder(client: Client, options: RecorderOptions): EventRecorder {
  return new ClientEventRecorder({ ...options, client, platform: machineOf(options) });
}
