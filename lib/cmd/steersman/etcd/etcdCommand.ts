import { steersmanVersion } from "../../../api/versions.js";
import { addon } from "../../../native/addon.js";
import { createLogger } from "../../../platform/logger.js";
import type { Platform } from "../../../platform/platform.js";
import type { EtcdFlags } from "./etcdOptions.js";
import { readEtcdSettings, withoutEffect } from "./etcdSettings.js";

/** Of etcd, whose API is served. */
const etcdVersion = "3.7.0";

/** Longer than any process lives. */
const longMilliseconds = 1e15;

/**
 * `steersman etcd`: etcd's API over the embedded store until SIGTERM or SIGINT. Throws an Error
 * whose message is for the user.
 */
export async function etcd(flags: EtcdFlags, platform: Platform): Promise<void> {
  const { host } = platform;
  if (flags.version) {
    await host.writeOutput(`etcd Version: ${etcdVersion}\nsteersman ${steersmanVersion}\n`);
    return;
  }
  const settings = readEtcdSettings(flags, platform);
  const logger = createLogger(platform, {
    format: flags.logFormat === "json" ? "json" : "text",
    verbosity: flags.logLevel === "debug" ? 4 : 0,
  }).named("etcd");
  const signalled = new Promise<void>((resolve) => {
    host.onTermination(() => resolve());
  });
  const unused = withoutEffect(flags);
  if (unused.length > 0) logger.warning("Flags without effect", { flags: unused });
  const started = await addon.startEtcdServer(settings);
  const server = started.server();
  const addresses = server.addresses();
  settings.clients.forEach(({ tls }, at) => {
    const { host: address, port } = addresses[at] ?? { host: "", port: 0 };
    const how = tls ? "serving client traffic securely" : "serving client traffic insecurely";
    logger.info(how, {
      address: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
    });
  });
  await host.notifyServiceManager("READY=1");
  // Nothing else of JavaScript's is left to do.
  const holding = platform.clock.setTimer(longMilliseconds, () => undefined, true);
  await signalled;
  holding.cancel();
  await server.close();
}
