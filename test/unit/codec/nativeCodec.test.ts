import assert from "node:assert/strict";
import { CodecFailure, type DecodeResult } from "../../../lib/api/codec.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";

const pod = "k8s.io.api.core.v1.Pod";
const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

function objectOf(result: DecodeResult) {
  assert.ok(result.object !== undefined, JSON.stringify(result));
  return result.object;
}

function decode(value: unknown, fieldValidation: "Ignore" | "Warn" | "Strict" = "Strict") {
  return nativeCodec.decode(pod, bytes(value), { format: "json", fieldValidation });
}

const minimal = {
  metadata: { name: "a", namespace: "default", labels: { app: "web", __proto__x: "1" } },
  spec: { nodeName: "n1", containers: [{ name: "c", ports: [{ containerPort: 80 }] }] },
};

describe("nativeCodec", () => {
  it("describes kinds", () => {
    assert.equal(
      nativeCodec.findKind("apps/v1", "Deployment")?.messageType,
      "k8s.io.api.apps.v1.Deployment",
    );
    assert.equal(
      nativeCodec.describe("k8s.io.api.events.v1.Event")?.storedMessageType,
      "k8s.io.api.core.v1.Event",
    );
    assert.equal(nativeCodec.describe("k8s.io.api.core.v1.PodSpec"), undefined);
  });

  it("decodes JSON, fills in defaults and writes canonical JSON", () => {
    const object = objectOf(decode(minimal));
    assert.equal(
      object.json(),
      '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","namespace":"default",' +
        '"labels":{"__proto__x":"1","app":"web"}},"spec":{"containers":[{"name":"c",' +
        '"ports":[{"containerPort":80,"protocol":"TCP"}],"resources":{},' +
        '"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File",' +
        '"imagePullPolicy":"IfNotPresent"}],"restartPolicy":"Always",' +
        '"terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","nodeName":"n1",' +
        '"securityContext":{},"schedulerName":"default-scheduler","enableServiceLinks":true},' +
        '"status":{}}',
    );
  });

  it("writes the same bytes before and after the stored form was asked for", () => {
    for (const format of ["protobuf", "message", "json"] as const) {
      for (const version of ["7", "", undefined]) {
        const before = objectOf(decode(minimal)).encode(format, "object", version);
        const object = objectOf(decode(minimal));
        object.stored();
        assert.deepEqual(object.encode(format, "object", version), before, `${format} ${version}`);
        assert.deepEqual(
          object.encode(format, "metadata", version),
          objectOf(decode(minimal)).encode(format, "metadata", version),
        );
      }
    }
  });

  it("keeps a label named __proto__", () => {
    const object = objectOf(decode('{"metadata":{"labels":{"__proto__":"x","1":"y"}}}'));
    assert.deepEqual(Object.entries(object.metadata().labels), [
      ["1", "y"],
      ["__proto__", "x"],
    ]);
    const again = objectOf(object.withJson(JSON.stringify(JSON.parse(object.json()))));
    assert.equal(again.json(), object.json());
  });

  it("reports unknown and duplicate fields by validation", () => {
    const text = '{"spec":{"containers":[{"name":"c","nam":"x","name":"d"}],"bogus":1}}';
    const strict = decode(text);
    assert.deepEqual(strict.object === undefined ? strict.errors.map((e) => e.message) : [], [
      'unknown field "spec.containers[0].nam"',
      'duplicate field "spec.containers[0].name"',
      'unknown field "spec.bogus"',
    ]);
    const warned = decode(text, "Warn");
    assert.equal(warned.object === undefined ? 0 : warned.warnings.length, 3);
    const ignored = decode(text, "Ignore");
    assert.equal(ignored.object === undefined ? -1 : ignored.warnings.length, 0);
  });

  it("refuses wrong types in upstream's words", () => {
    const cases: [string, string, string][] = [
      [
        '{"spec":{"containers":"x"}}',
        "invalidType",
        "json: cannot unmarshal string into Go struct field " +
          "PodSpec.spec.containers of type []v1.Container",
      ],
      [
        '{"metadata":{"labels":{"a":1}}}',
        "invalidType",
        "json: cannot unmarshal number into Go struct field " +
          "ObjectMeta.metadata.labels of type string",
      ],
      [
        '{"kind":"Service","apiVersion":"v1"}',
        "wrongKind",
        "converting (v1.Service) to (core.Pod): unknown conversion",
      ],
      [
        '{"kind":"Pod","apiVersion":"v2"}',
        "wrongKind",
        "the API version in the data (v2) does not match the expected API version (v1)",
      ],
      ["{", "syntax", "couldn't get version/kind; json parse error: unexpected end of JSON input"],
    ];
    for (const [text, reason, message] of cases) {
      const result = decode(text);
      assert.ok(result.object === undefined);
      assert.equal(result.errors[0]?.reason, reason);
      assert.equal(result.errors[0]?.message, message);
    }
    const deep = decode(`{"metadata":${"[".repeat(10_001)}`);
    assert.ok(deep.object === undefined);
    assert.equal(deep.errors[0]?.reason, "tooDeep");
    const nested = decode(`{"x":${'{"a":'.repeat(10_001)}1${"}".repeat(10_002)}`);
    assert.ok(nested.object === undefined);
    assert.equal(nested.errors[0]?.reason, "tooDeep");
    const large = nativeCodec.decode(pod, new Uint8Array(100), { format: "json", maxBytes: 99 });
    assert.ok(large.object === undefined);
    assert.equal(large.errors[0]?.reason, "tooLarge");
  });

  it("stores without resourceVersion and fills it in when reading", () => {
    const object = objectOf(
      decode({ ...minimal, metadata: { ...minimal.metadata, resourceVersion: "5" } }),
    );
    const stored = object.stored();
    assert.deepEqual([...stored.subarray(0, 4)], [0x6b, 0x38, 0x73, 0]);
    const read = nativeCodec.decodeStored(stored, pod, "77");
    assert.equal(read.metadata().resourceVersion, "77");
    assert.ok(read.equals(object, false));
    const from = { messageType: pod, format: "protobuf" } as const;
    const json = nativeCodec.transcode(stored, from, { messageType: pod, format: "json" }, "77");
    assert.equal(Buffer.from(json).toString(), read.json());
    for (const format of ["protobuf", "message"] as const) {
      const wire = nativeCodec.transcode(stored, from, { messageType: pod, format }, "77");
      assert.deepEqual(Buffer.from(wire), Buffer.from(read.encode(format)));
      assert.equal(objectOf(nativeCodec.decode(pod, wire, { format })).json(), read.json());
    }
  });

  it("gives the metadata part alike from bytes and object", () => {
    const object = objectOf(decode(minimal));
    const from = { messageType: pod, format: "protobuf" } as const;
    for (const format of ["json", "protobuf", "message"] as const) {
      const to = { messageType: pod, format, part: "metadata" } as const;
      const streamed = nativeCodec.transcode(object.stored(), from, to, "9");
      assert.deepEqual(Buffer.from(streamed), Buffer.from(object.encode(format, "metadata", "9")));
    }
    assert.equal(
      Buffer.from(object.encode("json", "metadata", "9")).toString(),
      '{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"a",' +
        '"namespace":"default","resourceVersion":"9","labels":{"__proto__x":"1","app":"web"}}}',
    );
  });

  it("keeps values that JavaScript damages", () => {
    const job = "k8s.io.api.apps.v1.ControllerRevision";
    const text =
      '{"kind":"ControllerRevision","apiVersion":"apps/v1","metadata":{"name":"x"},' +
      '"data":{"b":1.0,"10":-0,"big":9007199254740993},"revision":9007199254740993}';
    const object = objectOf(nativeCodec.decode(job, bytes(text), { format: "json" }));
    const same = objectOf(object.withJson(JSON.stringify(JSON.parse(object.json()))));
    assert.equal(same.json(), text);
    const tree = JSON.parse(object.json()) as {
      metadata: { name: string };
      data: Record<string, unknown>;
    };
    tree.metadata.name = "y";
    tree.data.added = true;
    const changed = objectOf(object.withJson(JSON.stringify(tree)));
    assert.match(changed.json(), /"big":9007199254740993.*"revision":9007199254740993/);
    assert.match(changed.json(), /"10":-0/);
  });

  it("tells V8 what decoded objects hold, so that it collects them in time", async () => {
    const data = bytes({ data: { key: "v".repeat(1_000_000) } });
    const message = "k8s.io.api.core.v1.ConfigMap";
    const before = process.memoryUsage.rss();
    let [held, most] = [0, 0];
    for (let round = 0; round < 1_000; round += 1) {
      held += objectOf(nativeCodec.decode(message, data, { format: "json" })).heldBytes;
      if (round % 20 > 0) continue;
      await new Promise(setImmediate);
      most = Math.max(most, process.memoryUsage.rss() - before);
    }
    assert.ok(held > 1e9, `${held}`);
    assert.ok(most < held / 2, `${most} bytes at once`);
  });

  it("extracts what field selectors see", () => {
    const object = objectOf(decode(minimal));
    assert.deepEqual(
      object.extract([
        "metadata.name",
        "spec.nodeName",
        "status.phase",
        "spec.hostNetwork",
        "spec.bogus",
      ]),
      ["a", "n1", "", "false", undefined],
    );
  });

  it("converts events and autoscalers between their versions", () => {
    const core = "k8s.io.api.core.v1.Event";
    const event = objectOf(
      nativeCodec.decode(
        core,
        bytes({
          metadata: { name: "e" },
          involvedObject: { kind: "Pod", name: "a" },
          message: "m",
          count: 2,
        }),
        { format: "json" },
      ),
    );
    const other = event.convert("k8s.io.api.events.v1.Event");
    assert.match(other.json(), /"regarding":\{"kind":"Pod","name":"a"\},"note":"m"/);
    assert.ok(other.convert(core).equals(event, false));
    const v2 = "k8s.io.api.autoscaling.v2.HorizontalPodAutoscaler";
    const cpu = {
      type: "Resource",
      resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
    };
    const pods = {
      type: "Pods",
      pods: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "10" } },
    };
    const spec = {
      scaleTargetRef: { kind: "Deployment", name: "d", apiVersion: "apps/v1" },
      maxReplicas: 3,
      metrics: [cpu, pods],
      behavior: { scaleUp: { stabilizationWindowSeconds: 5 } },
    };
    const scaler = objectOf(
      nativeCodec.decode(v2, bytes({ metadata: { name: "h" }, spec }), { format: "json" }),
    );
    const v1 = scaler.convert("k8s.io.api.autoscaling.v1.HorizontalPodAutoscaler");
    assert.match(v1.json(), /"targetCPUUtilizationPercentage":50/);
    assert.match(
      v1.json(),
      /\/metrics":"\[\{\\"type\\":\\"Pods\\",\\"pods\\":\{\\"metricName\\":\\"rps\\",\\"target/,
    );
    assert.ok(v1.convert(v2).equals(scaler, false));
    assert.throws(() => scaler.convert(pod), CodecFailure);
  });
});
