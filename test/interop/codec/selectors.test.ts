import assert from "node:assert/strict";
import { FieldSelector } from "../../../lib/api/fields.js";
import { Selector } from "../../../lib/api/labels.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { selectorOf } from "../../../lib/apiserver/registry/selectors.js";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import type { Storage } from "../../../lib/storage/storage.js";
import { GoReference } from "./goReference.js";

/** Pieces of label selectors; what they are together is mostly wrong, and should be alike. */
const pieces = [
  ...["a", "b", "c", "n", "x/y", "in", "notin", "exists", "=", "==", "!=", "!", ">", "<", "(", ")"],
  ...[",", " ", "\t", "1", "7", "-3", "+5", "007", "9223372036854775808", "_", "a.b", "é", "\\"],
  ...["a in (b,c)", "b notin (1)", "n>3", "n<7", "!c", "a=b", "a==", "c!=1", ",,", "()"],
];
/** And of field selectors. */
const fieldPieces = [
  ...["metadata.name", "metadata.namespace", "=", "==", "!=", ",", "\\", "\\,", "\\=", "\\\\"],
  ...["o0", "o1", "default", "", " ", "=o0", "!=o1", "metadata.name=o2"],
];
const labels: readonly Readonly<Record<string, string>>[] = [
  {},
  { a: "b" },
  { a: "c", n: "5" },
  { a: "", b: "1", c: "1" },
  { n: "7", "x/y": "a" },
  { n: "-4", b: "notin", in: "1" },
  { n: "007", a: "1", exists: "b" },
  { n: "5.5", c: "in" },
];
const names = labels.map((_, i) => `o${i}`);
const message = "k8s.io.api.core.v1.ConfigMap";
const prefix = "/registry/configmaps/default/";
const offered = { kind: "ConfigMap", type: { fieldSelectors: [] } };

function below(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % limit;
  };
}

describe("selectors, compared with Go's", function () {
  this.timeout(600_000);
  let reference: GoReference;
  let storage: Storage;
  before(async function () {
    const started = await GoReference.start();
    if (!(started instanceof GoReference)) {
      console.log(`      ${started.unavailable}`);
      this.skip();
    }
    reference = started;
    storage = await openEmbeddedStorage({ clock: nodeClock });
    for (const [i, of] of labels.entries()) {
      const metadata = { name: names[i], namespace: "default", labels: of };
      const body = Buffer.from(JSON.stringify({ metadata }));
      const { object } = nativeCodec.decode(message, body, { format: "json" });
      const value = object!.stored();
      const put = { type: "put", key: `${prefix}${names[i]}`, value } as const;
      await storage.transact({ compare: [], success: [put] });
    }
  });
  after(async () => {
    await storage?.close();
    await reference?.stop();
  });

  /** Which objects the store lists. */
  async function listed(labelSelector: string, fieldSelector: string): Promise<boolean[]> {
    const selector = selectorOf(offered, { labelSelector, fieldSelector });
    const { chunks } = await storage.list({
      prefix,
      view: { messageType: message, format: "json", part: "object" },
      ...(selector === undefined ? {} : { selector }),
    });
    const items = JSON.parse(`[${Buffer.concat(chunks).toString()}]`) as {
      metadata: { name: string };
    }[];
    const found = new Set(items.map((item) => item.metadata.name));
    return names.map((name) => found.has(name));
  }

  const random = (seed: number, of: readonly string[], most: number): (() => string) => {
    const next = below(seed);
    return () => Array.from({ length: 1 + next(most) }, () => of[next(of.length)]).join("");
  };

  it("read the same texts, in the same words, and select the same labels", async () => {
    const text = random(11, pieces, 7);
    const problems: string[] = [];
    let taken = 0;
    for (let round = 0; round < 8_000 && problems.length < 5; round += 1) {
      const selector = text();
      const request = { operation: "labelSelector", text: selector, object: labels } as const;
      const want = await reference.ask(request);
      let got: { text: string; here: boolean[]; stored: boolean[] } | { error: string };
      try {
        const read = Selector.parse(selector);
        const here = labels.map((of) => read.matches(of));
        got = { text: read.toString(), here, stored: await listed(selector, "") };
        taken += 1;
      } catch (error) {
        got = { error: (error as Error).message };
      }
      const selected = JSON.parse(want.json ?? "[]") as boolean[];
      const expected =
        want.error === undefined
          ? { text: want.text ?? "", here: selected, stored: selected }
          : { error: want.error };
      if (JSON.stringify(got) !== JSON.stringify(expected)) {
        problems.push(`${selector}: ${JSON.stringify(expected)}, not ${JSON.stringify(got)}`);
      }
    }
    assert.deepEqual(problems, []);
    assert.ok(taken > 500, `${taken} were selectors`);
  });

  it("read the same texts of fields, and select the same ones", async () => {
    const text = random(12, fieldPieces, 5);
    const fields = names.map((name) => ({
      "metadata.name": name,
      "metadata.namespace": "default",
    }));
    const problems: string[] = [];
    let taken = 0;
    for (let round = 0; round < 4_000 && problems.length < 5; round += 1) {
      const selector = text();
      const request = { operation: "fieldSelector", text: selector, object: fields } as const;
      const want = await reference.ask(request);
      let got: boolean[] | string;
      try {
        const read = FieldSelector.parse(selector);
        const known = read.requirements.every(({ field }) => field in fields[0]!);
        got = fields.map((of: Record<string, string>) => read.matches((field) => of[field]));
        if (known) {
          assert.deepEqual(await listed("", selector), got, selector);
          taken += 1;
        }
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        got = (error as Error).message;
      }
      const expected = want.error ?? (JSON.parse(want.json ?? "[]") as boolean[]);
      if (JSON.stringify(got) !== JSON.stringify(expected)) {
        problems.push(`${selector}: ${JSON.stringify(expected)}, not ${JSON.stringify(got)}`);
      }
    }
    assert.deepEqual(problems, []);
    assert.ok(taken > 100, `${taken} were of known fields`);
  });
});
