import assert from "node:assert/strict";
import { pemBlocks, pemText } from "../../../../lib/api/pki/pemBlocks.js";

const found = (text: string): string[] =>
  [...pemBlocks(text)].map(
    ({ type, hasHeaders, bytes }) => `${type}${hasHeaders ? "+" : ""}:${bytes.toString()}`,
  );
const block = (type: string, data: string, end = type): string =>
  `-----BEGIN ${type}-----\n${data}\n-----END ${end}-----\n`;
const a = "YWFh";

describe("pemBlocks", () => {
  const cases: [what: string, text: string, blocks: string[]][] = [
    ["nothing", "", []],
    ["one block", block("A", a), ["A:aaa"]],
    ["the end of the text", block("A", a).trimEnd(), ["A:aaa"]],
    ["text between blocks", `x\n${block("A", a)}y: z\n${block("B", a)}`, ["A:aaa", "B:aaa"]],
    [
      "carriage returns and spaces at line ends",
      block("A", `${a} `).replaceAll("\n", "\r\n"),
      ["A:aaa"],
    ],
    ["an indented begin", ` ${block("A", a)}`, []],
    ["headers", block("A", `Proc-Type: 4\nX: y\n\n${a}`), ["A+:aaa"]],
    ["a colon after the data", block("A", `${a}\nX: y`), []],
    ["data in many lines", block("A", "YW\nFhY W\tFh"), ["A:aaaaaa"]],
    ["no data", "-----BEGIN A-----\n-----END A-----\n", ["A:"]],
    ["another type at the end", block("A", a, "B") + block("C", a), ["C:aaa"]],
    ["no end", `-----BEGIN A-----\n${a}\n${block("B", a)}`, ["B:aaa"]],
    ["what is not base64", block("A", "YW.h") + block("B", a), ["B:aaa"]],
    ["wrong padding", block("A", "YWFhY") + block("B", "YQ=") + block("C", "YQ=="), ["C:a"]],
    ["more on the end line", block("A", `${a}\n-----END A-----x`), []],
  ];
  for (const [what, text, blocks] of cases) {
    it(`finds ${blocks.length} in ${what}`, () => assert.deepEqual(found(text), blocks));
  }

  it("reads what pemText writes, in lines of 64", () => {
    const bytes = Buffer.alloc(100, 7);
    const text = pemText("T", bytes);
    assert.deepEqual(
      text.split("\n").map((line) => line.length),
      [17, 64, 64, 8, 15, 0],
    );
    const [read] = pemBlocks(text);
    assert.deepEqual(read?.bytes, bytes);
  });

  it("reads a megabyte of begins once", () => {
    assert.deepEqual(found("-----BEGIN A-----\n".repeat(60_000) + block("B", a)), ["B:aaa"]);
  });
});
