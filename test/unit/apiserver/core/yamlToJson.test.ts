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
    ["a: [.]", '{"a":["."]}'],
    ["a: 1e400", '{"a":"1e400"}'],
    ["a: 12e3456", '{"a":"12e3456"}'],
    ["a: 0o17", '{"a":15}'],
    ["a: -0XfF", '{"a":-255}'],
    ["a: 0B1_1", '{"a":3}'],
    ["a: !!float 1", '{"a":1}'],
    ["a: !!set {b}", '{"a":{"b":null}}'],
    ["a: !!omap [b: 1]", '{"a":[{"b":1}]}'],
    ["\ufeffa: b", '{"a":"b"}'],
    ["x: &x b\n*x : 1", '{"x":"b","b":1}'],
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
    ["a: !!int x", `${lead}line 1: cannot decode !!str \`x\` as a !!int`],
    ["a: !!bool 1", /cannot decode/],
    ['a: "\\ud800"', /invalid Unicode character escape code/],
    ["b: 1\nnull: v", /invalid map key/],
    ["[a]: v", /invalid map key/],
    ["18446744073709551615: v", /invalid map key/],
    ["%YAML 1.2\n---\na: 017", `${lead}found incompatible YAML document`],
    [`a: ${"[".repeat(20_000)}`, `${lead}the document nests too deep`],
  ];
  for (const [yaml, why] of wrong) {
    it(`${JSON.stringify(yaml.slice(0, 30))} is refused`, () => {
      if (typeof why === "string") assert.equal(refused(yaml), why);
      else assert.match(refused(yaml), why);
    });
  }

  it("takes an integer of a million digits without effort", () => {
    const digits = "9".repeat(1_000_000);
    assert.equal(json(`a: ${digits}`), `{"a":"${digits}"}`);
  });

  const bytes: readonly [name: string, bytes: number[], expected: RegExp | string][] = [
    ["no UTF-8", [0x61, 0x3a, 0x20, 0xff], /invalid UTF-8/],
    ["half a letter", [0x61, 0x3a, 0x20, 0xc3], /invalid UTF-8/],
    ["no UTF-8 in a comment", [0x23, 0xff, 0x0a, 0x61, 0x3a, 0x31], /invalid UTF-8/],
    ["UTF-16", [0xfe, 0xff, 0, 0x61, 0, 0x3a, 0, 0x20, 0, 0x62], '{"a":"b"}'],
    ["UTF-16 the other way", [0xff, 0xfe, 0x61, 0, 0x3a, 0, 0x20, 0, 0x62, 0], '{"a":"b"}'],
    ["half of UTF-16", [0xfe, 0xff, 0x61], /invalid UTF-16BE/],
  ];
  for (const [name, body, expected] of bytes) {
    it(`reads ${name} as it should`, () => {
      let got: string;
      try {
        got = Buffer.from(yamlToJson(Uint8Array.from(body))).toString("utf8");
      } catch (error) {
        got = (error as Error).message;
      }
      if (typeof expected === "string") assert.equal(got, expected);
      else assert.match(got, expected);
    });
  }
});
