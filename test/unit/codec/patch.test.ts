import assert from "node:assert/strict";
import type { ApiObject, DecodeResult } from "../../../lib/api/codec.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";

const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

function objectOf(result: DecodeResult): ApiObject {
  assert.ok(result.object !== undefined, JSON.stringify(result));
  return result.object;
}

interface Container {
  name: string;
  image?: string;
  args?: string[];
}

interface Tree {
  metadata: { labels?: Record<string, string>; finalizers?: string[] };
  spec: {
    containers: Container[];
    volumes?: Record<string, unknown>[];
    nodeSelector?: Record<string, string>;
    activeDeadlineSeconds?: number;
  };
}

const original = {
  metadata: { name: "p", labels: { a: "1", b: "2" }, finalizers: ["x/a", "x/b", "x/c"] },
  spec: {
    containers: [
      { name: "one", image: "i1", args: ["a", "b"] },
      { name: "two", image: "i2" },
      { name: "three", image: "i3" },
    ],
    volumes: [{ name: "v", emptyDir: {} }],
    nodeSelector: { disk: "ssd" },
    // biome-ignore lint/correctness/noPrecisionLoss: what is lost in JavaScript is the case.
    activeDeadlineSeconds: 9007199254740993,
  },
};
const pod = objectOf(
  nativeCodec.decode(
    "k8s.io.api.core.v1.Pod",
    bytes(JSON.stringify(original).replace("9007199254740992", "9007199254740993")),
    { format: "json" },
  ),
);

function strategic(patch: unknown): Tree {
  return JSON.parse(objectOf(nativeCodec.strategicMergePatch(pod, bytes(patch))).json()) as Tree;
}

describe("strategic merge patch", () => {
  it("takes integers in a floating point form, and other numbers not", () => {
    for (const [text, seconds] of [
      ["7.0", 7],
      ["7e1", 70],
    ] as const) {
      const patch = `{"spec":{"activeDeadlineSeconds":${text}}}`;
      assert.equal(strategic(patch).spec.activeDeadlineSeconds, seconds);
    }
    const refused = nativeCodec.strategicMergePatch(
      pod,
      bytes('{"spec":{"activeDeadlineSeconds":7.5}}'),
    );
    assert.ok(refused.object === undefined);
    assert.equal(refused.errors[0]?.message, "cannot convert float64 to int64");
    const merged = nativeCodec.mergePatch(pod, bytes('{"spec":{"activeDeadlineSeconds":7.0}}'));
    assert.ok(merged.object === undefined, "a merge patch keeps texts, as upstream's");
  });

  it("merges maps, and lists by their key", () => {
    const tree = strategic({
      metadata: { labels: { a: null, c: "3" } },
      spec: { containers: [{ name: "two", image: "new" }, { name: "four" }] },
    });
    assert.deepEqual(tree.metadata.labels, { b: "2", c: "3" });
    assert.deepEqual(
      tree.spec.containers.map((c) => [c.name, c.image]),
      [
        ["one", "i1"],
        ["two", "new"],
        ["four", undefined],
        ["three", "i3"],
      ],
    );
  });

  it("replaces lists without a merge strategy", () => {
    const tree = strategic({ spec: { containers: [{ name: "one", args: ["c"] }] } });
    assert.deepEqual(tree.spec.containers.find((c) => c.name === "one")?.args, ["c"]);
  });

  it("obeys $patch in maps and lists", () => {
    assert.deepEqual(
      strategic({ spec: { containers: [{ name: "one", $patch: "delete" }] } }).spec.containers.map(
        (c) => c.name,
      ),
      ["two", "three"],
    );
    assert.deepEqual(
      strategic({
        spec: { containers: [{ $patch: "replace" }, { name: "only", image: "i" }] },
      }).spec.containers.map((c) => c.name),
      ["only"],
    );
    const replaced = strategic({ spec: { nodeSelector: { $patch: "replace", zone: "z" } } });
    assert.deepEqual(replaced.spec.nodeSelector, { zone: "z" });
  });

  it("obeys $retainKeys, $setElementOrder and $deleteFromPrimitiveList", () => {
    const volumes = [{ name: "v", hostPath: { path: "/x" }, $retainKeys: ["name", "hostPath"] }];
    const [volume] = strategic({ spec: { volumes } }).spec.volumes ?? [];
    assert.deepEqual(volume, { name: "v", hostPath: { path: "/x", type: "" } });
    const ordered = strategic({
      spec: {
        "$setElementOrder/containers": [{ name: "three" }, { name: "new" }, { name: "one" }],
        containers: [{ name: "new" }, { name: "two", $patch: "delete" }],
      },
    });
    assert.deepEqual(
      ordered.spec.containers.map((c) => c.name),
      ["three", "new", "one"],
    );
    const finalizers = strategic({
      metadata: { "$deleteFromPrimitiveList/finalizers": ["x/b"], finalizers: ["x/d"] },
    }).metadata.finalizers;
    assert.deepEqual(finalizers, ["x/d", "x/a", "x/c"]);
  });

  it("refuses in upstream's words", () => {
    const cases: [unknown, string, string][] = [
      ["[", "syntax", "invalid JSON patch"],
      [{ spec: { $retainKeys: 1 } }, "syntax", "invalid patch format of retainKeys"],
      [
        { spec: { containers: [{ image: "x" }] } },
        "invalidValue",
        "map: map[image:x] does not contain declared merge key: name",
      ],
    ];
    for (const [patch, reason, message] of cases) {
      const result = nativeCodec.strategicMergePatch(pod, bytes(patch));
      assert.ok(result.object === undefined);
      assert.equal(result.errors[0]?.reason, reason);
      assert.equal(result.errors[0]?.message, message);
      assert.equal(result.errors[0]?.path, "patch");
      assert.equal(result.patched, undefined);
    }
    const wrong = nativeCodec.strategicMergePatch(pod, bytes({ spec: { nodeName: 1 } }));
    assert.ok(wrong.object === undefined);
    assert.equal(wrong.patched, "map[spec:map[nodeName:1]]");
  });
});

describe("JSON merge patch and JSON patch", () => {
  it("merge, with null taking away, and large numbers kept", () => {
    const merged = objectOf(
      nativeCodec.mergePatch(pod, bytes({ metadata: { labels: { a: null, z: "26" } } })),
    );
    assert.deepEqual((JSON.parse(merged.json()) as Tree).metadata.labels, { b: "2", z: "26" });
    assert.match(merged.json(), /"activeDeadlineSeconds":9007199254740993/);
    const bad = nativeCodec.mergePatch(pod, bytes("{"));
    assert.ok(bad.object === undefined);
    assert.equal(bad.errors[0]?.message, "invalid JSON patch");
  });

  it("apply operations, or none of them", () => {
    const patch = [
      { op: "test", path: "/metadata/labels/a", value: "1" },
      { op: "replace", path: "/spec/containers/0/image", value: "new" },
      { op: "remove", path: "/spec/containers/2" },
    ];
    const tree = JSON.parse(objectOf(nativeCodec.jsonPatch(pod, bytes(patch))).json()) as Tree;
    assert.deepEqual(
      tree.spec.containers.map((c) => c.image),
      ["new", "i2"],
    );
    const refused = nativeCodec.jsonPatch(pod, bytes([{ op: "remove", path: "/spec/x" }]));
    assert.ok(refused.object === undefined);
    assert.equal(refused.errors[0]?.reason, "invalidValue");
    const many = Array.from({ length: 10_001 }, () => ({ op: "test", path: "/x", value: null }));
    const tooMany = nativeCodec.jsonPatch(pod, bytes(many));
    assert.ok(tooMany.object === undefined);
    assert.equal(tooMany.errors[0]?.reason, "tooLarge");
  });

  it("report what the result has that the kind has not", () => {
    const patch = bytes('{"spec":{"bogus":1,"nodeName":"a","nodeName":"b"}}');
    const strict = nativeCodec.mergePatch(pod, patch, "Strict");
    assert.ok(strict.object === undefined);
    assert.deepEqual(
      strict.errors.map((e) => e.message),
      ['duplicate field "spec.nodeName"', 'unknown field "spec.bogus"'],
    );
    assert.ok(strict.patched?.includes('"bogus":1'));
    const warned = nativeCodec.mergePatch(pod, patch, "Warn");
    assert.equal(warned.object === undefined ? 0 : warned.warnings.length, 2);
  });
});
