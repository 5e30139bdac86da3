import { gitVersion } from "../api/versions.js";
import { createLogger, type Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import { checkFeatureGates } from "./flags/checkFeatureGates.js";
import { checkFlagFiles } from "./flags/checkFlagFiles.js";
import { checkFlags } from "./flags/checkFlags.js";
import type { FlagDefinition } from "./flags/flagTable.js";
import { FlagError, type FlagValues } from "./flags/flagValues.js";
import { describeFlags, parseFlags } from "./flags/parseFlags.js";

export interface RunningComponent {
  stop(): Promise<void>;
  /** Rejects when the component cannot go on; the process then ends with that message. */
  readonly failed?: Promise<never>;
}

export interface ComponentCommand {
  readonly name: string;
  readonly flags: readonly FlagDefinition[];
  /** Resolves when its ports answer. Throws with one line that says what is wrong and where. */
  readonly start: (
    values: FlagValues,
    logger: Logger,
    platform: Platform,
  ) => Promise<RunningComponent>;
}

/** A stop that takes longer is cut short. */
const stopLimitMilliseconds = 25_000;

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0] as string;
}

/** Reads the flags that all components share. Throws FlagError. */
export function loggerOf(values: FlagValues, platform: Platform): Logger {
  const format = values.string("logging-format") || "text";
  if (format !== "json" && format !== "text") {
    throw new FlagError(`--logging-format: ${JSON.stringify(format)} is neither json nor text`);
  }
  return createLogger(platform, { format, verbosity: values.integer("v") });
}

/**
 * One component as a process: flags, help, version, logging, systemd's notifications, a clean stop
 * on SIGTERM and SIGINT. Wrong flags and failures to start are one line on standard error and exit
 * code 1.
 */
export async function runComponent(command: ComponentCommand, platform: Platform): Promise<void> {
  const { host } = platform;
  let values: FlagValues;
  try {
    values = parseFlags(command.flags, host.arguments);
  } catch (error) {
    host.writeError(`Error: ${messageOf(error)}\n`);
    host.setExitCode(1);
    return;
  }
  if (values.boolean("help")) {
    await host.writeOutput(describeFlags(command.name, command.flags));
    return;
  }
  if (values.string("version") === "raw") {
    await host.writeOutput(`version.Info{Major:"1", Minor:"37", GitVersion:"${gitVersion}"}\n`);
    return;
  }
  if (values.boolean("version")) {
    await host.writeOutput(`Kubernetes ${gitVersion}\n`);
    return;
  }
  let logger: Logger;
  try {
    logger = loggerOf(values, platform).named(command.name);
  } catch (error) {
    host.writeError(`Error: ${messageOf(error)}\n`);
    host.setExitCode(1);
    return;
  }
  try {
    await runUntilStopped(command, values, logger, platform);
  } catch (error) {
    logger
      .verbose(4)
      .info("The failure in full", { stack: error instanceof Error ? error.stack : "" });
    host.writeError(`Error: ${command.name}: ${messageOf(error)}\n`);
    host.exit(1);
  }
}

async function runUntilStopped(
  command: ComponentCommand,
  values: FlagValues,
  logger: Logger,
  platform: Platform,
): Promise<void> {
  const { host, clock } = platform;
  // What guards and would not is told before anything is opened.
  const inert = checkFlags(command.name, values);
  const gates = values.has("feature-gates") ? checkFeatureGates(values) : [];
  checkFlagFiles(platform, values);
  let stop: (() => void) | undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  // Two signals: the second does not wait for a clean stop.
  let signals = 0;
  const off = host.onTermination(() => {
    signals += 1;
    if (signals > 1) host.exit(1);
    stop?.();
  });
  const starting = command.start(values, logger, platform);
  const component = await Promise.race([starting, stopped.then(() => undefined)]);
  if (!component) {
    starting.then((late) => late.stop()).catch(() => undefined);
    return host.exit(0);
  }
  const unread = [...new Set([...inert, ...values.unreadSet()])];
  if (unread.length > 0) {
    logger.warning("These flags have no effect yet (see docs/flags.md)", { flags: unread.sort() });
  }
  if (gates.length > 0) logger.warning("These feature gates have no effect", { gates });
  const deprecated = values.deprecatedSet();
  if (deprecated.length > 0) {
    logger.warning("These flags are deprecated", { flags: deprecated.sort() });
  }
  await host.notifyServiceManager("READY=1");
  await (component.failed ? Promise.race([stopped, component.failed]) : stopped);
  await host.notifyServiceManager("STOPPING=1");
  logger.info("Stopping", { component: command.name });
  const limit = clock.setTimer(stopLimitMilliseconds, () => host.exit(1), true);
  await component.stop();
  limit.cancel();
  off();
  host.exit(0);
}
