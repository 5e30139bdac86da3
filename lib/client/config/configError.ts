/** A configuration that cannot be used; the message is one line for the person who wrote it. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}
