import type { StoreNumbers } from "../../cluster/store/storeStatistics.js";
import type { StoreCheck, StoreKept, StoreRepair } from "../../cluster/store/storeTools.js";

type Loss = StoreCheck["losses"][number];

/** What `store check` prints for a person. */
export function checkText(directory: string, { report, refusal, losses }: StoreCheck): string {
  const lines: string[] = [];
  if (refusal === undefined) {
    const { revision, records, segments, logBytes, closed } = report;
    const end = closed ? "closed in order" : "not closed in order";
    lines.push(
      `${directory}: sound: revision ${revision}, ${records} records in ${segments} segments of ` +
        `${logBytes} bytes, ${end}`,
    );
  } else {
    lines.push(`${directory}: damaged`);
  }
  lines.push(...report.findings.map((finding) => `  ${finding.text}`));
  if (losses.length > 0) lines.push("a repair would have to do without:", ...lossLines(losses));
  return `${lines.join("\n")}\n`;
}

/** What `store repair` prints for a person. */
export function repairText(directory: string, repair: StoreRepair): string {
  const { refusal, losses, originals, kept } = repair;
  if (refusal === undefined) return `${directory}: sound, nothing was done\n`;
  const lines = [
    `${directory}: ${refusal}`,
    losses.length === 0 ? "nothing was lost" : "lost:",
    ...lossLines(losses),
    `kept: ${kept.keys} keys and ${kept.leases} leases, at revision ${kept.revision}`,
    `the files as they were are in ${originals ?? directory}`,
  ];
  return `${lines.join("\n")}\n`;
}

function lossLines(losses: readonly Loss[]): string[] {
  return losses.map(({ path, offset, bytes, what }) => {
    const place = bytes === 0 ? path : `${path} at offset ${offset}, ${bytes} bytes`;
    return `  ${place}: ${what}`;
  });
}

export function keptText(where: string, kept: StoreKept): string {
  return `${where}: ${kept.keys} keys and ${kept.leases} leases, at revision ${kept.revision}\n`;
}

export function statisticsText(numbers: StoreNumbers): string {
  const width = Math.max(0, ...Object.keys(numbers).map((name) => name.length));
  const lines = Object.entries(numbers).map(([name, value]) => `${name.padEnd(width)} ${value}\n`);
  return lines.join("");
}
