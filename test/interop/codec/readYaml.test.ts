import assert from "node:assert/strict";
import { readYaml } from "../../../lib/api/readYaml.js";
import { GoReference } from "./goReference.js";

/** Pieces of YAML's grammar; what they are together is mostly wrong, and should be alike. */
const pieces = [
  ..."?:-[]{},\n\t#!'\"\\@`%~",
  ...["a", "b: ", "- ", "? ", ": ", "\n  ", "\n ", "\n    ", " ", "# c", "&x ", "*x", "!!str "],
  ...["!!int ", "|\n", "|-\n  ", ">\n", "''", '""', "---\n", "...\n", "---", "%YAML 1.1\n"],
  ...["%TAG ! tag:x\n", "1", "0644", "yes", "null", "<<: ", "<<", "\\n", "\\x41", "\\u0041", "x:y"],
  ...["http://a.b", "a: 1\n", "b:\n", "- c\n", "\r\n", "\r", "\u0085", "\u2028", "ü", ".inf"],
  ...[
    "1e3",
    "key: value\n",
    "  sub: 1\n",
    "'q'",
    '"d"',
    "[1, 2]",
    "{a: b}",
    "{a}",
    "[a: b]",
    ": x",
  ],
];
/** Pieces of scalars. */
const digits = [
  ...["0", "1", "7", "9", "00", "0x", "0X", "0o", "0b", "0B", "_", "-", "+", ".", "e", "E", "1e3"],
  ...["inf", ".inf", ".nan", "f", "2001", "-01", "-1", "T", "10:", "30", " ", "Z", "+01:00", "12"],
  ...["18446744073709551615", "9223372036854775808", "-9223372036854775808", "yes", "yEs", "no"],
  ...["on", "off", "y", "n", "true", "TRUE", "null", "~", "<<", "p", "x", "0.1", "1e400", "e5"],
];
const tags = [
  ...["", "", "", "", "!!int ", "!!float ", "!!str ", "!!bool ", "!!null ", "!!timestamp "],
  ...["!!binary ", "! ", "!x ", "!!set ", "!<tag:yaml.org,2002:int> "],
];
/** Keys whose texts do not collide: of 1 and '1' in one map Go keeps either. */
const keys = ["a", "b", "c", "yes", "<<", "1"];
const maps = ["1", "{a: 2}", "{b: 3, a: 4}", "*m", "[*m, {b: 5}]", "[*m, *m]"];

function below(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % limit;
  };
}

describe("reading YAML, compared with Go's library", function () {
  this.timeout(600_000);
  let reference: GoReference;
  before(async function () {
    const started = await GoReference.start();
    if (!(started instanceof GoReference)) {
      console.log(`      ${started.unavailable}`);
      this.skip();
    }
    reference = started;
  });
  after(() => reference?.stop());

  /** What differs between the two, if anything. Maps and lists as keys are told in other words. */
  async function difference(text: string): Promise<string | undefined> {
    const body = Buffer.from(text);
    const want = await reference.ask({ operation: "readYaml", body: body.toString("base64") });
    const shown = JSON.stringify(text);
    const cut = (words: string): string =>
      words.replace(/^(yaml: invalid map key: |unsupported map key of type: [^,]*,).*/s, "$1");
    let read: ReturnType<typeof readYaml>;
    try {
      read = readYaml(body);
    } catch (error) {
      const got = (error as Error).message;
      if (cut(want.error ?? "") === cut(got)) return undefined;
      return `${shown}: ${want.error ?? want.json} and not ${got}`;
    }
    const got = Buffer.from(read.json).toString();
    if (want.error !== undefined) return `${shown}: ${want.error} and not ${got}`;
    const strict =
      read.duplicates.length === 0
        ? undefined
        : `yaml: unmarshal errors:\n  ${read.duplicates.join("\n  ")}`;
    if (strict !== want.strict?.[0]) return `${shown}: ${want.strict?.[0]} and not ${strict}`;
    // Depths that JSON.parse takes are too deep for a comparison of trees.
    if (got === want.json) return undefined;
    try {
      assert.deepEqual(JSON.parse(got), JSON.parse(want.json ?? ""));
    } catch {
      return `${shown}: ${want.json} and not ${got}`;
    }
    return undefined;
  }

  async function compare(count: number, text: () => string): Promise<void> {
    const problems: string[] = [];
    for (let round = 0; round < count && problems.length < 5; round++) {
      const problem = await difference(text());
      if (problem !== undefined) problems.push(problem);
    }
    assert.deepEqual(problems, []);
  }

  it("takes and refuses the same texts, in the same words", async () => {
    const next = below(1);
    const text = (): string =>
      Array.from({ length: 1 + next(12) }, () => pieces[next(pieces.length)]).join("");
    await compare(20_000, text);
  });

  it("takes scalars for the same values, as values, keys and what aliases name", async () => {
    const next = below(2);
    const pick = <T>(list: readonly T[]): T => list[next(list.length)]!;
    const scalar = (): string => {
      const text = Array.from({ length: next(5) }, () => pick(digits)).join("");
      const quote = pick(["", "", "", "'", '"']);
      return `${pick(tags)}${quote}${text}${quote}`;
    };
    const forms = [
      () => `a: ${scalar()}`,
      () => `${scalar()}: a`,
      () => `a: &x ${scalar()}\n*x : 1`,
      () => `- ${scalar()}\n- ${scalar()}`,
    ];
    await compare(20_000, () => pick(forms)());
  });

  it("merges maps alike", async () => {
    const next = below(3);
    const pick = <T>(list: readonly T[]): T => list[next(list.length)]!;
    const pairs = (end: string): string =>
      Array.from({ length: next(5) }, () => `${pick(keys)}: ${pick(maps)}${end}`).join("");
    await compare(
      5_000,
      () => `x: &m {${pairs(", ").replaceAll("*m", "c")}}\ny:\n  {${pairs(", ")}}`,
    );
  });

  it("bounds depth and aliases alike", async () => {
    const laughs = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 10; i++) {
      laughs.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join()}]`);
    }
    const texts = [
      laughs.join("\n"),
      laughs.slice(0, 3).join("\n"),
      ...[9_999, 10_000, 10_001].map((depth) => "[".repeat(depth) + "]".repeat(depth)),
      ...[9_999, 10_000, 10_001].map((depth) => "- ".repeat(depth)),
      `a: &a [x]\nb: [${"*a,".repeat(120)}]`,
      `a: &a [${"x,".repeat(200)}]\nb: [${"*a,".repeat(200)}]`,
      `a: &a [${"x,".repeat(2_000)}]\nb: [${"*a,".repeat(250)}]`,
      `a: ${"k".repeat(1_020)}: b`,
      ...[1_023, 1_024, 1_025].map((length) => `${"k".repeat(length)}: b`),
      ...[1_023, 1_024, 1_025].map((length) => `a: {"${"k".repeat(length - 2)}": b}`),
      `a: ${"x".repeat(600)}\u0007`,
      `]${" ".repeat(600)}\u0007`,
    ];
    const problems = [];
    for (const text of texts) problems.push(await difference(text));
    assert.deepEqual(problems.filter(Boolean), []);
  });
});
