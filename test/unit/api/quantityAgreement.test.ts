import assert from "node:assert/strict";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { Quantity } from "../../../lib/api/quantity.js";

const message = "k8s.io.api.core.v1.ResourceQuota";
const pieces = ["0", "1", "5", "9", "00", "12", "999", "1024", ".", "-", "+", "000000000001"];
const suffixes = [
  "",
  "",
  "n",
  "u",
  "m",
  "k",
  "M",
  "G",
  "T",
  "P",
  "E",
  "Ki",
  "Mi",
  "Gi",
  "Ti",
  "Pi",
];
const exponents = ["Ei", "e3", "E3", "e-3", "e+9", "e30", "e-40", "e", "mm", "x", "K", "i"];

/** What the codec makes of a quantity; undefined where it refuses it. */
function native(text: string): string | undefined {
  const body = Buffer.from(JSON.stringify({ status: { used: { cpu: text } } }));
  const { object } = nativeCodec.decode(message, body, { format: "json", defaults: false });
  if (object === undefined) return undefined;
  const tree = JSON.parse(object.json()) as { status: { used: { cpu: string } } };
  return tree.status.used.cpu;
}

describe("quantities of lib/api and of crates/grammar", () => {
  it("are the same amounts in the same words", () => {
    let state = 7;
    const below = (limit: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return (state >> 8) % limit;
    };
    const all = [...suffixes, ...exponents];
    const problems: string[] = [];
    for (let round = 0; round < 5_000 && problems.length < 5; round += 1) {
      const digits = Array.from({ length: 1 + below(4) }, () => pieces[below(pieces.length)]);
      const text = `${digits.join("")}${all[below(all.length)]}`;
      const [here, there] = [Quantity.tryParse(text), native(text)];
      if (here?.toString() !== there) {
        problems.push(`${text}: ${here?.toString()} and ${there}`);
      }
    }
    assert.deepEqual(problems, []);
  });
});
