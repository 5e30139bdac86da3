import assert from "node:assert/strict";

export interface StageRow {
  readonly stage: string;
  readonly needs: readonly string[];
  readonly gives: readonly string[];
  readonly errors: readonly string[];
}

/** The rows of the table in a Markdown document whose first stage has this name. */
export function stageTable(document: string, first: string): StageRow[] {
  const lines = document.split("\n");
  const begin = lines.findIndex((line) => line.startsWith(`| ${first} |`));
  assert.ok(begin > 0, `no table begins with ${first}`);
  const rows: StageRow[] = [];
  for (const line of lines.slice(begin)) {
    if (!line.startsWith("|")) break;
    const [stage = "", needs = "", gives = "", errors = ""] = line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim());
    rows.push({ stage, needs: listed(needs), gives: listed(gives), errors: listed(errors) });
  }
  return rows;
}

function listed(cell: string): string[] {
  return cell === "" ? [] : cell.split(", ");
}
