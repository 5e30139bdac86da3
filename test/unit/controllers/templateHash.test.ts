import assert from "node:assert/strict";
import type { PodTemplateSpec } from "../../../lib/api/gen/types/coreV1.js";
import { canonicalJson, templateHash } from "../../../lib/controllers/pod/templateHash.js";
import { SeededRandom } from "../../../lib/platform/virtual/seededRandom.js";

/** The form in the plainest way. */
function plainForm(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plainForm).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined && member !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${plainForm(member)}`);
  return `{${members.join(",")}}`;
}

describe("the hash of a pod template", () => {
  it("is what earlier versions named ReplicaSets by", () => {
    const template = {
      metadata: {
        labels: { b: "2", a: "1" },
        annotations: { é: "ü", "a\n": "\u2028" },
        name: undefined,
      },
      spec: {
        containers: [{ name: "c", image: "i", env: [{ name: "N", value: "v" }], args: [] }],
        priority: null,
        terminationGracePeriodSeconds: 30,
      },
    } as unknown as PodTemplateSpec;
    assert.equal(templateHash(template), "684b648d69");
    assert.equal(templateHash(template, 0), "8456fd6645");
    assert.equal(templateHash(template, 3), "56d8bcc77d");
  });

  it("is of one form, whatever keys and values there are", () => {
    const random = new SeededRandom(7);
    const texts = ["", "a", "b", "é", "\n", '"', "\\", "\ud800", "\uffff", "𐀀", "\u0000", "/"];
    const text = (): string =>
      texts[random.below(texts.length)]! + texts[random.below(texts.length)]!;
    const value = (depth: number): unknown => {
      const kind = random.below(depth > 4 ? 6 : 8);
      if (kind === 6) return Array.from({ length: random.below(4) }, () => value(depth + 1));
      if (kind === 7) {
        return Object.fromEntries(
          Array.from({ length: random.below(5) }, () => [text(), value(depth + 1)]),
        );
      }
      return [null, undefined, random.below(2) === 0, (random.below(2e6) - 1e6) / 64, text(), 1e21][
        kind
      ];
    };
    for (let round = 0; round < 2_000; round++) {
      const object = { value: value(0) };
      assert.equal(canonicalJson(object), plainForm(object));
    }
  });
});
