import assert from "node:assert/strict";
import { loadModel } from "../../../proto/generators/model.js";

describe("the model of proto/", () => {
  const model = loadModel("proto");
  const field = (message: string, name: string) => {
    const found = model.messages.get(message)?.fields[name];
    assert.ok(found, `${message}.${name}`);
    return found;
  };
  const resource = (group: string, version: string, plural: string) => {
    const found = model.resources.find(
      (r) => r.group === group && r.version === version && r.resource === plural,
    );
    assert.ok(found, `${plural}.${version}.${group}`);
    return found;
  };

  it("holds every message, field and resource of Kubernetes 1.37", () => {
    assert.equal(model.packages.length, 51);
    assert.equal(model.messages.size, 984);
    const fields = [...model.messages.values()].map((m) => Object.keys(m.fields).length);
    assert.equal(
      fields.reduce((a, b) => a + b),
      3438,
    );
    assert.equal(model.resources.length, 93);
    assert.equal(model.resources.flatMap((r) => r.subresources).length, 57);
  });

  it("gives each field one number and a type that exists", () => {
    const scalar = /^(string|bool|bytes|double|int32|int64)$/;
    for (const [name, message] of model.messages) {
      const numbers = Object.values(message.fields).map((f) => f.number);
      assert.equal(new Set(numbers).size, numbers.length, name);
      for (const f of Object.values(message.fields)) {
        const type = f.type.replace(/^repeated /, "").replace(/^map<string, (.*)>$/, "$1");
        assert.ok(scalar.test(type) || model.messages.has(type), `${name}: ${f.type}`);
      }
    }
  });

  it("keeps the attributes of fields", () => {
    assert.deepEqual(field("k8s.io.api.core.v1.ContainerPort", "protocol"), {
      number: 4,
      type: "string",
      omitEmpty: true,
      default: "TCP",
      enum: ["SCTP", "TCP", "UDP"],
      description: "TCP, UDP or SCTP.",
    });
    const conditions = field("k8s.io.api.core.v1.PodStatus", "conditions");
    assert.equal(conditions.type, "repeated k8s.io.api.core.v1.PodCondition");
    assert.equal(conditions.listType, "map");
    assert.deepEqual(conditions.listMapKeys, ["type"]);
    assert.equal(conditions.patchStrategy, "merge");
    assert.equal(conditions.patchMergeKey, "type");
    assert.equal(field("k8s.io.api.core.v1.PodSpec", "nodeSelector").type, "map<string, string>");
    assert.equal(field("k8s.io.api.core.v1.Volume", "volumeSource").inline, true);
    assert.equal(field("k8s.io.api.apps.v1.DeploymentSpec", "replicas").pointer, true);
    assert.equal(
      field("k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps", "ref")
        .jsonName,
      "$ref",
    );
  });

  it("keeps the attributes of messages", () => {
    const time = model.messages.get("k8s.io.apimachinery.pkg.apis.meta.v1.Time");
    assert.deepEqual(time?.json, { kind: "time" });
    const selector = model.messages.get("k8s.io.apimachinery.pkg.apis.meta.v1.LabelSelector");
    assert.equal(selector?.mapType, "atomic");
    const seccomp = model.messages.get("k8s.io.api.core.v1.SeccompProfile");
    assert.deepEqual(seccomp?.unions, [
      {
        discriminator: "type",
        "fields-to-discriminateBy": { localhostProfile: "LocalhostProfile" },
      },
    ]);
    assert.deepEqual(model.messages.get("k8s.io.api.core.v1.Pod")?.groupVersionKind, {
      group: "",
      kind: "Pod",
      version: "v1",
    });
  });

  it("orders fields as written and resources as discovery does", () => {
    assert.deepEqual(Object.keys(model.messages.get("k8s.io.api.core.v1.Pod")?.fields ?? {}), [
      "metadata",
      "spec",
      "status",
    ]);
    assert.deepEqual(
      model.groupOrder.slice(0, 3).map((g) => g.group),
      ["", "apiregistration.k8s.io", "apps"],
    );
    assert.deepEqual(model.groupOrder.find((g) => g.group === "autoscaling")?.versions, [
      "v2",
      "v1",
    ]);
    assert.deepEqual(
      model.resources.slice(0, 3).map((r) => r.resource),
      ["bindings", "componentstatuses", "configmaps"],
    );
  });

  it("describes resources", () => {
    const pods = resource("", "v1", "pods");
    assert.equal(pods.message, "k8s.io.api.core.v1.Pod");
    assert.equal(pods.storagePath, "/registry/pods/{namespace}/{name}");
    assert.deepEqual(pods.shortNames, ["po"]);
    const eviction = pods.subresources.find((s) => s.name === "eviction");
    assert.deepEqual(eviction, {
      name: "eviction",
      kind: "Eviction",
      group: "policy",
      version: "v1",
      verbs: ["create"],
    });
    assert.deepEqual(pods.columns[0], {
      name: "Name",
      type: "string",
      format: "name",
      priority: 0,
    });
    assert.equal(resource("events.k8s.io", "v1", "events").storageVersion, "/v1/Event");
    assert.equal(resource("resource.k8s.io", "v1beta1", "deviceclasses").enabledByDefault, false);
  });
});
