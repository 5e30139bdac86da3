import assert from "node:assert/strict";
import { coreV1 } from "../../../../lib/api/gen/resources.js";
import {
  objectAs,
  objectIfAny,
  objectOf,
  oldObjectIfAny,
  oldObjectOf,
} from "../../../../lib/apiserver/admission/typedObjects.js";

describe("objects that admission reads", () => {
  const object = { metadata: { name: "a" }, spec: { nodeName: "n" } };
  const creation = { kind: "Pod", object, oldObject: undefined };

  it("have the type of their kind", () => {
    assert.equal(objectOf(creation, coreV1.pods).spec.nodeName, "n");
    assert.equal(objectIfAny(creation, coreV1.pods)?.metadata.name, "a");
    assert.equal(objectAs<typeof object>(creation, "Node", "Pod")?.metadata.name, "a");
    assert.equal(oldObjectIfAny(creation, coreV1.pods), undefined);
  });

  it("are not read as another kind's, nor where there is none", () => {
    assert.throws(() => objectOf(creation, coreV1.nodes), /a Pod is read as a Node/);
    assert.throws(() => oldObjectIfAny(creation, coreV1.nodes), /a Pod is read as a Node/);
    assert.throws(() => oldObjectOf(creation, coreV1.pods), /there is no Pod to read/);
  });
});
