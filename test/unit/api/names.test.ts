import assert from "node:assert/strict";
import { goQuote } from "../../../lib/api/goQuote.js";
import * as names from "../../../lib/api/names.js";
import { gitVersion, userAgent, versionInfo } from "../../../lib/api/versions.js";

describe("names", () => {
  const long = (length: number) => "a".repeat(length);
  type Rule = (value: string) => string[];
  const rules: [name: string, rule: Rule, right: string[], wrong: string[]][] = [
    ["DNS-1123 label", names.isDns1123Label, ["a", "1-a", long(63)], ["", "A", "-a", long(64)]],
    [
      "DNS-1123 subdomain",
      names.isDns1123Subdomain,
      ["a", "a.b-c.1", long(253)],
      ["", "a..b", "a_b", "a.", long(254)],
    ],
    ["DNS-1035 label", names.isDns1035Label, ["a", "a-1"], ["", "1a", "a-", "A", long(64)]],
    [
      "qualified name",
      names.isQualifiedName,
      ["a", "A_b.c-1", "x.io/a", `${long(253)}/${long(63)}`],
      ["", "/a", "x.io/", "a/b/c", "-a", "X/a", long(64)],
    ],
    ["label value", names.isLabelValue, ["", "a", "A_b.c-1"], ["-", "a b", "a-", long(64)]],
    ["ConfigMap key", names.isConfigMapKey, ["a", ".a", "A_b-c.d"], ["", ".", "..", "..a", "a/b"]],
    ["environment variable", names.isEnvironmentVariableName, ["a", "_A.1-b"], ["", "1a", "..a"]],
    ["relaxed variable", names.isRelaxedEnvironmentVariableName, ["1 a!"], ["", "a=b", "\u00e4"]],
    ["port name", names.isPortName, ["http", "a-1"], ["", "1", "A", "a--b", "-a", long(16)]],
    ["percentage", names.isPercentage, ["1%", "100%"], ["", "1", "%", "-1%"]],
    ["header", names.isHttpHeaderName, ["X-A", "a1"], ["", "a b", "a:"]],
    ["C identifier", names.isCIdentifier, ["_a1"], ["", "1a", "a-b"]],
    ["wildcard", names.isWildcardDns1123Subdomain, ["*.a.b"], ["*", "a.b", "*.*.a"]],
    ["path segment", names.isPathSegmentName, ["a:b", "system:x"], [".", "..", "a/b", "a%b"]],
  ];
  for (const [name, rule, right, wrong] of rules) {
    it(`know a ${name}`, () => {
      for (const value of right) assert.deepEqual(rule(value), [], value);
      for (const value of wrong) assert.notDeepEqual(rule(value), [], value);
    });
  }

  it("explain as upstream does", () => {
    assert.deepEqual(names.isDns1123Subdomain("A"), [
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or " +
        "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex " +
        "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?" +
        "(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ]);
    assert.deepEqual(names.isDns1123Label("a.b"), ["must not contain dots"]);
    assert.deepEqual(names.isDns1123Label(long(64)), ["must be no more than 63 characters"]);
    assert.deepEqual(names.isLabelValue(long(64)), ["must be no more than 63 bytes"]);
    assert.deepEqual(names.isQualifiedName("/a"), ["prefix part must be non-empty"]);
    assert.deepEqual(names.isPortNumber(0), ["must be between 1 and 65535, inclusive"]);
    assert.match(names.isQualifiedName("a b")[0]!, /^name part must consist of .* or '123-abc', /);
  });

  it("let a rule see a generateName", () => {
    assert.equal(names.maskTrailingDash("web-"), "wea");
    assert.equal(names.maskTrailingDash("-"), "-");
    assert.equal(names.maskTrailingDash("web"), "web");
  });
});

describe("Go's quotes", () => {
  const forms: [text: string, quoted: string][] = [
    ["a", '"a"'],
    ['a"b\\', '"a\\"b\\\\"'],
    ["\n\t\x00", '"\\n\\t\\x00"'],
    ["\u00fc\u65e5", '"\u00fc\u65e5"'],
    ["\u200b\u00a0", '"\\u200b\\u00a0"'],
    ["\u{1f600}\u{e0001}", '"\u{1f600}\\U000e0001"'],
  ];
  for (const [text, quoted] of forms) {
    it(`are ${quoted}`, () => assert.equal(goQuote(text), quoted));
  }
});

describe("versions", () => {
  it("are those of Kubernetes 1.37 with this project's behind", () => {
    const info = versionInfo("linux", "x64");
    assert.equal(`${info.major}.${info.minor}`, "1.37");
    assert.match(gitVersion, /^v1\.37\.0\+steersman\.\d+\.\d+\.\d+$/);
    assert.equal(info.gitVersion, gitVersion);
    assert.equal(info.platform, "linux/amd64");
    assert.equal(userAgent("kubelet", "linux", "arm64"), `kubelet/${gitVersion} (linux/arm64)`);
  });
});
