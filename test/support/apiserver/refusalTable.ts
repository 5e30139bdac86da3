import assert from "node:assert/strict";
import type { RestAnswer, RestCall } from "./restCaller.js";

/** One request and the refusal that upstream answers it with. */
export interface RefusalRow {
  readonly name: string;
  readonly path: string;
  readonly call?: RestCall;
  readonly code: number;
  readonly reason?: string;
  readonly message?: string | RegExp;
  /** `field reason` of each cause. */
  readonly causes?: readonly string[];
}

interface Status {
  readonly kind?: string;
  readonly status?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { field?: string; reason?: string }[] };
}

/** Asserts code, reason, message and causes. */
export function checkRefusal(row: RefusalRow, answer: RestAnswer): void {
  const text = answer.text();
  assert.equal(answer.status, row.code, text);
  const status = JSON.parse(text) as Status;
  assert.equal(status.kind, "Status", text);
  assert.equal(status.status, "Failure", text);
  assert.equal(status.code, row.code, text);
  if (row.reason !== undefined) assert.equal(status.reason, row.reason, text);
  if (typeof row.message === "string") assert.equal(status.message, row.message);
  else if (row.message) assert.match(status.message ?? "", row.message);
  if (row.causes) {
    const causes = (status.details?.causes ?? []).map(({ field, reason }) => `${field} ${reason}`);
    assert.deepEqual(causes, row.causes, text);
  }
}
