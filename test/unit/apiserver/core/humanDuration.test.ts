import assert from "node:assert/strict";
import { age, humanDuration } from "../../../../lib/apiserver/table/humanDuration.js";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe("humanDuration", () => {
  const cases: readonly (readonly [number, string])[] = [
    [-3 * second, "<invalid>"],
    [-second, "0s"],
    [0, "0s"],
    [119 * second, "119s"],
    [2 * minute, "2m"],
    [2 * minute + 5 * second, "2m5s"],
    [10 * minute + 5 * second, "10m"],
    [179 * minute, "179m"],
    [3 * hour, "3h"],
    [3 * hour + 20 * minute, "3h20m"],
    [8 * hour + 20 * minute, "8h"],
    [47 * hour, "47h"],
    [2 * day, "2d"],
    [2 * day + 3 * hour, "2d3h"],
    [8 * day + 3 * hour, "8d"],
    [730 * day - hour, "729d"],
    [730 * day, "2y"],
    [731 * day, "2y1d"],
    [8 * 365 * day + day, "8y"],
  ];
  for (const [milliseconds, text] of cases) {
    it(`${milliseconds} ms is ${text}`, () => {
      assert.equal(humanDuration(milliseconds), text);
    });
  }

  it("says when a time is not known", () => {
    assert.equal(age(null, 0), "<unknown>");
    assert.equal(age("1970-01-01T00:00:00Z", 5000), "5s");
  });
});
