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
 */
export function eventRecorder(client: Client, options: RecorderOptions): EventRecorder {
  checkClient(client);
  checkProgramOptions(options, optionChecks, ["component"]);
  const platform = machineOf(options);
  return new CheckedEventRecorder(new ClientEventRecorder({ ...options, client, platform }));
}
