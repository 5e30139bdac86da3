import assert from "node:assert/strict";
import { validateFieldRef } from "../../../../lib/apiserver/registry/core/volumeFileRules.js";
import { ErrorList } from "../../../../lib/apiserver/registry/errorList.js";
import { FieldPath } from "../../../../lib/apiserver/registry/fieldPath.js";

const supported = ["metadata.name", "metadata.labels", "metadata.annotations", "spec.nodeName"];

function errorsOf(fieldPath: string, apiVersion = "v1"): string[] {
  const errors = new ErrorList();
  validateFieldRef({ apiVersion, fieldPath }, supported, errors, FieldPath.root("ref"));
  return errors.list.map(({ field, detail }) => `${field}: ${detail}`);
}

describe("references to a pod's fields", () => {
  it("name fields, labels and annotations that there can be", () => {
    for (const fieldPath of [
      ...["metadata.name", "metadata.labels", "metadata.labels['app.kubernetes.io/name']"],
      ...["metadata.annotations['x']", "metadata.annotations['Example.com/Why']", "spec.host"],
    ]) {
      assert.deepEqual(errorsOf(fieldPath), [], fieldPath);
    }
  });

  for (const [fieldPath, field, words] of [
    ["metadata.labels['x y']", "ref", /"x y": name part must consist of alphanumeric/],
    ["metadata.labels['']", "ref", /"": name part must be non-empty/],
    ["metadata.labels['a']['b']", "ref", /"a'\]\['b": name part must consist/],
    ["metadata.labels['Example.com/x']", "ref", /"Example.com\/x": prefix part .* lower case/],
    ["metadata.annotations['a/b/c']", "ref", /"a\/b\/c": a valid label key must consist/],
    [
      "metadata.name['x']",
      "ref.fieldPath",
      /error converting fieldPath: field label does not support subscript: metadata.name\['x'\]/,
    ],
    ["status.nominatedNodeName", "ref.fieldPath", /field label not supported: status.nominated/],
    ["spec.hostNetwork", "ref.fieldPath", /field label not supported: spec.hostNetwork/],
    ["['x']", "ref.fieldPath", /field label not supported: \['x'\]/],
    ["metadata.uid", "ref.fieldPath", /Unsupported value: "metadata.uid"/],
  ] as const) {
    it(`do not name ${fieldPath}`, () => {
      const errors = errorsOf(fieldPath);
      assert.ok(errors.length >= 1, "it is taken");
      assert.ok(errors[0]?.startsWith(`${field}: `), errors[0]);
      assert.match(errors[0] ?? "", words);
    });
  }

  it("are of version v1, and nothing else is said where they are not", () => {
    assert.deepEqual(errorsOf("metadata.name", "v2"), [
      'ref.fieldPath: Invalid value: "metadata.name": error converting fieldPath: unsupported pod version: v2',
    ]);
    assert.deepEqual(errorsOf("", ""), ["ref.apiVersion: Required value"]);
  });
});
