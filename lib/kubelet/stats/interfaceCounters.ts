export interface InterfaceCounters {
  readonly name: string;
  readonly rxBytes: number;
  readonly rxErrors: number;
  readonly txBytes: number;
  readonly txErrors: number;
}

/** Reads /proc/PID/net/dev; the loopback is left out. */
export function parseInterfaceCounters(text: string): InterfaceCounters[] {
  const found: InterfaceCounters[] = [];
  for (const line of text.split("\n")) {
    const match = /^\s*([^\s:]+):\s*(.*)$/.exec(line);
    if (!match || match[1] === "lo") continue;
    const numbers = (match[2] ?? "").trim().split(/\s+/).map(Number);
    const [rxBytes = 0, , rxErrors = 0, , , , , , txBytes = 0, , txErrors = 0] = numbers;
    found.push({ name: match[1] as string, rxBytes, rxErrors, txBytes, txErrors });
  }
  return found;
}
