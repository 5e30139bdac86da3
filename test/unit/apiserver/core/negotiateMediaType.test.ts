import assert from "node:assert/strict";
import { negotiateMediaType } from "../../../../lib/apiserver/http/negotiateMediaType.js";

const table = "application/json;as=Table;v=v1;g=meta.k8s.io";

describe("negotiateMediaType", () => {
  const cases: readonly (readonly [string | undefined, string, string])[] = [
    [undefined, "json", "object"],
    ["*/*", "json", "object"],
    ["application/yaml", "yaml", "object"],
    ["application/vnd.kubernetes.protobuf,application/json", "protobuf", "object"],
    ["application/json;q=0.5, application/vnd.kubernetes.protobuf", "protobuf", "object"],
    [`${table},application/json`, "json", "table"],
    [
      "application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,application/json",
      "json",
      "object",
    ],
    ["application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", "json", "metadataList"],
    ["application/json;as=Table;v=v2;g=meta.k8s.io,application/*", "json", "object"],
    ["application/json;stream=watch", "json", "object"],
  ];
  for (const [accept, format, as] of cases) {
    it(`gives ${as} as ${format} for ${accept}`, () => {
      const accepted = negotiateMediaType(accept);
      assert.deepEqual([accepted?.format, accepted?.as], [format, as]);
    });
  }

  it("knows what it cannot give", () => {
    assert.equal(negotiateMediaType("text/html"), undefined);
    assert.equal(negotiateMediaType("application/json;as=Foo;v=v1;g=meta.k8s.io"), undefined);
    assert.equal(negotiateMediaType("application/json;q=0"), undefined);
  });

  it("tells which aggregated discovery was asked for", () => {
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    assert.equal(negotiateMediaType(accept)?.discoveryVersion, "v2");
  });
});
