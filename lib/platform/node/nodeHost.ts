import { readdirSync, readFileSync } from "node:fs";
import * as os from "node:os";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Host } from "../host.js";

/**
 * One datagram to systemd's socket, from this very process: the manager looks at the sender. Node
 * has no Unix datagrams, so the addon sends it; it is loaded only when there is a socket. A manager
 * that is gone is no reason to fail.
 */
async function notifyServiceManager(state: string): Promise<void> {
  const path = process.env.NOTIFY_SOCKET;
  if (!path) return;
  const { addon } = await import("../../native/addon.js");
  try {
    addon.notifyServiceManager(path, state);
  } catch (error) {
    process.stderr.write(`NOTIFY_SOCKET: ${(error as Error).message}\n`);
  }
}

/**
 * V8's heap of young objects grows to 16 MiB and more for the sake of speed, and compiled code takes
 * memory twice: its own, and the compiler's pages.
 */
function preferLittleMemory(): void {
  for (const flag of ["--semi-space-growth-factor=1", "--no-opt", "--no-sparkplug"]) {
    setFlagsFromString(flag);
  }
}

let collectGarbage: (() => void) | undefined;

/** V8 gives it to contexts that are made while a flag is set. */
function garbageCollection(): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  return collect;
}

async function releaseMemory(): Promise<void> {
  collectGarbage ??= garbageCollection();
  collectGarbage();
  const { addon } = await import("../../native/addon.js");
  addon.releaseMemory();
}

let outputProblem: string | undefined;
let isListening = false;

/** Nobody reads the log any more: that is for health checks to tell, and no reason to end. */
function writeError(text: string): void {
  if (!isListening) {
    isListening = true;
    process.stderr.on("error", (error) => {
      outputProblem = error.message;
    });
  }
  process.stderr.write(text, (error) => {
    outputProblem = error?.message;
  });
}

let isOutputWatched = false;

function writeOutput(text: string): Promise<void> {
  // Who wrote is told; unheard it would end the process.
  if (!isOutputWatched) process.stdout.on("error", () => undefined);
  isOutputWatched = true;
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error) reject(new Error(`standard output: ${error.message}`));
      else resolve();
    });
  });
}

export const nodeHost: Host = {
  pid: process.pid,
  userId: process.getuid?.(),
  isRoot: process.getuid?.() === 0,
  arguments: process.argv.slice(2),
  executable: process.execPath,
  environment: process.env,
  platform: process.platform,
  architecture: process.arch === "x64" ? "amd64" : process.arch,
  workingDirectory: process.cwd(),
  temporaryDirectory: os.tmpdir(),
  homeDirectory: os.homedir(),
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  hostname: () => os.hostname(),
  kernelVersion: () => os.release(),
  cpuCount: () => os.cpus().length,
  memoryBytes: () => ({
    total: os.totalmem(),
    free: os.freemem(),
    residentSet: process.memoryUsage.rss(),
  }),
  preferLittleMemory,
  releaseMemory,
  cpuSeconds: () => {
    const usage = process.cpuUsage();
    return { user: usage.user / 1e6, system: usage.system / 1e6 };
  },
  processUse,
  addresses: () =>
    Object.entries(os.networkInterfaces()).flatMap(([interfaceName, entries]) =>
      (entries ?? []).map((entry) => ({
        interfaceName,
        address: entry.address,
        family: entry.family,
        loopback: entry.internal,
      })),
    ),
  writeOutput,
  writeError,
  outputProblem: () => outputProblem,
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

/** As Linux tells it; elsewhere nobody does. */
function processUse(): ReturnType<Host["processUse"]> {
  try {
    const bytes = /^VmSize:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return {
      virtualMemoryBytes: Number(bytes?.[1] ?? 0) * 1024,
      openFiles: readdirSync("/proc/self/fd").length,
      maxOpenFiles: Number(limit?.[1] ?? 0),
    };
  } catch {
    return undefined;
  }
}
