import assert from "node:assert/strict";
import {
  formatCidr,
  formatIp,
  parseCidr,
  parseIp,
  rangeContains,
} from "../../../lib/api/ipAddress.js";
import { isCidr, isIpAddress } from "../../../lib/api/names.js";

describe("IP addresses", () => {
  const forms: [text: string, canonical: string][] = [
    ["0.0.0.0", "0.0.0.0"],
    ["10.96.0.1", "10.96.0.1"],
    ["255.255.255.255", "255.255.255.255"],
    ["::", "::"],
    ["::1", "::1"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"],
    ["::ffff:1.2.3.4", "::ffff:102:304"],
  ];
  for (const [text, canonical] of forms) {
    it(`reads ${text}`, () => {
      const address = parseIp(text);
      assert.ok(address);
      assert.equal(formatIp(address), canonical);
      assert.deepEqual(isIpAddress(text), []);
    });
  }

  it("refuse other texts", () => {
    const wrong = [
      "",
      "1.2.3",
      "1.2.3.4.5",
      "01.2.3.4",
      "256.1.1.1",
      "1:2",
      ":::",
      "1::2::3",
      "g::",
    ];
    for (const text of [...wrong, "1.2.3.4/24", " 1.2.3.4"]) {
      assert.equal(parseIp(text), undefined, text);
      assert.equal(isIpAddress(text).length, 1, text);
    }
  });
});

describe("address ranges", () => {
  it("drop the bits behind the prefix", () => {
    const range = parseCidr("10.20.3.4/16");
    assert.ok(range);
    assert.equal(formatCidr(range), "10.20.0.0/16");
    assert.equal(range.size, 65536n);
    assert.equal(formatCidr(parseCidr("fd00::1/64")!), "fd00::/64");
    assert.equal(parseCidr("0.0.0.0/0")?.size, 2n ** 32n);
  });

  it("contain their addresses only", () => {
    const range = parseCidr("10.20.0.0/24")!;
    const contains = (text: string) => rangeContains(range, parseIp(text)!);
    assert.equal(contains("10.20.0.0"), true);
    assert.equal(contains("10.20.0.255"), true);
    assert.equal(contains("10.20.1.0"), false);
    assert.equal(contains("::a14:1"), false);
  });

  it("refuse other texts", () => {
    for (const text of [
      "",
      "10.0.0.0",
      "10.0.0.0/33",
      "10.0.0.0/08",
      "10.0.0.0/",
      "::/129",
      "/8",
    ]) {
      assert.equal(parseCidr(text), undefined, text);
      assert.equal(isCidr(text).length, 1, text);
    }
  });
});
