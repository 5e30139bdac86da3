import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requirement } from "../../support/clients/requirement.js";
import { HistoryChecker } from "../../support/history/historyChecker.js";
import { StoreHistories } from "../../support/history/storeHistories.js";

/** A line of a history; which of these it has, its type says. */
interface Line {
  type: string;
  id?: number;
  watch?: number;
  observes?: boolean;
  op?: string;
  lazy?: boolean;
  color?: string;
  revision?: number;
  succeeded?: boolean;
  seen?: number;
  newest?: number;
  at?: number;
  events?: { revision: number; kind: string; value: string }[];
  items?: { revision: number; value: string }[];
  item?: { value: string } | null;
  writes?: { value: string | null }[];
}

describe("what the store's clients see while it is stopped again and again", function () {
  this.timeout(600_000);
  const folder = mkdtempSync(join(tmpdir(), "steersman-history-"));
  let checker: HistoryChecker;
  let histories: StoreHistories;

  before(async function () {
    checker = await requirement(this, "Go and its modules", () => HistoryChecker.build());
    histories = await requirement(this, "Rust", () => StoreHistories.build());
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is in order through 80 power losses, rotten bits and full disks", async () => {
    const files = [];
    for (let seed = 1; seed <= 4; seed++)
      files.push(await histories.write(folder, seed, 20, "simulate"));
    const verdicts = await checker.check(files);
    assert.deepEqual(
      verdicts.flatMap((verdict) => verdict.problems),
      [],
    );
    for (const verdict of verdicts) {
      assert.ok(verdict.operations > 500 && verdict.events > 200, JSON.stringify(verdict));
    }
  });

  it("is in order through 20 killed processes on real files", async () => {
    const verdicts = await checker.check([await histories.write(folder, 10, 20, "kill")]);
    assert.deepEqual(
      verdicts.flatMap((verdict) => verdict.problems),
      [],
    );
    assert.ok((verdicts[0]?.operations ?? 0) > 500, JSON.stringify(verdicts));
  });

  it("is written again by its seed", async () => {
    const first = readFileSync(await histories.write(folder, 77, 10, "simulate"), "utf8");
    const second = readFileSync(await histories.write(folder, 77, 10, "simulate"), "utf8");
    assert.equal(first, second);
  });

  describe("is refused when", () => {
    let lines: Line[];

    before(async () => {
      const text = readFileSync(await histories.write(folder, 2, 20, "simulate"), "utf8");
      lines = text.split("\n").flatMap((line) => (line ? [JSON.parse(line) as Line] : []));
    });

    const callOf = (answer: Line): Line | undefined =>
      lines.find((line) => line.type === "call" && line.id === answer.id);
    const watchOf = (batch: Line): Line | undefined =>
      lines.find((line) => line.type === "call" && line.id === batch.watch);
    const middle = (found: Line[]): Line => {
      const line = found[Math.floor(found.length / 2)];
      return line ?? assert.fail("the history has no such line");
    };
    const batches = (isWanted: (batch: Line) => boolean): Line =>
      middle(lines.filter((line) => line.type === "batch" && isWanted(line)));

    const plants: [string, () => void, RegExp][] = [
      [
        "an event is dropped",
        () => {
          batches((b) => !watchOf(b)?.observes && (b.events?.length ?? 0) > 1).events?.shift();
        },
        /is told .*, not/,
      ],
      [
        "an event is told twice",
        () => {
          const { events = [] } = batches((b) => !watchOf(b)?.observes && !!b.events?.length);
          events.push(...events.slice(-1));
        },
        /which did not happen/,
      ],
      [
        "a bookmark is ahead",
        () => {
          const batch = batches((b) => !watchOf(b)?.observes && !!b.events?.length);
          batch.events?.pop();
        },
        /is told (?:nothing|.*), not/,
      ],
      [
        "a selector's watch is told of what it does not select",
        () => {
          const batch = batches((b) => watchOf(b)?.color === "red" && !!b.events?.length);
          const event = batch.events?.[0] ?? assert.fail();
          event.value = event.value.replace("color=red", "color=green");
        },
        /is told .*, not/,
      ],
      [
        "a revision is given twice",
        () => {
          const writes = lines.filter(
            (l) => l.type === "return" && l.succeeded && callOf(l)?.writes?.[0]?.value,
          );
          const at = Math.floor(writes.length / 2);
          (writes[at] as Line).revision = writes[at - 1]?.revision ?? 0;
        },
        /was given to the call|which was shown before/,
      ],
      [
        "what was acknowledged is gone after a power loss",
        () => {
          const opening = middle(lines.filter((l) => l.type === "open" && (l.newest ?? 0) > 50));
          opening.newest = (opening.newest ?? 0) - 20;
        },
        /is lost/,
      ],
      [
        "the store goes on below what was shown",
        () => {
          for (const line of lines) if (line.type === "open") line.at = line.newest ?? 0;
        },
        /was shown before/,
      ],
      [
        "a list misses a key",
        () => {
          middle(
            lines.filter((l) => l.type === "return" && (l.items?.length ?? 0) > 2),
          ).items?.pop();
        },
        /does not show/,
      ],
      [
        "a read is stale",
        () => {
          const reads = lines.filter((l) => l.type === "return" && l.item);
          const read = middle(reads);
          read.item = { ...(reads[0]?.item as { value: string }) };
        },
        /not linearizable/,
      ],
    ];

    for (const [name, plant, problem] of plants) {
      it(name, async () => {
        const whole = structuredClone(lines);
        try {
          plant();
          const file = join(folder, "planted.jsonl");
          writeFileSync(file, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
          const [verdict] = await checker.check([file]);
          assert.match(verdict?.problems.join("\n") ?? "", problem);
        } finally {
          lines = whole;
        }
      });
    }
  });
});
