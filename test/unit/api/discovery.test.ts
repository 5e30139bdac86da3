import assert from "node:assert/strict";
import { builtInKinds } from "../../../lib/api/builtInKinds.js";
import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  servedGroups,
} from "../../../lib/api/discovery.js";
import { preferredResource } from "../../../lib/api/knownKinds.js";

describe("discovery", () => {
  const groups = servedGroups(builtInKinds);
  const group = (name: string) => {
    const found = groups.find((g) => g.name === name);
    assert.ok(found, name);
    return found;
  };

  it("answers /api with the legacy versions", () => {
    assert.deepEqual(apiVersions("10.0.0.1:6443"), {
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: "10.0.0.1:6443" }],
    });
  });

  it("lists groups in order, without what is off by default", () => {
    const list = apiGroupList(groups);
    assert.deepEqual(
      list.groups.slice(0, 4).map((g) => g.name),
      ["apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io"],
    );
    assert.equal(
      list.groups.some((g) => g.name === "internal.apiserver.k8s.io"),
      false,
    );
    assert.deepEqual(apiGroup(group("autoscaling")), {
      kind: "APIGroup",
      apiVersion: "v1",
      name: "autoscaling",
      versions: [
        { groupVersion: "autoscaling/v2", version: "v2" },
        { groupVersion: "autoscaling/v1", version: "v1" },
      ],
      preferredVersion: { groupVersion: "autoscaling/v2", version: "v2" },
    });
    assert.deepEqual(
      group("certificates.k8s.io").versions.map((v) => v.version),
      ["v1"],
    );
  });

  it("lists what --runtime-config switches on", () => {
    const all = servedGroups(builtInKinds, () => true);
    assert.deepEqual(
      all.find((g) => g.name === "resource.k8s.io")?.versions.map((v) => v.version),
      ["v1", "v1beta2", "v1beta1", "v1alpha3"],
    );
  });

  it("lists resources and subresources by name", () => {
    const list = apiResourceList("", group("").versions[0]!);
    assert.equal(list.apiVersion, undefined);
    assert.equal(list.groupVersion, "v1");
    const names = list.resources.map((r) => r.name);
    assert.deepEqual(names, [...names].sort());
    assert.deepEqual(
      list.resources.find((r) => r.name === "pods"),
      {
        name: "pods",
        singularName: "pod",
        namespaced: true,
        kind: "Pod",
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["po"],
        categories: ["all"],
        storageVersionHash: "xPOwRZ+Yhw8=",
      },
    );
    assert.deepEqual(
      list.resources.find((r) => r.name === "pods/eviction"),
      {
        name: "pods/eviction",
        singularName: "",
        namespaced: true,
        group: "policy",
        version: "v1",
        kind: "Eviction",
        verbs: ["create"],
      },
    );
    const apps = apiResourceList("apps", group("apps").versions[0]!);
    assert.equal(apps.apiVersion, "v1");
    const scale = apps.resources.find((r) => r.name === "deployments/scale");
    assert.equal(scale?.group, "autoscaling");
  });

  it("aggregates", () => {
    const list = aggregatedDiscovery([group(""), group("apps")], "v2beta1");
    assert.equal(list.apiVersion, "apidiscovery.k8s.io/v2beta1");
    assert.deepEqual(
      list.items?.map((i) => i.metadata),
      [{}, { name: "apps" }],
    );
    const pods = list.items?.[0]?.versions?.[0]?.resources?.find((r) => r.resource === "pods");
    assert.equal(pods?.scope, "Namespaced");
    assert.deepEqual(pods?.responseKind, { group: "", version: "", kind: "Pod" });
    assert.ok(pods?.subresources?.some((s) => s.subresource === "exec"));
    assert.equal(list.items?.[1]?.versions?.[0]?.freshness, "Current");
  });
});

describe("builtInKinds", () => {
  it("finds resources, kinds and messages", () => {
    const deployments = builtInKinds.resource("apps", "v1", "deployments");
    assert.equal(deployments?.kind, "Deployment");
    assert.equal(builtInKinds.resourceOfKind("apps", "v1", "Deployment"), deployments);
    assert.equal(builtInKinds.resourceOfMessage("k8s.io.api.apps.v1.Deployment"), deployments);
    assert.equal(builtInKinds.resource("apps", "v1beta1", "deployments"), undefined);
    assert.equal(builtInKinds.messageOf("", "v1", "PodList"), "k8s.io.api.core.v1.PodList");
    assert.deepEqual(builtInKinds.kindOf("k8s.io.api.core.v1.PodList"), {
      group: "",
      version: "v1",
      kind: "PodList",
    });
    assert.equal(builtInKinds.messageOf("", "v1", "Nothing"), undefined);
  });

  it("knows options in every group", () => {
    const message = "k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions";
    assert.equal(builtInKinds.messageOf("apps", "v1", "DeleteOptions"), message);
    assert.equal(builtInKinds.messageOf("", "v1", "DeleteOptions"), message);
  });

  it("knows versions, the preferred one first", () => {
    assert.equal(builtInKinds.versionsOf("autoscaling")[0], "v2");
    assert.deepEqual(builtInKinds.versionsOf("example.com"), []);
    const scaler = preferredResource(builtInKinds, "autoscaling", "horizontalpodautoscalers");
    assert.equal(scaler?.version, "v2");
    assert.equal(preferredResource(builtInKinds, "autoscaling", "widgets"), undefined);
  });

  it("has a list kind for each resource that lists", () => {
    for (const r of builtInKinds.resources) {
      if (!r.verbs.includes("list")) continue;
      assert.equal(
        builtInKinds.messageOf(r.group, r.version, `${r.kind}List`),
        r.listMessage,
        r.kind,
      );
    }
  });
});
