import assert from "node:assert/strict";
import type { ApiObject } from "../../../lib/api/codec.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { GoReference, type ReferenceResponse } from "./goReference.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => Buffer.from(data).toString();

/** Bytes of the reference's JSON, whose serializer ends with a new line. */
function jsonOf(response: ReferenceResponse): string {
  assert.ok(response.json !== undefined, response.error);
  return response.json.trimEnd();
}

interface ManagedFieldsEntry {
  manager: string;
  subresource?: string;
  time?: string;
}

describe("the codec beside Kubernetes' Go modules", function () {
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

  async function knownKinds(): Promise<Known[]> {
    const { kinds = [] } = await reference.ask({ operation: "kinds" });
    return kinds.flatMap(({ apiVersion, kind }) => {
      const found = nativeCodec.findKind(apiVersion, kind);
      return found === undefined ? [] : [{ apiVersion, kind, messageType: found.messageType }];
    });
  }

  function problemWith(known: Known, response: ReferenceResponse): string | undefined {
    const json = jsonOf(response);
    const decoded = nativeCodec.decode(known.messageType, bytes(json), {
      format: "json",
      fieldValidation: "Strict",
      defaults: false,
    });
    if (decoded.object === undefined) return `JSON refused: ${JSON.stringify(decoded.errors)}`;
    if (decoded.object.json() !== json) return `JSON: ${difference(json, decoded.object.json())}`;
    if (response.protobuf === undefined) return undefined;
    const proto = Buffer.from(response.protobuf, "base64");
    if (!proto.equals(decoded.object.encode("protobuf"))) {
      const [want, got] = [proto, Buffer.from(decoded.object.encode("protobuf"))];
      return `protobuf of JSON: ${difference(want.toString("hex"), got.toString("hex"))}`;
    }
    const { messageType } = known;
    // Protobuf does not tell nil from empty in maps.
    const again = (response.text ?? "").trimEnd();
    const from = { messageType, format: "protobuf" } as const;
    const streamed = text(nativeCodec.transcode(proto, from, { messageType, format: "json" }));
    if (streamed !== again) return `transcoded: ${difference(again, streamed)}`;
    const read = nativeCodec.decode(messageType, proto, { format: "protobuf", defaults: false });
    if (read.object === undefined) return `protobuf refused: ${JSON.stringify(read.errors)}`;
    const tree = read.object.json();
    if (tree !== again) return `JSON of protobuf: ${difference(again, tree)}`;
    const isSame = again !== json || proto.equals(read.object.encode("protobuf"));
    return isSame ? undefined : "protobuf of protobuf";
  }

  function difference(want: string, got: string): string {
    let at = 0;
    while (at < want.length && want[at] === got[at]) at++;
    const from = Math.max(0, at - 60);
    return `\n  want ${want.slice(from, at + 80)}\n  got  ${got.slice(from, at + 80)}`;
  }

  it("writes the zero object of every kind alike", async () => {
    const problems: string[] = [];
    const kinds = await knownKinds();
    assert.ok(kinds.length > 200, `only ${kinds.length} kinds`);
    for (const known of kinds) {
      const response = await reference.ask({ operation: "object", ...known });
      const problem = problemWith(known, response);
      if (problem !== undefined) problems.push(`${known.messageType}: ${problem}`);
    }
    assert.deepEqual(problems, []);
  });

  it("writes and reads random objects of every kind alike", async () => {
    const problems: string[] = [];
    for (const known of await knownKinds()) {
      for (let seed = 1; seed <= 5; seed++) {
        const response = await reference.ask({ operation: "object", seed, ...known });
        const problem = problemWith(known, response);
        if (problem !== undefined) {
          problems.push(`${known.messageType} (seed ${seed}): ${problem}`);
          break;
        }
      }
    }
    assert.deepEqual(problems, []);
  });

  it("canonicalises quantities alike", async () => {
    const digits = ["0", "1", "7", "10", "100", "1000", "1023", "1024", "1025", "1536", "123456"];
    const fractions = ["", ".", ".0", ".5", ".25", ".125", ".001", ".0001", ".500", ".1234567891"];
    const suffixes = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ei"];
    const odd = ["e3", "E3", "e-3", "e+2", "e1", "x", "mm", "e", "K", "kk", " ", "e99999999999"];
    const texts = [
      "",
      "+",
      "-",
      ".",
      "abc",
      "1 1",
      "00",
      "007",
      "+5",
      "--1",
      "9223372036854775807",
    ];
    for (const sign of ["", "-", "+"]) {
      for (const digit of digits) {
        for (const fraction of fractions) {
          for (const suffix of [...suffixes, ...odd]) texts.push(sign + digit + fraction + suffix);
        }
      }
    }
    texts.push("99999999999999999999999999Ki", "1e30", "123456789012345678901234567890m", ".5");
    const problems: string[] = [];
    for (const quantity of texts) {
      const response = await reference.ask({
        operation: "quantity",
        text: JSON.stringify(quantity),
      });
      const result = nativeCodec.decode(
        "k8s.io.api.core.v1.ResourceQuota",
        bytes(JSON.stringify({ spec: { hard: { x: quantity } } })),
        { format: "json", defaults: false },
      );
      const got =
        result.object === undefined
          ? `error ${result.errors[0]?.message}`
          : (JSON.parse(result.object.json()) as { spec: { hard: { x: string } } }).spec.hard.x;
      const want = response.error === undefined ? response.text : `error ${response.error}`;
      if (got !== want) problems.push(`${quantity}: want ${want}, got ${got}`);
    }
    assert.deepEqual(problems, []);
  });

  it("writes YAML alike", async () => {
    const words = [
      "a",
      "A",
      "0",
      "1",
      "9",
      "-",
      "+",
      ".",
      ":",
      " ",
      "  ",
      "#",
      "'",
      '"',
      "\\",
      "\n",
    ];
    words.push("true", "null", "e", "x", "_", "y", "\t", "ü", "😀", "&", "*", "[", "{", ",", "?");
    words.push("T", "Z", "2020-01-01", "10:30", "0x1f", "1e3", "\u0000", "\u00a0", "\u2028", "%");
    words.push("a long sentence of several words that is folded somewhere beyond eighty columns ");
    let state = 1;
    const below = (n: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return (state >> 8) % n;
    };
    const random = (): string =>
      Array.from({ length: below(5) }, () => words[below(words.length)]).join("");
    const problems: string[] = [];
    for (let round = 0; round < 3000 && problems.length < 5; round++) {
      // One random key a map: go-yaml's order of odd keys has cycles.
      const list = [random(), [random()], {}, [], { [random()]: random() }, below(1e6), null];
      const value = { [random()]: { b: random(), a10: list, a9: { [random()]: list } } };
      const json = JSON.stringify(value);
      if (json.includes("\\u2028") || json.includes("\u2028")) continue;
      const want = await reference.ask({ operation: "yaml", text: json });
      const got = text(nativeCodec.jsonToYaml(bytes(json)));
      if (want.error === undefined && got !== want.text) {
        problems.push(`${json}: ${difference(want.text ?? "", got)}`);
      }
    }
    assert.deepEqual(problems, []);
  });

  it("refuses and warns in the same words", async () => {
    const pods: string[] = [
      '{"spec":{"containers":"x"}}',
      '{"spec":{"containers":[1]}}',
      '{"spec":{"containers":{}}}',
      '{"metadata":{"labels":{"a":1}}}',
      '{"metadata":{"labels":[]}}',
      '{"metadata":{"name":1}}',
      '{"metadata":{"generation":"1"}}',
      '{"metadata":{"generation":1.5}}',
      '{"metadata":{"generation":1e3}}',
      '{"metadata":{"creationTimestamp":"x"}}',
      '{"metadata":{"creationTimestamp":"2020-13-01T00:00:00Z"}}',
      '{"metadata":{"creationTimestamp":"2020-01-01T00:00:00Zx"}}',
      '{"metadata":{"creationTimestamp":1}}',
      '{"spec":{"hostNetwork":"true"}}',
      '{"spec":{"priority":99999999999}}',
      '{"spec":{"containers":[{"resources":{"limits":{"cpu":"x"}}}]}}',
      '{"spec":{"containers":[{"resources":{"limits":{"cpu":true}}}]}}',
      '{"spec":{"containers":[{"livenessProbe":{"httpGet":{"port":true}}}]}}',
      '{"spec":{"volumes":[{"emptyDir":1}]}}',
      '{"spec":{"bogus":1,"containers":[{"nam":1}]},"metadata":{"name":"a","name":"b"}}',
      '{"metadata":{"labels":{"a":"1","a":"2"}}}',
      '{"Spec":{},"metadata":{"Name":"x"}}',
      '{"metadata":null,"spec":null}',
      '{"metadata":{"labels":{"a":null},"finalizers":[null]},"spec":{"containers":[null]}}',
      '{"spec":{"nodeName":null,"priority":null,"hostNetwork":null,"containers":null}}',
      '{"spec":{"containers":[],"volumes":[]}}',
      "{",
      "",
      "[]",
      '"x"',
      '{"a":1,}',
      '{"a" 1}',
      "{'a':1}",
      '{"spec":{"containers":[{"name":"a" "image":"b"}]}}',
      '{"metadata":{"name":"\\ud800"}}',
      '{"metadata":{"name":"a\\u0000b<>&"}}',
    ];
    const problems: string[] = [];
    for (const pod of pods) {
      const known = { apiVersion: "v1", kind: "Pod" };
      const want = await reference.ask({ operation: "decode", text: pod, ...known });
      const got = nativeCodec.decode("k8s.io.api.core.v1.Pod", bytes(pod), {
        format: "json",
        fieldValidation: "Warn",
        defaults: false,
      });
      if (got.object === undefined) {
        const [error] = got.errors;
        if (error?.message !== want.error) {
          problems.push(`${pod}\n  want ${want.error}\n  got  ${error?.message}`);
        }
        continue;
      }
      const warnings = got.warnings.map((w) => w.message);
      if (want.error !== undefined) problems.push(`${pod}\n  want ${want.error}, got an object`);
      else if (got.object.json() !== jsonOf(want)) {
        problems.push(`${pod}: ${difference(jsonOf(want), got.object.json())}`);
      } else if (JSON.stringify(warnings) !== JSON.stringify(want.strict ?? [])) {
        problems.push(`${pod}\n  want ${want.strict?.join("; ")}\n  got  ${warnings.join("; ")}`);
      }
    }
    assert.deepEqual(problems, []);
  });

  const deployment = {
    metadata: { name: "web", labels: { app: "web", tier: "x" }, finalizers: ["e/a", "e/b"] },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          containers: [
            {
              name: "one",
              image: "i:1",
              args: ["a", "b"],
              env: [
                { name: "A", value: "1" },
                { name: "B", value: "2" },
              ],
              ports: [
                { containerPort: 80, protocol: "TCP" },
                { containerPort: 80, protocol: "UDP" },
                { containerPort: 443, protocol: "TCP", name: "https" },
              ],
              volumeMounts: [{ name: "v", mountPath: "/v" }],
              livenessProbe: { httpGet: { path: "/", port: 80 } },
            },
            { name: "two", image: "i:2", resources: { limits: { cpu: "1" } } },
            { name: "three", image: "i:3" },
          ],
          volumes: [
            { name: "v", emptyDir: {} },
            { name: "w", configMap: { name: "c", items: [{ key: "k", path: "p" }] } },
          ],
          nodeSelector: { disk: "ssd" },
          tolerations: [{ key: "k", operator: "Exists" }],
          topologySpreadConstraints: [
            { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" },
          ],
        },
      },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: 1 } },
    },
    status: { replicas: 1, conditions: [{ type: "Available", status: "True" }] },
  };

  const podPatches: Record<string, unknown>[] = [
    {
      containers: [
        { name: "two", image: "new" },
        { name: "four", image: "f" },
      ],
    },
    { containers: [{ name: "two", $patch: "delete" }] },
    { containers: [{ $patch: "replace" }, { name: "only", image: "o" }] },
    {
      containers: [
        {
          name: "one",
          env: [
            { name: "C", value: "3" },
            { name: "A", value: null },
          ],
        },
      ],
    },
    { containers: [{ name: "one", ports: [{ containerPort: 80, name: "first" }] }] },
    { containers: [{ name: "one", args: null, livenessProbe: { httpGet: null, exec: {} } }] },
    { containers: [{ name: "one", livenessProbe: { $patch: "replace", periodSeconds: 3 } }] },
    { containers: [{ image: "no key" }] },
    { containers: "wrong" },
    { containers: [1] },
    { "$setElementOrder/containers": [{ name: "three" }, { name: "one" }, { name: "two" }] },
    {
      "$setElementOrder/containers": [{ name: "new" }, { name: "three" }],
      containers: [{ name: "new", image: "n" }],
    },
    {
      "$setElementOrder/containers": [{ name: "a" }],
      containers: [{ name: "b" }],
    },
    {
      "$setElementOrder/containers": [{ name: "two" }, { name: "one" }],
      containers: [
        { name: "two", image: "2" },
        { name: "one", "$setElementOrder/env": [{ name: "B" }, { name: "A" }] },
      ],
    },
    { volumes: [{ name: "v", $retainKeys: ["name", "hostPath"], hostPath: { path: "/h" } }] },
    { volumes: [{ name: "v", $retainKeys: ["name"], hostPath: { path: "/h" } }] },
    {
      volumes: [
        { name: "x", emptyDir: {} },
        { name: "w", configMap: { items: [] } },
      ],
    },
    { nodeSelector: { $patch: "replace", zone: "z" }, tolerations: null },
    { nodeSelector: { $patch: "delete" } },
    { nodeSelector: null, dnsPolicy: "Default", affinity: { nodeAffinity: null } },
    { tolerations: [{ key: "other" }] },
    { topologySpreadConstraints: [{ topologyKey: "host", maxSkew: 2 }] },
    { $patch: "replace", containers: [{ name: "c" }] },
    { $patch: "bogus" },
  ];
  const patches: unknown[] = [
    ...podPatches.map((spec) => ({ spec: { template: { spec } } })),
    { metadata: { labels: { app: null, new: "x" }, annotations: { a: "b", c: null } } },
    { metadata: { finalizers: ["e/c"], "$deleteFromPrimitiveList/finalizers": ["e/a"] } },
    { metadata: { finalizers: ["e/b", "e/z"] } },
    { metadata: { "$setElementOrder/finalizers": ["e/b", "e/a"] } },
    { metadata: { "$deleteFromPrimitiveList/finalizers": ["none"] } },
    { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } },
    { spec: { strategy: { $retainKeys: "x" } } },
    { spec: { replicas: null, paused: true } },
    { status: { conditions: [{ type: "Progressing", status: "False" }] } },
    { spec: { selector: { matchLabels: { b: "c" } } } },
    {},
  ];
  const kind = { apiVersion: "apps/v1", kind: "Deployment" };
  const messageType = "k8s.io.api.apps.v1.Deployment";

  it("merges strategically alike", async () => {
    const object = nativeCodec.decode(messageType, bytes(JSON.stringify(deployment)), {
      format: "json",
      defaults: false,
    });
    assert.ok(object.object !== undefined);
    const problems: string[] = [];
    for (const patch of patches) {
      const want = await reference.ask({
        operation: "strategicMergePatch",
        object: deployment,
        patch,
        ...kind,
      });
      const got = nativeCodec.strategicMergePatch(object.object, bytes(JSON.stringify(patch)));
      const shown = JSON.stringify(patch);
      if (got.object === undefined) {
        const message = got.errors[0]?.message;
        if (want.error === undefined) problems.push(`${shown}: refused with ${message}`);
        else if (got.patched === undefined && message !== want.error) {
          problems.push(`${shown}\n  want ${want.error}\n  got  ${message}`);
        }
      } else if (want.error !== undefined) {
        problems.push(`${shown}: should be refused with ${want.error}`);
      } else {
        const wanted = nativeCodec.decode(messageType, bytes(jsonOf(want)), { format: "json" });
        assert.ok(wanted.object !== undefined);
        const [a, b] = [wanted.object.json(), got.object.json()];
        if (a !== b) problems.push(`${shown}: ${difference(a, b)}`);
      }
    }
    assert.deepEqual(problems, []);
  });

  it("keeps managedFields alike through a series of writes", async () => {
    const problems: string[] = [];
    const start = nativeCodec.decode(messageType, bytes(JSON.stringify(deployment)), {
      format: "json",
      defaults: false,
    });
    assert.ok(start.object !== undefined);
    // The reference takes the time from its clock, and entries are sorted by time.
    const timeless = (json: string): string => {
      const tree = JSON.parse(json) as { metadata: { managedFields?: ManagedFieldsEntry[] } };
      const keyOf = (e: ManagedFieldsEntry) => `${e.manager} ${e.subresource}`;
      for (const entry of tree.metadata.managedFields ?? []) delete entry.time;
      tree.metadata.managedFields?.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      return JSON.stringify(tree);
    };
    let live: ApiObject | undefined;
    let wantedLive: unknown;
    let object = start.object;
    for (const [step, patch] of [{}, ...patches].entries()) {
      if (live !== undefined) {
        const patched = nativeCodec.strategicMergePatch(live, bytes(JSON.stringify(patch)));
        if (patched.object === undefined) continue;
        object = patched.object;
      }
      const manager = `manager-${step % 4}`;
      const subresource = step % 5 === 4 ? "status" : "";
      const want = await reference.ask({
        operation: "managedFields",
        live: wantedLive,
        object: JSON.parse(object.json()),
        manager,
        subresource,
        ...kind,
      });
      const write = { manager, operation: "Update", apiVersion: "apps/v1", subresource } as const;
      const time = "2030-01-01T00:00:00Z";
      const after = nativeCodec.managedFieldsAfter(live, object, { ...write, time });
      const got = object.withManagedFieldsOf(after);
      const [a, b] = [timeless(jsonOf(want)), timeless(got.json())];
      if (a !== b) {
        problems.push(`step ${step} ${JSON.stringify(patch)}: ${difference(a, b)}`);
        break;
      }
      live = got;
      wantedLive = JSON.parse(got.json());
    }
    assert.deepEqual(problems, []);
  });
});
