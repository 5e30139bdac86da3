import assert from "node:assert/strict";
import type { FieldRow } from "../../../lib/api/capabilities/objects/fieldRow.js";
import { fieldRowsOf, kindsWithFields } from "../../../lib/api/capabilities/objects/fields.js";
import { kindRows } from "../../../lib/api/capabilities/objects/kinds.js";
import { podAnnotationRows } from "../../../lib/api/capabilities/objects/podAnnotations.js";
import {
  furtherFields,
  limitationWarnings,
  mostFieldWarnings,
} from "../../../lib/apiserver/registry/limitationWarnings.js";
import type { ServedResource } from "../../../lib/apiserver/registry/servedResource.js";

type Tree = Record<string, unknown>;

function split(name: string): { group: string; kind: string } {
  const slash = name.indexOf("/");
  return slash < 0
    ? { group: "", kind: name }
    : { group: name.slice(0, slash), kind: name.slice(slash + 1) };
}

function warningsOf(name: string, object: Tree, old?: Tree, subresource = ""): readonly string[] {
  const resource = split(name) as ServedResource;
  const tree = (value: Tree) => value as Parameters<typeof limitationWarnings>[1];
  return limitationWarnings({ resource, subresource }, tree(object), old && tree(old));
}

/** An object in which the path, and nothing beside it, has the value. */
function objectWith(path: string, value: unknown): Tree {
  return path
    .split(".")
    .reverse()
    .reduce<unknown>((inner, part) => {
      const isList = part.endsWith("[]");
      return { [part.replace("[]", "")]: isList ? [inner] : inner };
    }, value) as Tree;
}

/** A value that the row speaks of. */
const meant = ({ only }: FieldRow): unknown => only?.[0] ?? { some: "thing" };
const shown = (path: string): string => path.replaceAll("[]", "[0]");

describe("warnings of fields without effect", () => {
  for (const kind of kindsWithFields) {
    for (const row of fieldRowsOf(kind)) {
      for (const path of row.paths) {
        it(`${kind} ${path}`, () => {
          const object = objectWith(path, meant(row));
          const expected = [`${shown(path)}: has no effect yet: ${row.why}`];
          assert.deepEqual(warningsOf(kind, object), expected);
          assert.deepEqual(warningsOf(kind, object, {}), expected);
          assert.deepEqual(warningsOf(kind, object, structuredClone(object)), []);
          assert.deepEqual(warningsOf(kind, object, undefined, "status"), []);
          assert.deepEqual(warningsOf(kind, {}), []);
          for (const value of [...(row.unless ?? []), "", null, ...(row.only ? ["else"] : [])]) {
            assert.deepEqual(warningsOf(kind, objectWith(path, value)), [], String(value));
          }
        });
      }
    }
  }

  it("say nothing of a field that works by another beside it", () => {
    const pod = (emptyDir: Tree): Tree => ({ spec: { volumes: [{ name: "v", emptyDir }] } });
    assert.deepEqual(warningsOf("Pod", pod({ medium: "Memory", sizeLimit: "1Mi" })), []);
    assert.equal(warningsOf("Pod", pod({ sizeLimit: "1Mi" })).length, 1);
  });

  it("know items by their names, where an update moves them", () => {
    const volume = (name: string): Tree => ({ name, nfs: { server: "s", path: "/" } });
    const old = { spec: { volumes: [volume("a"), volume("b")] } };
    const moved = { spec: { volumes: [volume("new"), volume("b"), volume("a")] } };
    const [only, ...rest] = warningsOf("Pod", moved, old);
    assert.match(only ?? "", /^spec\.volumes\[0\]\.nfs: /);
    assert.deepEqual(rest, []);
  });

  it("are said of ephemeral containers that are added", () => {
    const container = { name: "e", lifecycle: { stopSignal: "SIGUSR1" } };
    const pod = { spec: { ephemeralContainers: [container] } };
    assert.equal(warningsOf("Pod", pod, { spec: {} }, "ephemeralcontainers").length, 1);
  });

  it("are bounded, and say that there are more", () => {
    const volumes = Array.from({ length: 1_000 }, (_, index) => ({ name: `v${index}`, csi: {} }));
    const csi = { driver: "d" };
    const pod = { spec: { volumes: volumes.map((volume) => ({ ...volume, csi })) } };
    const warnings = warningsOf("Pod", pod);
    assert.equal(warnings.length, mostFieldWarnings + 1);
    assert.equal(warnings.at(-1), furtherFields);
  });
});

describe("warnings of annotations without effect", () => {
  for (const { key, message } of podAnnotationRows) {
    it(key, () => {
      const name = key.endsWith("/") ? `${key}c` : key;
      const annotations = { [name]: "unconfined", "example.com/other": "x" };
      const pod = { metadata: { annotations } };
      const said = `annotations[${name}]: ${message}`;
      assert.deepEqual(warningsOf("Pod", pod), [`metadata.${said}`]);
      assert.deepEqual(warningsOf("Pod", pod, structuredClone(pod)), []);
      const template = { spec: { template: pod } };
      for (const kind of ["apps/Deployment", "batch/Job", "ReplicationController"]) {
        assert.deepEqual(warningsOf(kind, template), [`spec.template.metadata.${said}`], kind);
      }
      assert.deepEqual(warningsOf("Service", pod), []);
    });
  }
});

describe("warnings of kinds without effect", () => {
  for (const { kinds, state, why } of kindRows) {
    for (const kind of kinds) {
      const expected = state === "inert" ? [`${split(kind).kind}: has no effect yet: ${why}`] : [];
      it(`${kind} is ${state}`, () => {
        assert.deepEqual(warningsOf(kind, {}), expected);
        assert.deepEqual(warningsOf(kind, {}, {}), expected);
        assert.deepEqual(warningsOf(kind, {}, {}, "status"), []);
      });
    }
  }
});

describe("warnings of Services' annotations", () => {
  const mode = "service.kubernetes.io/topology-mode";
  const hints = "service.kubernetes.io/topology-aware-hints";
  const service = (annotations: object) => ({ metadata: { annotations } });
  const none =
    "has no effect yet: endpoints get no zones by it; spec.trafficDistribution gives them";
  const deprecated = `annotation ${hints} is deprecated, please use ${mode} instead`;

  it("tell of a mode that is asked for, once, and of the older name at each write", () => {
    for (const value of ["Auto", "auto"]) {
      const wanted = service({ [mode]: value });
      assert.deepEqual(warningsOf("Service", wanted), [`metadata.annotations[${mode}]: ${none}`]);
      assert.deepEqual(warningsOf("Service", wanted, structuredClone(wanted)), []);
    }
    const older = service({ [hints]: "Auto" });
    const said = `metadata.annotations[${hints}]: ${none}`;
    assert.deepEqual(warningsOf("Service", older), [deprecated, said]);
    assert.deepEqual(warningsOf("Service", older, structuredClone(older)), [deprecated]);
    assert.deepEqual(warningsOf("Service", service({ [hints]: "Disabled" })), [deprecated]);
    assert.deepEqual(warningsOf("Service", service({ [mode]: "Disabled" })), []);
    assert.deepEqual(warningsOf("Service", { metadata: {} }), []);
    assert.deepEqual(warningsOf("Pod", service({ [mode]: "Auto" })), []);
  });
});
