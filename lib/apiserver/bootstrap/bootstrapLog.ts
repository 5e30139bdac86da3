import type { Logger } from "../../platform/logger.js";

/** What Bootstrap.start is given for the log: a line when it fails, and one afterwards. */
export function bootstrapLog(
  logger: Logger,
): readonly [onError: (error: unknown) => void, onWell: () => void] {
  const what = "The server's own objects";
  return [
    (error) => logger.error(`${what} cannot be kept up, which is tried again`, { error }),
    () => logger.info(`${what} are kept up again`),
  ];
}
