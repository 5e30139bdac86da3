import type { Platform } from "../../platform/platform.js";
import type { ContainerRuntime } from "../cri/runtime.js";

/** What this machine is, for node status. Simulated nodes give their own. */
export interface Machine {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly ephemeralStorageBytes: number;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly containerRuntimeVersion: string;
}

/** What is left of what runs out, measured now. Undefined where it cannot be measured. */
export interface Pressure {
  readonly memoryAvailableBytes: number | undefined;
  readonly nodeDiskAvailableFraction: number | undefined;
  readonly imageDiskAvailableFraction: number | undefined;
  readonly pidsAvailableFraction: number | undefined;
}

async function readLine(platform: Platform, path: string): Promise<string> {
  return (await platform.files.readText(path).catch(() => "")).trim();
}

function meminfo(text: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text);
  return match ? Number(match[1]) * 1024 : undefined;
}

export async function readMachine(
  platform: Platform,
  runtime: ContainerRuntime,
  rootDirectory: string,
): Promise<Machine> {
  const { host, files } = platform;
  const [version, memory, release, disk] = await Promise.all([
    runtime.version(),
    files.readText("/proc/meminfo").catch(() => ""),
    files.readText("/etc/os-release").catch(() => ""),
    files.usage(rootDirectory).catch(() => undefined),
  ]);
  return {
    cpuMilli: host.cpuCount() * 1000,
    memoryBytes: meminfo(memory, "MemTotal") ?? host.memoryBytes().total,
    ephemeralStorageBytes: disk?.totalBytes ?? 0,
    machineId: await readLine(platform, "/etc/machine-id"),
    systemUuid: await readLine(platform, "/sys/class/dmi/id/product_uuid"),
    bootId: await readLine(platform, "/proc/sys/kernel/random/boot_id"),
    kernelVersion: host.kernelVersion(),
    osImage: /^PRETTY_NAME="?(.*?)"?$/m.exec(release)?.[1] ?? "Linux",
    operatingSystem: host.platform,
    architecture: host.architecture,
    containerRuntimeVersion: `${version.runtimeName}://${version.runtimeVersion}`,
  };
}

export async function measurePressure(
  platform: Platform,
  runtime: ContainerRuntime,
  rootDirectory: string,
): Promise<Pressure> {
  const { files } = platform;
  const fraction = async (path: string): Promise<number | undefined> => {
    const usage = await files.usage(path).catch(() => undefined);
    return usage && usage.totalBytes > 0 ? usage.availableBytes / usage.totalBytes : undefined;
  };
  const imageFileSystems = await runtime.imageFileSystem().catch(() => []);
  const memory = await files.readText("/proc/meminfo").catch(() => "");
  const [pidMax, load] = await Promise.all([
    readLine(platform, "/proc/sys/kernel/pid_max"),
    readLine(platform, "/proc/loadavg"),
  ]);
  const running = Number(/\/(\d+)/.exec(load)?.[1]);
  const maximum = Number(pidMax);
  const mountpoint = imageFileSystems[0]?.mountpoint;
  return {
    memoryAvailableBytes: meminfo(memory, "MemAvailable"),
    nodeDiskAvailableFraction: await fraction(rootDirectory),
    imageDiskAvailableFraction: mountpoint ? await fraction(mountpoint) : undefined,
    pidsAvailableFraction: maximum > 0 && running > 0 ? 1 - running / maximum : undefined,
  };
}
