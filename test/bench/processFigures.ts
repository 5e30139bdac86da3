import { readFileSync } from "node:fs";

/** The kernel's clock ticks a second, in which /proc counts CPU time. */
const ticksPerSecond = 100;

/** CPU seconds that all threads of a process have used so far, user and system. */
export function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ");
  return (Number(fields?.[11]) + Number(fields?.[12])) / ticksPerSecond;
}

/** What a process has in memory now, or with `VmHWM` had at most. */
export function residentMebibytes(
  pid: number | undefined,
  what: "VmRSS" | "VmHWM" = "VmRSS",
): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}
