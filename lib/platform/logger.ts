import type { Platform } from "./platform.js";

export type LogValues = Readonly<Record<string, unknown>>;

/**
 * Structured logging as upstream's: a fixed message and named values. Values must never hold
 * secrets.
 */
export interface Logger {
  info(message: string, values?: LogValues): void;
  warning(message: string, values?: LogValues): void;
  error(message: string, values?: LogValues): void;
  /** Whether info lines at this verbosity appear: for those that cost something to make. */
  shows(level: number): boolean;
  /** A logger whose info lines appear only at this verbosity (`--v`) or above. */
  verbose(level: number): Logger;
  /** A logger that names its part of the system first. */
  named(name: string): Logger;
}

export interface LoggerOptions {
  readonly format: "text" | "json";
  readonly verbosity: number;
}

type Severity = "I" | "W" | "E";

function plain(value: unknown): unknown {
  if (value instanceof Error) return value.message;
  return typeof value === "bigint" ? value.toString() : value;
}

function textValue(value: unknown): string {
  const shown = plain(value);
  return typeof shown === "number" || typeof shown === "boolean"
    ? String(shown)
    : JSON.stringify(shown ?? null);
}

class WritingLogger implements Logger {
  constructor(
    readonly platform: Pick<Platform, "clock" | "host">,
    readonly options: LoggerOptions,
    readonly name: string,
    readonly level: number,
  ) {}

  info(message: string, values?: LogValues): void {
    if (this.level <= this.options.verbosity) this.#write("I", message, values);
  }
  warning(message: string, values?: LogValues): void {
    this.#write("W", message, values);
  }
  error(message: string, values?: LogValues): void {
    this.#write("E", message, values);
  }
  shows(level: number): boolean {
    return level <= this.options.verbosity;
  }
  verbose(level: number): Logger {
    return new WritingLogger(this.platform, this.options, this.name, level);
  }
  named(name: string): Logger {
    const whole = this.name === "" ? name : `${this.name}.${name}`;
    return new WritingLogger(this.platform, this.options, whole, this.level);
  }

  #write(severity: Severity, message: string, values: LogValues = {}): void {
    const now = this.platform.clock.now();
    const line =
      this.options.format === "json"
        ? this.#json(now, severity, message, values)
        : this.#text(now, severity, message, values);
    this.platform.host.writeError(`${line}\n`);
  }

  #json(now: number, severity: Severity, message: string, values: LogValues): string {
    const fields: Record<string, unknown> = { ts: now };
    if (this.name !== "") fields.logger = this.name;
    fields.msg = message;
    if (severity === "I") fields.v = this.level;
    else fields.severity = severity === "W" ? "warning" : "error";
    for (const [key, value] of Object.entries(values)) fields[key] = plain(value);
    return JSON.stringify(fields);
  }

  /** klog's head (`I1123 05:12:10.123456 1234 name] "message" key="value"`), in UTC. */
  #text(now: number, severity: Severity, message: string, values: LogValues): string {
    const [date = "", time = ""] = new Date(now).toISOString().split("T");
    const stamp = `${date.slice(5, 7)}${date.slice(8, 10)} ${time.slice(0, 12)}000`;
    const pairs = Object.entries(values).map(([key, value]) => ` ${key}=${textValue(value)}`);
    const pid = String(this.platform.host.pid).padStart(7);
    return `${severity}${stamp} ${pid} ${this.name || "steersman"}] ${JSON.stringify(message)}${pairs.join("")}`;
  }
}

export function createLogger(
  platform: Pick<Platform, "clock" | "host">,
  options: LoggerOptions,
): Logger {
  return new WritingLogger(platform, options, "", 0);
}

/** Says nothing: for tests and for the embedding API's default. */
export const silentLogger: Logger = {
  info: () => undefined,
  warning: () => undefined,
  error: () => undefined,
  shows: () => false,
  verbose: () => silentLogger,
  named: () => silentLogger,
};
