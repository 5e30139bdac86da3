import assert from "node:assert/strict";
import { FieldSelector } from "../../../lib/api/fields.js";
import { SelectorError } from "../../../lib/api/labelRequirement.js";
import { formatLabelSelector, formatLabels, Selector } from "../../../lib/api/labels.js";

describe("label selectors", () => {
  const forms: [text: string, printed: string][] = [
    ["", ""],
    ["a", "a"],
    ["!a", "!a"],
    ["a=b", "a=b"],
    ["a == b", "a==b"],
    ["a!=b", "a!=b"],
    ["a=", "a="],
    ["a in (c,b, b)", "a in (b,c)"],
    ["a notin ()", "a notin ()"],
    ["a in (,b)", "a in (,b)"],
    ["a in (b,)", "a in (,b)"],
    ["a>1,b<2", "a>1,b<2"],
    ["b=1,a=2", "a=2,b=1"],
    ["x.io/in in (in, notin)", "x.io/in in (in,notin)"],
    ["in=in", "in=in"],
  ];
  for (const [text, printed] of forms) {
    it(`reads "${text}"`, () => assert.equal(Selector.parse(text).toString(), printed));
  }

  const matching: [text: string, labels: Record<string, string>, is: boolean][] = [
    ["", {}, true],
    ["a=b", { a: "b" }, true],
    ["a=b", {}, false],
    ["a!=b", {}, true],
    ["a!=b", { a: "b" }, false],
    ["a in (b,c)", { a: "c" }, true],
    ["a notin (b,c)", { a: "c" }, false],
    ["a notin (b,c)", {}, true],
    ["a", { a: "" }, true],
    ["!a", { a: "" }, false],
    ["a>5", { a: "6" }, true],
    ["a>5", { a: "x" }, false],
    ["a<5", { a: "5" }, false],
    ["a=b,c=d", { a: "b" }, false],
    ["constructor", {}, false],
  ];
  for (const [text, labels, is] of matching) {
    it(`"${text}" ${is ? "matches" : "does not match"} ${JSON.stringify(labels)}`, () => {
      assert.equal(Selector.parse(text).matches(labels), is);
    });
  }

  const wrong: [text: string, message: string][] = [
    ["a=b,", "found '', expected: identifier after ','"],
    ["=a", "found '=', expected: !, identifier, or 'end of string'"],
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["a in (b", "unable to parse requirement: found '', expected: ',' or ')'"],
    ["a=b c", "found 'c', expected: ',' or 'end of string'"],
    ["!", "unable to parse requirement: found '', expected: identifier"],
    ["a==(", "unable to parse requirement: found '(', expected: identifier"],
    [
      "a>x",
      'unable to parse requirement: values[0]: Invalid value: "x": ' +
        "for 'Gt', 'Lt' operators, the value must be an integer",
    ],
  ];
  for (const [text, message] of wrong) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => Selector.parse(text), new SelectorError(message));
    });
  }

  it("refuses keys and values that no label has", () => {
    assert.throws(
      () => Selector.parse("a/b/c=d"),
      /<nil>: Invalid value: "a\/b\/c": a valid label key/,
    );
    assert.throws(
      () => Selector.parse(`a=${"x".repeat(64)}`),
      /values\[0\]\[a\]: Invalid value: "x{64}": must be no more than 63 bytes/,
    );
  });

  it("come from objects", () => {
    const selector = {
      matchLabels: { app: "web" },
      matchExpressions: [
        { key: "tier", operator: "In", values: ["b", "a"] },
        { key: "old", operator: "DoesNotExist" },
      ],
    };
    const parsed = Selector.ofLabelSelector(selector);
    assert.equal(parsed.toString(), "app=web,!old,tier in (a,b)");
    assert.equal(parsed.matches({ app: "web", tier: "a" }), true);
    assert.equal(formatLabelSelector(selector), "app=web,!old,tier in (a,b)");
    assert.equal(Selector.ofLabelSelector(undefined).matches({}), false);
    assert.equal(Selector.ofLabelSelector({}).matches({ a: "b" }), true);
    assert.equal(formatLabelSelector({}), "<none>");
    const odd = { matchExpressions: [{ key: "a", operator: "Like", values: [] }] };
    assert.throws(
      () => Selector.ofLabelSelector(odd),
      new SelectorError('"Like" is not a valid label selector operator'),
    );
    const empty = { matchExpressions: [{ key: "a", operator: "In", values: [] }] };
    assert.throws(() => Selector.ofLabelSelector(empty), /values set can't be empty/);
  });

  it("say which value they require", () => {
    assert.equal(Selector.parse("a=b,c!=d").requiredValue("a"), "b");
    assert.equal(Selector.parse("a in (b)").requiredValue("a"), "b");
    assert.equal(Selector.parse("a in (b,c)").requiredValue("a"), undefined);
    assert.equal(Selector.parse("a!=b").requiredValue("a"), undefined);
  });

  it("are made of labels as they are", () => {
    assert.equal(Selector.ofLabels({ "not a key": "v" }).matches({ "not a key": "v" }), true);
    assert.equal(formatLabels({ b: "2", a: "1" }), "a=1,b=2");
  });
});

describe("field selectors", () => {
  const parse = (text: string) => FieldSelector.parse(text).toString();

  it("are read and printed", () => {
    assert.equal(parse("metadata.name=a,spec.nodeName!=b"), "metadata.name=a,spec.nodeName!=b");
    assert.equal(parse("a==b,,"), "a=b");
    assert.equal(parse("a=x\\,y\\=z\\\\"), "a=x\\,y\\=z\\\\");
    assert.equal(FieldSelector.parse("a=x\\,y").requirements[0]?.value, "x,y");
    assert.equal(FieldSelector.parse("").isEverything, true);
  });

  it("match, an absent field being empty", () => {
    const of = (fields: Record<string, string>) => (field: string) => fields[field];
    const selector = FieldSelector.parse("spec.nodeName=,status.phase!=Failed");
    assert.equal(selector.matches(of({})), true);
    assert.equal(selector.matches(of({ "spec.nodeName": "n" })), false);
    assert.equal(selector.matches(of({ "status.phase": "Failed" })), false);
    assert.equal(FieldSelector.parse("metadata.name=a").requiredValue("metadata.name"), "a");
  });

  it("refuse what they cannot read", () => {
    const wrong: [string, string][] = [
      ["a", "invalid selector: 'a'; can't understand 'a'"],
      ["a=b=c", "invalid field selector: unescaped character in value: 61"],
      ["b,a", "invalid selector: 'b,a'; can't understand 'a'"],
      ["a=\\x", "invalid field selector: invalid escape sequence: \\x"],
    ];
    for (const [text, message] of wrong) {
      assert.throws(() => FieldSelector.parse(text), new SelectorError(message), text);
    }
  });

  it("refuse fields that the kind does not select by", () => {
    const selector = FieldSelector.parse("spec.x=1");
    assert.throws(
      () => selector.check("Pod", ["spec.nodeName"]),
      new SelectorError("field label not supported: spec.x"),
    );
    assert.throws(
      () => selector.check("ConfigMap", []),
      new SelectorError(
        '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
      ),
    );
    FieldSelector.parse("metadata.namespace=a").check("ConfigMap", []);
  });
});
