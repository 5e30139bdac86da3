import assert from "node:assert/strict";
import { formatTime } from "../../../lib/api/time.js";
import { tokenLifeMilliseconds } from "../../../lib/client/tokenLife.js";

const now = Date.UTC(2026, 0, 1);
const at = (seconds: number): string => formatTime(now + seconds * 1000);

describe("the life of a token", () => {
  const cases: [what: string, expires: string | undefined, requested: number, seconds: number][] = [
    ["as the server says", at(3600), 3600, 3600],
    ["shorter than was asked for", at(900), 3600, 900],
    [
      "longer than was asked for: this clock is behind, or the server is generous",
      at(7200),
      3600,
      3600,
    ],
    ["never shorter than the API's shortest", at(600), 60, 600],
    ["this clock is ahead", at(-60), 3600, 3600],
    ["nobody says", undefined, 3600, 3600],
    ["nobody can read what is said", "soon", 3600, 3600],
  ];
  for (const [what, expires, requested, seconds] of cases) {
    it(what, () => assert.equal(tokenLifeMilliseconds(expires, requested, now), seconds * 1000));
  }
});
