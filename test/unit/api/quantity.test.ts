import assert from "node:assert/strict";
import { Quantity, QuantityError } from "../../../lib/api/quantity.js";

describe("Quantity", () => {
  const forms: [input: string, canonical: string, value: number, milli: number][] = [
    ["0", "0", 0, 0],
    ["000", "0", 0, 0],
    ["0.0", "0", 0, 0],
    // Upstream's path for small numbers takes no digits at all for zero.
    [".", "0", 0, 0],
    ["-Ki", "0", 0, 0],
    ["100m", "100m", 1, 100],
    ["0.5", "500m", 1, 500],
    [".5", "500m", 1, 500],
    ["1.5Gi", "1536Mi", 1610612736, 1610612736000],
    ["1024Ki", "1Mi", 1048576, 1048576000],
    ["1000Ki", "1000Ki", 1024000, 1024000000],
    ["0.1Ki", "102400m", 103, 102400],
    ["1024", "1024", 1024, 1024000],
    ["1000000", "1M", 1000000, 1000000000],
    ["3000k", "3M", 3000000, 3000000000],
    ["1e3", "1e3", 1000, 1000000],
    ["1000e3", "1e6", 1000000, 1000000000],
    ["1e-3", "1e-3", 1, 1],
    ["1E", "1E", 1e18, 1e21],
    ["1000E", "1e21", 1e21, 1e24],
    ["0.9n", "1n", 1, 1],
    ["-0.1", "-100m", -1, -100],
    ["-1500m", "-1500m", -2, -1500],
    ["1.500", "1.500", 2, 1500],
    ["12.0", "12", 12, 12000],
  ];
  for (const [input, canonical, value, milli] of forms) {
    it(`reads ${input} as ${canonical}`, () => {
      const quantity = Quantity.parse(input);
      assert.equal(quantity.toString(), canonical);
      assert.equal(quantity.value(), value);
      assert.equal(quantity.milliValue(), milli);
      assert.ok(Quantity.parse(quantity.toString()).equals(quantity));
    });
  }

  it("caps binary quantities at the largest int64 and keeps larger decimal ones", () => {
    assert.equal(Quantity.parse("8Ei").valueExact(), 2n ** 63n - 1n);
    assert.equal(Quantity.parse("18446744073709551616").valueExact(), 2n ** 64n);
  });

  it("refuses what is none, in upstream's words", () => {
    const pattern = "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    const wrong: [string, string][] = [
      ["", `quantities must match the regular expression ${pattern}`],
      ["x", `quantities must match the regular expression ${pattern}`],
      ["1 ", `quantities must match the regular expression ${pattern}`],
      ["1x", `quantities must match the regular expression ${pattern}`],
      [".Pi", "unable to parse numeric part of quantity"],
      ["e-40", "unable to parse numeric part of quantity"],
      ["1ee", "unable to parse quantity's suffix"],
      ["1i", "unable to parse quantity's suffix"],
      ["1e", "unable to parse quantity's suffix"],
      ["1e999999999", "unable to parse quantity's suffix"],
    ];
    for (const [input, message] of wrong) {
      assert.throws(() => Quantity.parse(input), new QuantityError(message), input);
      assert.equal(Quantity.tryParse(input), undefined);
    }
  });

  it("adds and subtracts exactly, in the first one's format", () => {
    const sum = Quantity.parse("1Gi").add(Quantity.parse("512M"));
    assert.equal(sum.valueExact(), 1073741824n + 512000000n);
    assert.equal(sum.format, "BinarySI");
    assert.equal(Quantity.zero.add(Quantity.parse("1Gi")).toString(), "1Gi");
    assert.equal(Quantity.parse("1").sub(Quantity.parse("1n")).toString(), "999999999n");
    assert.equal(Quantity.parse("100m").multiply(15).toString(), "1500m");
    assert.equal(Quantity.parse("1").neg().toString(), "-1");
  });

  it("compares across formats", () => {
    assert.equal(Quantity.parse("1Ki").compare(Quantity.parse("1k")), 1);
    assert.equal(Quantity.parse("1000m").compare(Quantity.parse("1")), 0);
    assert.equal(Quantity.parse("0.5").compare(Quantity.parse("501m")), -1);
    assert.equal(Quantity.parse("-1").sign(), -1);
  });

  it("is made of numbers", () => {
    assert.equal(Quantity.of(2048, "BinarySI").toString(), "2Ki");
    assert.equal(Quantity.ofMilli(2500).toString(), "2500m");
    assert.equal(Quantity.parse(1.5).toString(), "1500m");
    assert.equal(JSON.stringify({ cpu: Quantity.of(4) }), '{"cpu":"4"}');
  });
});
