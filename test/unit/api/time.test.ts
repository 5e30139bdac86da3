import assert from "node:assert/strict";
import { percentageOf, scaledValue } from "../../../lib/api/intOrString.js";
import {
  DurationError,
  formatDuration,
  formatDurationMilliseconds,
  formatInternetTime,
  formatMicroTime,
  formatTime,
  parseDuration,
  parseDurationMilliseconds,
  parseMicroTime,
  parseTime,
} from "../../../lib/api/time.js";

describe("times", () => {
  it("are written in UTC, cut to seconds or microseconds", () => {
    assert.equal(formatTime(0), "1970-01-01T00:00:00Z");
    assert.equal(formatTime(1795411920999), "2026-11-23T05:32:00Z");
    assert.equal(formatInternetTime(1795411920999), "Mon, 23 Nov 2026 05:32:00 +0000");
    assert.equal(formatTime(-1), "1969-12-31T23:59:59Z");
    assert.equal(formatMicroTime(1795411920000123), "2026-11-23T05:32:00.000123Z");
    assert.equal(formatTime(2 ** 63 * 1000), "9999-12-31T23:59:59Z");
    assert.equal(formatTime(-(2 ** 63)), "0001-01-01T00:00:00Z");
    assert.match(formatMicroTime(2 ** 63 * 1e6), /^9999-12-31T23:59:59\.\d{6}Z$/);
  });

  const read: [text: string, microseconds: number | undefined][] = [
    ["1970-01-01T00:00:00Z", 0],
    ["1970-01-01T01:00:00+01:00", 0],
    ["1969-12-31T23:30:00-00:30", 0],
    ["1970-01-01T00:00:00.1234567Z", 123456],
    ["2024-02-29T00:00:00Z", 1709164800000000],
    ["2023-02-29T00:00:00Z", undefined],
    ["2023-13-01T00:00:00Z", undefined],
    ["2023-01-01T24:00:00Z", undefined],
    ["2023-01-01T00:00:00", undefined],
    ["2023-01-01", undefined],
    ["", undefined],
  ];
  for (const [text, microseconds] of read) {
    it(`reads "${text}"`, () => {
      assert.equal(parseMicroTime(text), microseconds);
      const milliseconds = microseconds === undefined ? undefined : Math.floor(microseconds / 1000);
      assert.equal(parseTime(text), milliseconds);
    });
  }
});

describe("durations", () => {
  const forms: [text: string, nanoseconds: bigint, printed: string][] = [
    ["0", 0n, "0s"],
    ["1h15m30.918273645s", 4530918273645n, "1h15m30.918273645s"],
    ["300ms", 300000000n, "300ms"],
    ["1.5h", 5400000000000n, "1h30m0s"],
    ["-90s", -90000000000n, "-1m30s"],
    ["2us", 2000n, "2\u00b5s"],
    ["1\u00b5s500ns", 1500n, "1.5\u00b5s"],
    ["999ns", 999n, "999ns"],
    [".5s", 500000000n, "500ms"],
    ["+5m", 300000000000n, "5m0s"],
    ["60m", 3600000000000n, "1h0m0s"],
  ];
  for (const [text, nanoseconds, printed] of forms) {
    it(`reads ${text} and prints ${printed}`, () => {
      assert.equal(parseDuration(text), nanoseconds);
      assert.equal(formatDuration(nanoseconds), printed);
      assert.equal(parseDuration(printed), nanoseconds);
    });
  }

  it("refuse what is none, in Go's words", () => {
    const wrong: [string, string][] = [
      ["", 'time: invalid duration ""'],
      ["5", 'time: missing unit in duration "5"'],
      ["5 s", 'time: unknown unit " s" in duration "5 s"'],
      ["5d", 'time: unknown unit "d" in duration "5d"'],
      [".s", 'time: invalid duration ".s"'],
      ["9999999999h", 'time: invalid duration "9999999999h"'],
    ];
    for (const [text, message] of wrong) {
      assert.throws(() => parseDuration(text), new DurationError(message), text);
    }
  });

  it("are milliseconds too", () => {
    assert.equal(parseDurationMilliseconds("1.5s"), 1500);
    assert.equal(formatDurationMilliseconds(90000), "1m30s");
  });
});

describe("numbers or percentages", () => {
  it("scale with their rounding", () => {
    assert.equal(scaledValue(3, 10, true), 3);
    assert.equal(scaledValue("25%", 10, true), 3);
    assert.equal(scaledValue("25%", 10, false), 2);
    assert.equal(scaledValue("100%", 7, false), 7);
    assert.equal(percentageOf("5%"), 5);
  });

  it("refuse other strings", () => {
    assert.throws(() => scaledValue("5", 10, true), /invalid type: string is not a percentage/);
    assert.throws(() => scaledValue("a%", 10, true), /invalid value "a%"/);
  });
});
