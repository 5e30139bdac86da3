import assert from "node:assert/strict";
import { ApiError } from "../../../../lib/api/status.js";
import { yamlToJson } from "../../../../lib/apiserver/registry/yamlToJson.js";

const json = (yaml: string): string => Buffer.from(yamlToJson(Buffer.from(yaml))).toString("utf8");

function refused(yaml: string): string {
  try {
    return `taken: ${json(yaml)}`;
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    assert.equal(error.code, 400);
    return error.message;
  }
}

describe("YAML bodies", () => {
  const taken: readonly [yaml: string, json: string][] = [
    ["a: 9007199254740993", '{"a":9007199254740993}'],
    ["a: -9223372036854775808", '{"a":-9223372036854775808}'],
    ["a: 18446744073709551615", '{"a":18446744073709551615}'],
    ["a: 0x7fffffffffffffff", '{"a":9223372036854775807}'],
    ["a: 0777777777777777777777", '{"a":9223372036854775807}'],
    ["a: 9_007_199_254_740_993", '{"a":9007199254740993}'],
    ["a: 0b11", '{"a":3}'],
    ["a: 12", '{"a":12}'],
    ["a: 1.5", '{"a":1.5}'],
    ["a: [1, 9007199254740993]", '{"a":[1,9007199254740993]}'],
    ["a: '9007199254740993'", '{"a":"9007199254740993"}'],
    ["9007199254740993: a", '{"9007199254740993":"a"}'],
    ["a: !!binary aGk=", '{"a":"hi"}'],
    ["a: !!binary |\n  aGVs\n  bG8=\n", '{"a":"hello"}'],
    ['a: "x\\a"', '{"a":"x\\u0007"}'],
    ["a: 1:30", '{"a":"1:30"}'],
    ["__proto__: {a: 1}", '{"__proto__":{"a":1}}'],
    ["a: &x 9007199254740993\nb: *x", '{"a":9007199254740993,"b":9007199254740993}'],
    ["", "null"],
  ];
  for (const [yaml, expected] of taken) {
    it(`${JSON.stringify(yaml)} is ${expected}`, () => assert.equal(json(yaml), expected));
  }

  const lead = "error converting YAML to JSON: yaml: ";
  const wrong: readonly [yaml: string, why: string | RegExp][] = [
    ["a: x\u0007y", `${lead}control characters are not allowed`],
    ["a: x\u0000", `${lead}control characters are not allowed`],
    ["a: \u009f", `${lead}control characters are not allowed`],
    ["a: !!binary '***'", /!!binary value contains invalid base64 data/],
    ["a: .inf", /unsupported value: Infinity/],
    ["a: &x [*x]", new RegExp(`^${lead}`)],
    [`a: ${"[".repeat(20_000)}`, `${lead}the document nests too deep`],
  ];
  for (const [yaml, why] of wrong) {
    it(`${JSON.stringify(yaml.slice(0, 30))} is refused`, () => {
      if (typeof why === "string") assert.equal(refused(yaml), why);
      else assert.match(refused(yaml), why);
    });
  }

  it("takes an integer of a million digits without effort", () => {
    assert.match(refused(`a: ${"9".repeat(1_000_000)}`), /unsupported value/);
  });
});
