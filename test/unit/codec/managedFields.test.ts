import assert from "node:assert/strict";
import type { ApiObject, DecodeResult, ManagedFieldsOptions } from "../../../lib/api/codec.js";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";

const deployment = "k8s.io.api.apps.v1.Deployment";

function objectOf(result: DecodeResult): ApiObject {
  assert.ok(result.object !== undefined, JSON.stringify(result));
  return result.object;
}

function decode(messageType: string, value: unknown): ApiObject {
  const data = new TextEncoder().encode(JSON.stringify(value));
  return objectOf(nativeCodec.decode(messageType, data, { format: "json" }));
}

interface Entry {
  manager: string;
  operation: string;
  apiVersion: string;
  time?: string;
  fieldsType: string;
  fieldsV1: Record<string, unknown>;
  subresource?: string;
}

interface Tree {
  metadata: { name: string; managedFields?: Entry[]; labels?: Record<string, string> };
  spec: { replicas?: number; paused?: boolean };
}

const treeOf = (object: ApiObject): Tree => JSON.parse(object.json()) as Tree;
const managedOf = (object: ApiObject): Entry[] => treeOf(object).metadata.managedFields ?? [];

const write = (changes: Partial<ManagedFieldsOptions> = {}): ManagedFieldsOptions => ({
  manager: "kubectl-create",
  operation: "Update",
  apiVersion: "apps/v1",
  subresource: "",
  time: "2030-01-01T00:00:00Z",
  ...changes,
});

const web = {
  metadata: { name: "web", labels: { app: "web" } },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        containers: [{ name: "c", image: "i", ports: [{ containerPort: 80 }], resources: {} }],
      },
    },
  },
};

/** The object with managedFields as they are after a write. */
function updated(
  live: ApiObject | undefined,
  object: ApiObject,
  options: ManagedFieldsOptions,
): ApiObject {
  return object.withManagedFieldsOf(nativeCodec.managedFieldsAfter(live, object, options));
}

function created(): ApiObject {
  return updated(undefined, decode(deployment, web), write());
}

function changed(object: ApiObject, change: (tree: Tree) => void): ApiObject {
  const tree = treeOf(object);
  change(tree);
  return objectOf(object.withJson(JSON.stringify(tree)));
}

describe("managedFields", () => {
  it("are put in by withJson as by withManagedFieldsOf, whatever the text says of them", () => {
    const object = decode(deployment, web);
    const after = nativeCodec.managedFieldsAfter(undefined, object, write());
    const tree = treeOf(created());
    tree.metadata.managedFields = [];
    tree.spec.paused = true;
    const put = objectOf(object.withJson(JSON.stringify(tree), after));
    const wanted = changed(object, (one) => {
      one.spec.paused = true;
    }).withManagedFieldsOf(after);
    assert.equal(put.json(), wanted.json());
    assert.equal(managedOf(put).length, 1);
    const none = objectOf(created().withJson(JSON.stringify(treeOf(created())), object));
    assert.equal("managedFields" in treeOf(none).metadata, false);
    // An object without metadata gets none from one without either.
    const bytes = new TextEncoder().encode("{}");
    const bare = objectOf(
      nativeCodec.decode(deployment, bytes, { format: "json", defaults: false }),
    );
    assert.equal(objectOf(bare.withJson("{}", bare)).json(), bare.json());
  });

  it("gives the creator every field that it set, as upstream spells them", () => {
    const [entry, ...others] = managedOf(created());
    assert.equal(others.length, 0);
    assert.deepEqual(entry, {
      manager: "kubectl-create",
      operation: "Update",
      apiVersion: "apps/v1",
      time: "2030-01-01T00:00:00Z",
      fieldsType: "FieldsV1",
      fieldsV1: {
        "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
        "f:spec": {
          "f:replicas": {},
          "f:selector": {},
          "f:strategy": { "f:rollingUpdate": { ".": {}, "f:maxSurge": {} }, "f:type": {} },
          "f:template": {
            "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
            "f:spec": {
              "f:containers": {
                'k:{"name":"c"}': {
                  ".": {},
                  "f:image": {},
                  "f:imagePullPolicy": {},
                  "f:name": {},
                  "f:ports": {
                    ".": {},
                    'k:{"containerPort":80,"protocol":"TCP"}': {
                      ".": {},
                      "f:containerPort": {},
                      "f:protocol": {},
                    },
                  },
                  "f:resources": {},
                  "f:terminationMessagePath": {},
                  "f:terminationMessagePolicy": {},
                },
              },
              "f:dnsPolicy": {},
              "f:restartPolicy": {},
              "f:schedulerName": {},
              "f:securityContext": {},
              "f:terminationGracePeriodSeconds": {},
            },
          },
        },
      },
    });
  });

  it("moves what another manager changes, and takes away what is removed", () => {
    const live = created();
    const object = changed(live, (tree) => {
      tree.spec.replicas = 5;
      delete tree.metadata.labels;
    });
    const time = "2030-01-02T00:00:00Z";
    const after = updated(live, object, write({ manager: "hpa", time }));
    const [first, second] = managedOf(after);
    assert.equal(first?.manager, "kubectl-create");
    assert.equal(first?.time, "2030-01-01T00:00:00Z");
    assert.equal(first?.fieldsV1["f:metadata"], undefined);
    assert.equal((first!.fieldsV1["f:spec"] as Record<string, unknown>)["f:replicas"], undefined);
    assert.deepEqual(second?.fieldsV1, { "f:spec": { "f:replicas": {} } });
    assert.equal(second?.time, time);
  });

  it("leaves everything as it is when nothing changes, whatever the request says of them", () => {
    const live = created();
    const options = write({ manager: "other", time: "2030-01-02T00:00:00Z" });
    const same = updated(live, live, options);
    assert.ok(same.equals(live, false));
    const without = changed(live, (tree) => {
      delete tree.metadata.managedFields;
    });
    assert.ok(updated(live, without, options).equals(live, false));
    assert.ok(without.withManagedFieldsOf(live).equals(live, false));
  });

  it("keeps subresources apart, and fields that a write resets out", () => {
    const live = created();
    const object = changed(live, (tree) => {
      Object.assign(tree, { status: { replicas: 1 } });
    });
    const reset = write({ manager: "m", resetFields: ["status"] });
    assert.equal(managedOf(updated(live, object, reset)).length, 1);
    const status = write({ manager: "m", subresource: "status", resetFields: ["spec"] });
    const entries = managedOf(updated(live, object, status));
    assert.deepEqual(entries[1]?.fieldsV1, { "f:status": { "f:replicas": {} } });
    assert.equal(entries[1]?.subresource, "status");
  });

  it("forgets everything when one empty entry is sent, and merges the oldest of many", () => {
    const live = created();
    const cleared = changed(live, (tree) => {
      tree.metadata.managedFields = [{} as Entry];
    });
    assert.deepEqual(managedOf(updated(live, cleared, write())), []);
    let object = live;
    for (let i = 1; i <= 12; i++) {
      const next = changed(object, (tree) => {
        tree.metadata.labels = { ...tree.metadata.labels, [`l${i}`]: "x" };
      });
      const time = `2030-01-01T00:00:${String(i).padStart(2, "0")}Z`;
      const options = write({ manager: `m${i}`, time });
      object = updated(object, next, options);
    }
    const names = managedOf(object).map((e) => e.manager);
    assert.equal(names.length, 10);
    assert.equal(names[0], "ancient-changes");
  });

  it("compares in the version that a manager wrote in", () => {
    const v1 = "k8s.io.api.autoscaling.v1.HorizontalPodAutoscaler";
    const v2 = "k8s.io.api.autoscaling.v2.HorizontalPodAutoscaler";
    const spec = { scaleTargetRef: { kind: "Deployment", name: "d" }, maxReplicas: 3 };
    const first = updated(
      undefined,
      decode(v1, { metadata: { name: "h" }, spec }),
      write({ apiVersion: "autoscaling/v1" }),
    );
    const live = first.convert(v2);
    const tree = JSON.parse(live.json()) as { spec: { maxReplicas: number } };
    tree.spec.maxReplicas = 4;
    const object = objectOf(live.withJson(JSON.stringify(tree)));
    const options = write({ manager: "x", apiVersion: "autoscaling/v2" });
    const [a, b] = managedOf(updated(live, object, options));
    assert.deepEqual(a?.fieldsV1, { "f:spec": { "f:scaleTargetRef": {} } });
    assert.deepEqual(b?.fieldsV1, { "f:spec": { "f:maxReplicas": {} } });
  });
});
