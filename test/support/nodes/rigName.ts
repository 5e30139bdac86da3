import { readFileSync } from "node:fs";

let count = 0;

/**
 * When a process began, in clock ticks since the machine's; undefined where there is none, or none
 * that will do anything more. With the pid it names a process for good: pids come again.
 */
function beganAt(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Behind the program's name, which may hold anything but ends with the last bracket.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/**
 * A new name for what this process makes on the machine: it tells whose that is, so that
 * sweepRigs() finds what a process that was killed has left.
 */
export function rigName(kind: string): string {
  return `st${kind}-${process.pid}-${beganAt(process.pid)}-${++count}`;
}

/** The rig that a name of a namespace or directory belongs to; undefined for others' names. */
export function rigOf(name: string): string | undefined {
  return /^st[a-z]+-\d+-\d+-\d+(?=-[a-z]+$|$)/.exec(name)?.[0];
}

/** Whether the process that made a rig is gone. */
export function isOrphan(rig: string): boolean {
  const [, pid, began] = rig.split("-");
  return beganAt(Number(pid)) !== began;
}
