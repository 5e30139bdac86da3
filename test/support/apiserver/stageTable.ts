import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Stage } from "../../../lib/apiserver/stages.js";

export interface StageRow {
  readonly stage: string;
  readonly needs: readonly string[];
  readonly gives: readonly string[];
  readonly errors: readonly string[];
}

/** A stage as its row should be. */
export function rowOf<C>({ name, needs, gives, errors }: Stage<C>): StageRow {
  return { stage: name, needs: needs.map(String), gives: gives.map(String), errors };
}

/** Fails where a stage needs what no earlier one gives, or gives what one gave already. */
export function assertOrder<C>(stages: readonly Stage<C>[]): void {
  const given = new Set<keyof C>();
  for (const { name, needs, gives } of stages) {
    for (const field of needs) assert.ok(given.has(field), `${name} needs ${String(field)}`);
    for (const field of gives) {
      assert.ok(!given.has(field), `${name} gives ${String(field)} again`);
      given.add(field);
    }
  }
}

/** The rows of the table in docs/apiserver.md whose first stage has this name. */
export function stageTable(first: string): StageRow[] {
  const document = new URL("../../../../docs/apiserver.md", import.meta.url);
  const lines = readFileSync(fileURLToPath(document), "utf8").split("\n");
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
