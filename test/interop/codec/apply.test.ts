import assert from "node:assert/strict";
import { builtInKinds } from "../../../lib/api/builtInKinds.js";
import type { ApiObject } from "../../../lib/api/codec.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { GoReference } from "./goReference.js";

type Tree = Record<string, unknown>;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const served = new Set(
  builtInKinds.resources.map(({ group, version, kind }) =>
    group === "" ? `${version} ${kind}` : `${group}/${version} ${kind}`,
  ),
);
const seriesOfKind = Number(process.env.STEERSMAN_APPLIES ?? 4);
const stepsOfSeries = 8;
const managers = ["a", "b", "c"] as const;

/** The same choices for the same seed. */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 2_654_435_761 + 1;
  }

  below(n: number): number {
    this.#state = (Math.imul(this.#state ^ (this.#state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return (this.#state >>> 1) % n;
  }

  happens(percent: number): boolean {
    return this.below(100) < percent;
  }
}

/** Some of an object's fields and elements, some with another value. */
function part(value: unknown, chance: Chance, depth = 0): unknown {
  if (Array.isArray(value)) {
    const kept = value.filter(() => chance.happens(70));
    const parts = kept.map((item) => part(item, chance, depth + 1));
    if (chance.happens(10)) parts.reverse();
    return chance.happens(3) ? null : parts;
  }
  if (typeof value === "object" && value !== null) {
    const isTypeMeta = (key: string) => depth === 0 && (key === "kind" || key === "apiVersion");
    const isKey = (key: string) => ["name", "type", "port", "key", "ip", "uid"].includes(key);
    const entries = Object.entries(value).flatMap(([key, inner]) => {
      if (isTypeMeta(key) || (key === "metadata" && depth === 0)) return [[key, inner]];
      if (!isKey(key) && !chance.happens(60)) return [];
      return [[key, part(inner, chance, depth + 1)]];
    });
    return chance.happens(2) && depth > 0 ? null : Object.fromEntries(entries);
  }
  if (!chance.happens(15)) return value;
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return chance.happens(30) ? 0 : value + 1;
  return value === "" || chance.happens(20) ? "" : value;
}

function configuration(random: Tree, chance: Chance): Tree {
  const { metadata, ...rest } = random as { metadata?: Tree } & Tree;
  const { labels, annotations, finalizers } = metadata ?? {};
  const own = part({ labels, annotations, finalizers }, chance, 1) as Tree | null;
  const kept = Object.entries(own ?? {}).filter(([, value]) => value !== undefined);
  const tree = part(rest, chance) as Tree;
  return { ...tree, metadata: { ...Object.fromEntries(kept), name: "x", namespace: "default" } };
}

interface Entry {
  time?: string;
}

/** Without times, entries in an order of their own: they stand by the second otherwise. */
function comparable(tree: Tree): Tree {
  const metadata = { ...(tree.metadata as Tree) };
  const entries = ((metadata.managedFields ?? []) as Entry[]).map(({ time: _, ...rest }) =>
    JSON.stringify(rest, (_key, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    ),
  );
  return { ...tree, metadata: { ...metadata, managedFields: entries.sort() } };
}

/** Errors of several fields stand in no order upstream. */
function comparableError(text: string): string {
  return text.split("\n").sort().join("\n");
}

describe("server-side apply beside Kubernetes' Go modules", function () {
  this.timeout(600_000);
  let reference: GoReference;

  before(async function () {
    const started = await GoReference.start();
    if (started instanceof GoReference) reference = started;
    else {
      console.log(`      skipped: ${started.unavailable}`);
      this.skip();
    }
  });

  after(async () => {
    await reference?.stop();
  });

  interface Known {
    readonly apiVersion: string;
    readonly kind: string;
    readonly messageType: string;
  }

  function decoded(messageType: string, json: string): ApiObject {
    const result = nativeCodec.decode(messageType, bytes(json), { format: "json" });
    assert.ok(result.object !== undefined, JSON.stringify(result));
    return result.object;
  }

  async function series(known: Known, seed: number): Promise<number> {
    const { messageType, ...named } = known;
    const chance = new Chance(seed + 1);
    let live: ApiObject | undefined;
    let applied = 0;
    for (let step = 0; step < stepsOfSeries; step += 1) {
      const random = await reference.ask({
        operation: "object",
        ...named,
        seed: seed + (step % 2),
      });
      const patch = configuration(JSON.parse(random.json ?? "{}") as Tree, chance);
      const manager = managers[chance.below(managers.length)] ?? "a";
      const force = chance.happens(50);
      const request = { operation: "apply", ...named, patch, manager, force } as const;
      const before = live === undefined ? {} : { live: JSON.parse(live.json()) as Tree };
      const theirs = await reference.ask({ ...request, ...before });
      // Client-go's schema has what is stored, but for extensions' and the aggregator's kinds.
      if (theirs.error?.includes("no type found matching") === true) return 0;
      const write = {
        manager,
        operation: "Apply",
        apiVersion: known.apiVersion,
        subresource: "",
        time: "2026-01-01T00:00:00Z",
      } as const;
      const text = bytes(JSON.stringify(patch));
      const ours = nativeCodec.apply(messageType, live, text, write, force);
      const what = `${known.apiVersion} ${known.kind}, seed ${seed}, step ${step}`;
      if (theirs.error !== undefined || ours.object === undefined) {
        const found = ours.object === undefined ? ours.message : "applied";
        // What does not decode is worded by the value that is met first.
        const isConversion = theirs.error?.startsWith("failed to convert new object") === true;
        const lead = (message: string) =>
          isConversion && message.startsWith("failed to convert") ? "" : message;
        const wanted = comparableError(lead(theirs.error ?? "applied"));
        assert.equal(comparableError(lead(found)), wanted, what);
        continue;
      }
      applied += 1;
      const wanted = decoded(messageType, theirs.json ?? "");
      const [mine, his] = [ours.object, wanted].map((object) =>
        comparable(JSON.parse(object.json()) as Tree),
      );
      assert.deepEqual(mine, his, what);
      live = ours.object;
    }
    return applied;
  }

  it("gives the same objects, managers and errors through series of applies", async () => {
    const { kinds = [] } = await reference.ask({ operation: "kinds" });
    let applied = 0;
    const differences: string[] = [];
    for (const { apiVersion, kind } of kinds) {
      const found = nativeCodec.findKind(apiVersion, kind);
      // Of versions that nobody serves the types say less.
      const isServed = served.has(`${apiVersion} ${kind}`);
      if (found === undefined || !isServed) continue;
      const known = { apiVersion, kind, messageType: found.messageType };
      for (let seed = 0; seed < seriesOfKind; seed += 1) {
        try {
          applied += await series(known, seed * 10);
        } catch (error) {
          differences.push(error instanceof Error ? error.message : String(error));
          break;
        }
      }
    }
    assert.deepEqual(differences, []);
    assert.ok(applied > 80 * seriesOfKind, `${applied} applies`);
  });
});
