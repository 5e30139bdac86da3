import { execFile } from "node:child_process";
import * as os from "node:os";
import type { Host } from "../host.js";

/**
 * One datagram to systemd's socket. Node has no Unix datagrams; systemd-notify sends it in this
 * process's name
 * (`--pid` needs root or NotifyAccess=main's pid, which systemd-notify sets through
 * SCM_CREDENTIALS).
 */
function notifyServiceManager(state: string): Promise<void> {
  if (!process.env.NOTIFY_SOCKET) return Promise.resolve();
  return new Promise((resolve) => {
    execFile("systemd-notify", [`--pid=${process.pid}`, state], () => resolve());
  });
}

export const nodeHost: Host = {
  pid: process.pid,
  isRoot: process.getuid?.() === 0,
  arguments: process.argv.slice(2),
  environment: process.env,
  platform: process.platform,
  architecture: process.arch === "x64" ? "amd64" : process.arch,
  workingDirectory: process.cwd(),
  temporaryDirectory: os.tmpdir(),
  homeDirectory: os.homedir(),
  hostname: () => os.hostname(),
  kernelVersion: () => os.release(),
  cpuCount: () => os.cpus().length,
  memoryBytes: () => ({
    total: os.totalmem(),
    free: os.freemem(),
    residentSet: process.memoryUsage.rss(),
  }),
  cpuSeconds: () => {
    const usage = process.cpuUsage();
    return { user: usage.user / 1e6, system: usage.system / 1e6 };
  },
  addresses: () =>
    Object.entries(os.networkInterfaces()).flatMap(([interfaceName, entries]) =>
      (entries ?? []).map((entry) => ({
        interfaceName,
        address: entry.address,
        family: entry.family,
        loopback: entry.internal,
      })),
    ),
  writeOutput: (text) => {
    process.stdout.write(text);
  },
  writeError: (text) => {
    process.stderr.write(text);
  },
  onTermination(callback) {
    const onTerm = (): void => callback("SIGTERM");
    const onInterrupt = (): void => callback("SIGINT");
    process.on("SIGTERM", onTerm);
    process.on("SIGINT", onInterrupt);
    return () => {
      process.off("SIGTERM", onTerm);
      process.off("SIGINT", onInterrupt);
    };
  },
  exit: (code) => process.exit(code),
  setExitCode: (code) => {
    process.exitCode = code;
  },
  notifyServiceManager,
};
