import assert from "node:assert/strict";
import type { Pod, PodStatus } from "../../../../lib/api/gen/types/coreV1.js";
import {
  asksForRound,
  type Ending,
  endingOf,
  type LifeEvent,
  lifeStep,
  type PodLife,
} from "../../../../lib/kubelet/pods/podLife.js";
import { pod } from "../../../support/kubelet/kubeletObjects.js";

const verdict = { phase: "Failed", reason: "DeadlineExceeded", message: "late" } as const;
const failed: Ending = { verdict, leaves: false };
const deleted: Ending = { verdict: undefined, leaves: true };
const both: Ending = { verdict, leaves: true };

function lifeAfter(...events: readonly LifeEvent[]): PodLife {
  return events.reduce<PodLife>(lifeStep, { is: "syncing" });
}

describe("podLife", () => {
  it("goes from syncing to finished, and remembers why it ended", () => {
    const end: LifeEvent = { type: "end", ending: failed };
    assert.deepEqual(lifeAfter(end), {
      is: "terminating",
      ending: failed,
      promisedSeconds: undefined,
    });
    const stopped = lifeAfter(end, { type: "promised", seconds: 5 }, { type: "stopped" });
    assert.deepEqual(stopped, { is: "terminated", ending: failed });
    const leaving = lifeStep(stopped, { type: "end", ending: deleted });
    assert.deepEqual(leaving, { is: "terminated", ending: both });
    assert.deepEqual(lifeStep(leaving, { type: "cleaned" }), { is: "finished", ending: both });
  });

  it("keeps the first verdict, and never takes a deletion back", () => {
    const other: Ending = { verdict: { ...verdict, reason: "Other" }, leaves: false };
    const life = lifeAfter(
      { type: "end", ending: deleted },
      { type: "end", ending: failed },
      { type: "end", ending: other },
    );
    assert.deepEqual(life.is === "terminating" && life.ending, both);
  });

  it("takes no step that its state does not have", () => {
    const syncing: PodLife = { is: "syncing" };
    for (const event of ["stopped", "cleaned"] as const) {
      assert.deepEqual(lifeStep(syncing, { type: event }), syncing);
    }
    const terminating = lifeAfter({ type: "end", ending: failed });
    assert.deepEqual(lifeStep(terminating, { type: "cleaned" }), terminating);
    const finished: PodLife = { is: "finished", ending: deleted };
    assert.deepEqual(lifeStep(finished, { type: "stopped" }), finished);
  });

  it("ends with what the API's object says", () => {
    const endings = (status: PodStatus, deletionTimestamp?: string) =>
      endingOf(pod({}, { status, metadata: deletionTimestamp ? { deletionTimestamp } : {} }));
    assert.equal(endings({ phase: "Running" }), undefined);
    assert.deepEqual(endings({ phase: "Failed" })?.leaves, false);
    assert.deepEqual(endings({ phase: "Running" }, "2026-01-01T00:00:00Z")?.leaves, true);
  });

  it("looks at a pod for what it acts upon, not for each write of a status", () => {
    const readinessGates = [{ conditionType: "a.io/x" }];
    const before: Pod = pod({ readinessGates }, { metadata: { generation: 1 } });
    const status = (...types: string[]): PodStatus => ({
      conditions: types.map((type) => ({ type, status: "True" })),
    });
    const changed = (more: Partial<Pod>): Pod => ({ ...before, ...more });
    const { metadata } = before;
    const cases: [string, Pod, boolean][] = [
      ["another's condition", changed({ status: status("a.io/y") }), false],
      ["managed fields", changed({ metadata: { ...metadata, managedFields: [{}] } }), false],
      ["a gate", changed({ status: status("a.io/x") }), true],
      ["readiness", changed({ status: status("Ready") }), true],
      ["a final phase", changed({ status: { phase: "Failed" } }), true],
      ["the spec", changed({ metadata: { ...metadata, generation: 2 } }), true],
      ["a label", changed({ metadata: { ...metadata, labels: { a: "b" } } }), true],
      ["an annotation", changed({ metadata: { ...metadata, annotations: { a: "b" } } }), true],
      ["its deletion", changed({ metadata: { ...metadata, deletionTimestamp: "x" } }), true],
    ];
    for (const [what, now, wanted] of cases) {
      assert.equal(asksForRound(before, now), wanted, what);
    }
  });
});
