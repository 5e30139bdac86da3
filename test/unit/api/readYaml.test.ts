import assert from "node:assert/strict";
import { readYaml, YamlError } from "../../../lib/api/readYaml.js";

const json = (yaml: string): string => Buffer.from(readYaml(Buffer.from(yaml)).json).toString();

function refused(yaml: string): string {
  try {
    return `taken: ${json(yaml)}`;
  } catch (error) {
    assert.ok(error instanceof YamlError, String(error));
    return error.message;
  }
}

describe("YAML, as Go's library reads it", () => {
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
    // U+FFFD for each byte that is of no character: E1 80 begin one, FF does not.
    ["a: !!binary 4YD/", '{"a":"\ufffd\ufffd\ufffd"}'],
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
    ["x: &x b\n*x : 1", '{"b":1,"x":"b"}'],
  ];
  for (const [yaml, expected] of taken) {
    it(`${JSON.stringify(yaml)} is ${expected}`, () => assert.equal(json(yaml), expected));
  }

  const wrong: readonly [yaml: string, why: string][] = [
    ["a: x\u0007y", "yaml: control characters are not allowed"],
    ["a: x\u0000", "yaml: control characters are not allowed"],
    ["a: \u009f", "yaml: control characters are not allowed"],
    ["a: !!binary '***'", "yaml: !!binary value contains invalid base64 data"],
    ["a: .inf", "json: unsupported value: +Inf"],
    ["a: &x [*x]", "yaml: anchor 'x' value contains itself"],
    ["a: *x", "yaml: unknown anchor 'x' referenced"],
    ["a: !!int x", "yaml: cannot decode !!str `x` as a !!int"],
    ["a: !!bool 1", "yaml: cannot decode !!int `1` as a !!bool"],
    ['a: "\\ud800"', "yaml: found invalid Unicode character escape code"],
    ["b: 1\nnull: v", "unsupported map key of type: %!s(<nil>), key: <nil>"],
    ["[a]: v", "yaml: invalid map key: a map or a list"],
    ["18446744073709551615: v", "unsupported map key of type: uint64, key: 0xffffffffffffffff"],
    ["%YAML 1.2\n---\na: 017", "yaml: found incompatible YAML document"],
    ["\ta: b", "yaml: found character that cannot start any token"],
    ["a: b\n  c: d", "yaml: line 2: mapping values are not allowed in this context"],
    ["- a\n- [b", "yaml: line 2: did not find expected ',' or ']'"],
    [`a: ${"[".repeat(20_000)}`, "yaml: exceeded max depth of 10000"],
  ];
  for (const [yaml, why] of wrong) {
    it(`${JSON.stringify(yaml.slice(0, 30))} is refused`, () => {
      assert.equal(refused(yaml), why);
    });
  }

  it("takes an integer of a million digits without effort", () => {
    const digits = "9".repeat(1_000_000);
    assert.equal(json(`a: ${digits}`), `{"a":"${digits}"}`);
  });

  it("tells keys that a map has twice in a line, and takes the last", () => {
    const read = readYaml(Buffer.from("a: {b: 1, b: 2}\na: 3"));
    assert.equal(Buffer.from(read.json).toString(), '{"a":3}');
    assert.deepEqual(read.duplicates, [
      'line 1: key "b" already set in map',
      'line 2: key "a" already set in map',
    ]);
  });

  it("reads the first of several documents, as upstream's server does, and says so", () => {
    const more = (yaml: string): boolean => readYaml(Buffer.from(yaml)).hasMore;
    assert.equal(json("a: 1\n---\nb: ["), '{"a":1}');
    assert.equal(more("a: 1\n---\nb: ["), true);
    assert.equal(more("---\na: 1\n...\n...\n# end\n"), false);
  });

  const bytes: readonly [name: string, bytes: number[], expected: string][] = [
    ["no UTF-8", [0x61, 0x3a, 0x20, 0xff], "yaml: invalid leading UTF-8 octet"],
    ["half a letter", [0x61, 0x3a, 0x20, 0xc3], "yaml: incomplete UTF-8 octet sequence"],
    ["no UTF-8 in a comment", [0x23, 0xff, 0x0a, 0x61], "yaml: invalid leading UTF-8 octet"],
    ["a surrogate", [0xed, 0xa0, 0x80], "yaml: invalid Unicode character"],
    ["UTF-16", [0xfe, 0xff, 0, 0x61, 0, 0x3a, 0, 0x20, 0, 0x62], '{"a":"b"}'],
    ["UTF-16 the other way", [0xff, 0xfe, 0x61, 0, 0x3a, 0, 0x20, 0, 0x62, 0], '{"a":"b"}'],
    ["half of UTF-16", [0xfe, 0xff, 0x61], "yaml: incomplete UTF-16 character"],
  ];
  for (const [name, body, expected] of bytes) {
    it(`reads ${name} as it should`, () => {
      let got: string;
      try {
        got = Buffer.from(readYaml(Uint8Array.from(body)).json).toString();
      } catch (error) {
        got = (error as Error).message;
      }
      assert.equal(got, expected);
    });
  }
});
