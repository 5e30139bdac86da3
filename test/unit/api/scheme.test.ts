import assert from "node:assert/strict";
import { builtInKinds } from "../../../lib/api/builtInKinds.js";
import { type CustomResource, customResourceType } from "../../../lib/api/customResourceType.js";
import { servedGroups } from "../../../lib/api/discovery.js";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import { preferredResource } from "../../../lib/api/knownKinds.js";
import type { ResourceType } from "../../../lib/api/resourceType.js";
import { Scheme, type SchemeChange, SchemeError } from "../../../lib/api/scheme.js";
import { compareVersions } from "../../../lib/api/versionOrder.js";

const widget = (more: Partial<CustomResource> = {}): ResourceType<unknown> =>
  customResourceType({
    group: "example.com",
    version: "v1",
    kind: "Widget",
    resource: "widgets",
    namespaced: true,
    ...more,
  });

const told = (changes: readonly SchemeChange[]) =>
  changes.map(({ generation, added, removed }) => [
    generation,
    added.map(({ version, resource }) => `+${version}/${resource}`),
    removed.map(({ version, resource }) => `-${version}/${resource}`),
  ]);

describe("a scheme", () => {
  it("has the built-in kinds first, the same for everybody", () => {
    const [one, other] = [new Scheme(), new Scheme()];
    assert.equal(one.generation, 0);
    assert.equal(one.resources, other.resources);
    assert.equal(one.groups, builtInKinds.groups);
    assert.equal(one.resource("", "v1", "pods"), coreV1.pods);
    assert.equal(one.resourceOfKind("", "v1", "Pod"), coreV1.pods);
    assert.equal(one.resourceOfMessage("k8s.io.api.core.v1.Pod"), coreV1.pods);
    assert.deepEqual(one.versionsOf("autoscaling"), ["v2", "v1"]);
  });

  it("answers for what was added, until it is removed", () => {
    const scheme = new Scheme();
    const type = widget();
    scheme.add(type);
    assert.equal(scheme.generation, 1);
    assert.equal(scheme.resource("example.com", "v1", "widgets"), type);
    assert.equal(scheme.resourceOfKind("example.com", "v1", "Widget"), type);
    assert.equal(scheme.resourceOfMessage(type.message), type);
    assert.deepEqual(scheme.resourcesOf("example.com", "v1"), [type]);
    assert.deepEqual(scheme.versionsOf("example.com"), ["v1"]);
    assert.equal(preferredResource(scheme, "example.com", "widgets"), type);
    assert.equal(scheme.resources.at(-1), type);
    assert.deepEqual(scheme.groups.at(-1), { group: "example.com", versions: ["v1"] });
    assert.ok(scheme.isAdded(type) && !scheme.isAdded(coreV1.pods));
    scheme.remove(type);
    assert.equal(scheme.generation, 2);
    assert.equal(scheme.resource("example.com", "v1", "widgets"), undefined);
    assert.equal(scheme.resourceOfKind("example.com", "v1", "Widget"), undefined);
    assert.equal(scheme.resourceOfMessage(type.message), undefined);
    assert.deepEqual(scheme.resourcesOf("example.com", "v1"), []);
    assert.deepEqual(scheme.versionsOf("example.com"), []);
    assert.deepEqual(scheme.resources, builtInKinds.resources);
    assert.equal(scheme.groups, builtInKinds.groups);
  });

  it("has no kind whose names cannot be parts of paths", () => {
    const scheme = new Scheme();
    const wrong: readonly Partial<CustomResource>[] = [
      ...["", "Widgets", "a/b", "..", "a b", "ä", "1a", "w".repeat(64)].map((resource) => ({
        resource,
      })),
      ...["", "V1", "v1/x", ".."].map((version) => ({ version })),
      ...["", "A b", "Widget/x", "Wïdget"].map((kind) => ({ kind })),
      ...[{ listKind: "Widget" }, { listKind: "a/b" }, { singular: "A" }, { shortNames: ["w d"] }],
    ];
    for (const more of wrong) {
      assert.throws(() => scheme.add(widget(more)), SchemeError, JSON.stringify(more));
    }
    assert.equal(scheme.generation, 0);
  });

  it("knows nothing of what others have", () => {
    const [one, other] = [new Scheme(), new Scheme()];
    one.add(widget());
    assert.equal(other.generation, 0);
    assert.equal(other.resource("example.com", "v1", "widgets"), undefined);
    other.add(widget({ kind: "Gadget", namespaced: false }));
    assert.equal(one.resource("example.com", "v1", "widgets")?.kind, "Widget");
  });

  it("ranks versions as upstream, and groups by name behind the built-in ones", () => {
    const shuffled = ["v1beta1", "foo10", "v1", "v11alpha2", "v10", "foo1", "v2", "v10beta3"];
    const ranked = ["v10", "v2", "v1", "v10beta3", "v1beta1", "v11alpha2", "foo1", "foo10"];
    assert.deepEqual([...shuffled].sort(compareVersions), ranked);
    const scheme = new Scheme();
    const storageVersion = "v1";
    scheme.add(...shuffled.map((version) => widget({ version, storageVersion })));
    const more = { kind: "Extra", resource: "extras" };
    scheme.add(widget({ ...more, group: "a.example.com" }));
    scheme.add(widget({ ...more, group: "networking.k8s.io", version: "v9" }));
    const names = scheme.groups.map(({ group }) => group);
    assert.deepEqual(names.slice(-2), ["a.example.com", "example.com"]);
    assert.equal(names.length, builtInKinds.groups.length + 2);
    assert.deepEqual(scheme.versionsOf("example.com"), ranked);
    const known = builtInKinds.versionsOf("networking.k8s.io");
    assert.deepEqual(scheme.versionsOf("networking.k8s.io"), [...known, "v9"]);
    const served = servedGroups(scheme).find(({ name }) => name === "networking.k8s.io");
    assert.deepEqual(
      served?.versions.at(-1)?.resources.map((r) => r.resource),
      ["extras"],
    );
  });

  it("keeps the list of a group version that a change leaves as it is", () => {
    const scheme = new Scheme();
    const gadgets = widget({ kind: "Gadget", resource: "gadgets" });
    scheme.add(widget(), gadgets);
    const before = scheme.resourcesOf("example.com", "v1");
    assert.deepEqual(
      before.map(({ resource }) => resource),
      ["gadgets", "widgets"],
    );
    scheme.add(widget({ group: "other.com" }));
    assert.equal(scheme.resourcesOf("example.com", "v1"), before);
    scheme.remove(gadgets);
    assert.notEqual(scheme.resourcesOf("example.com", "v1"), before);
  });

  it("changes as a whole or not at all", () => {
    const scheme = new Scheme();
    const type = widget();
    scheme.add(type);
    const changes: SchemeChange[] = [];
    scheme.listen((change) => changes.push(change));
    const gadget = widget({ kind: "Gadget", resource: "gadgets" });
    const refused: readonly (readonly [string, () => void])[] = [
      ["widgets of example.com/v1 is known already", () => scheme.add(gadget, type)],
      ["widgets of example.com/v1 is known already", () => scheme.add(gadget, widget())],
      ["gadgets of example.com/v1 was not added", () => scheme.remove(type, gadget)],
      ["pods of v1 was not added", () => scheme.remove(coreV1.pods)],
      [
        "pods of v1: only kinds without a built-in message can be added",
        () => scheme.add(gadget, coreV1.pods),
      ],
      [
        "widgets of networking.k8s.io/v1: networking.k8s.io/v1 is built in",
        () => scheme.add(gadget, widget({ group: "networking.k8s.io" })),
      ],
      [
        "ingresses of networking.k8s.io/v9: networking.k8s.io/v1 has its kind or plural",
        () =>
          scheme.add(
            gadget,
            widget({ group: "networking.k8s.io", version: "v9", resource: "ingresses" }),
          ),
      ],
      [
        "widgets of apps/v7: the group must be a domain with at least one dot",
        () => scheme.add(gadget, widget({ group: "apps", version: "v7" })),
      ],
      [
        "others of example.com/v2: widgets of example.com/v1 has its kind or plural",
        () => scheme.add(gadget, widget({ version: "v2", resource: "others" })),
      ],
      [
        "widgets of example.com/v2: widgets of example.com/v1 has its kind or plural",
        () => scheme.add(gadget, widget({ version: "v2", kind: "Other" })),
      ],
      [
        "widgets of example.com/v2: widgets of example.com/v1 is stored in another way",
        () => scheme.add(gadget, widget({ version: "v2", storageVersion: "v2" })),
      ],
      [
        "widgets of example.com/v2: widgets of example.com/v1 is stored in another way",
        () =>
          scheme.add(gadget, widget({ version: "v2", storageVersion: "v1", namespaced: false })),
      ],
    ];
    for (const [message, change] of refused) assert.throws(change, new SchemeError(message));
    assert.equal(scheme.generation, 1);
    assert.equal(scheme.resource("example.com", "v1", "gadgets"), undefined);
    assert.deepEqual(changes, []);
    scheme.add();
    scheme.replace([], []);
    assert.equal(scheme.generation, 1);
  });

  it("tells each listener of each change once, in order, when it is made", () => {
    const scheme = new Scheme();
    const first: SchemeChange[] = [];
    const second: SchemeChange[] = [];
    const v2 = widget({ version: "v2", storageVersion: "v1" });
    const extra = widget({ kind: "Extra", resource: "extras" });
    const forget = scheme.listen((change) => {
      first.push(change);
      // A change that a listener makes is told after the one that it hears of.
      if (change.generation === 1) scheme.add(v2);
    });
    scheme.listen((change) => {
      assert.ok(change.generation <= scheme.generation);
      second.push(change);
    });
    const type = widget();
    scheme.add(type);
    const expected = [
      [1, ["+v1/widgets"], []],
      [2, ["+v2/widgets"], []],
    ];
    assert.deepEqual(told(first), expected);
    assert.deepEqual(told(second), expected);
    forget();
    const [next, nextV2] = [widget(), widget({ version: "v2", storageVersion: "v1" })];
    scheme.replace([type, v2], [next, nextV2]);
    scheme.add(extra);
    assert.equal(first.length, 2);
    assert.deepEqual(told(second).slice(2), [
      [3, ["+v1/widgets", "+v2/widgets"], ["-v1/widgets", "-v2/widgets"]],
      [4, ["+v1/extras"], []],
    ]);
    assert.equal(scheme.resource("example.com", "v2", "widgets"), nextV2);
  });

  it("tells all listeners, whatever one of them throws", () => {
    const scheme = new Scheme();
    const heard: number[] = [];
    const late: number[] = [];
    scheme.listen(({ generation }) => {
      heard.push(generation);
      throw new Error("first");
    });
    const forget = scheme.listen(({ generation }) => void late.push(generation));
    scheme.listen(() => {
      forget();
      throw new Error("second");
    });
    assert.throws(() => scheme.add(widget()), /first/);
    assert.equal(scheme.generation, 1);
    assert.throws(() => scheme.remove(scheme.resource("example.com", "v1", "widgets")!), /first/);
    assert.deepEqual([heard, late], [[1, 2], [1]]);
  });
});
