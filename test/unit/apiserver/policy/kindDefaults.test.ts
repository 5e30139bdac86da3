import assert from "node:assert/strict";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const rule = {
  ...{ apiGroups: ["x.example.com"], apiVersions: ["*"] },
  ...{ operations: ["CREATE"], resources: ["*"] },
};
const matched = { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} };
const counted = { allocationMode: "ExactCount", count: 1 };
const request = { name: "r", exactly: { deviceClassName: "c" } };
const claim = { devices: { requests: [request] } };
const wholeClaim = {
  devices: { requests: [{ ...request, exactly: { ...request.exactly, ...counted } }] },
};
const either = { name: "r", firstAvailable: [{ name: "s", deviceClassName: "c" }] };
const wholeEither = { name: "r", firstAvailable: [{ ...either.firstAvailable[0], ...counted }] };
const policies = "/apis/admissionregistration.k8s.io/v1";
const devices = "/apis/resource.k8s.io/v1";

/** By path: the spec that is sent, and the one that is stored, as upstream's server stores it. */
const cases: Readonly<Record<string, readonly [object, object]>> = {
  "/apis/storage.k8s.io/v1/csidrivers": [
    { attachRequired: false },
    {
      ...{ attachRequired: false, podInfoOnMount: false, volumeLifecycleModes: ["Persistent"] },
      ...{ storageCapacity: false, fsGroupPolicy: "ReadWriteOnceWithFSType" },
      ...{ requiresRepublish: false, seLinuxMount: false, preventPodSchedulingIfMissing: false },
    },
  ],
  [`${policies}/validatingadmissionpolicies`]: [
    { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: "true" }] },
    {
      ...{ failurePolicy: "Fail", validations: [{ expression: "true" }] },
      matchConstraints: { ...matched, resourceRules: [{ ...rule, scope: "*" }] },
    },
  ],
  [`${policies}/validatingadmissionpolicybindings`]: [
    { policyName: "p", validationActions: ["Warn"], matchResources: {} },
    { policyName: "p", validationActions: ["Warn"], matchResources: matched },
  ],
  [`${policies}/mutatingadmissionpolicybindings`]: [
    { policyName: "p", matchResources: {} },
    { policyName: "p", matchResources: matched },
  ],
  [`${devices}/namespaces/default/resourceclaims`]: [claim, wholeClaim],
  [`${devices}/namespaces/default/resourceclaimtemplates`]: [
    { spec: { devices: { requests: [either] } } },
    { metadata: {}, spec: { devices: { requests: [wholeEither] } } },
  ],
};

describe("defaults of kinds with few rules", () => {
  let server: TestApiServer;

  before(async () => {
    const storage = await openEmbeddedStorage({ clock: nodePlatform.clock });
    server = await startTestApiServer({ storage });
  });
  after(() => server.stop());

  const made = async (path: string, spec: object): Promise<{ spec: Record<string, unknown> }> => {
    const body = JSON.stringify({ metadata: { name: "x" }, spec });
    const headers = { "content-type": "application/json" };
    const response = await fetch(server.url + path, { method: "POST", headers, body });
    const text = await response.text();
    assert.equal(response.status, 201, text);
    return JSON.parse(text) as { spec: Record<string, unknown> };
  };

  for (const [path, [sent, stored]] of Object.entries(cases)) {
    it(`are upstream's: ${path}`, async () => {
      assert.deepEqual((await made(path, sent)).spec, stored);
    });
  }

  it("say since when a device's taint is there", async () => {
    const taint = { key: "a.example.com/k", effect: "NoSchedule" };
    const { spec } = await made(`${devices}/devicetaintrules`, { taint });
    assert.match(String((spec.taint as { timeAdded?: string }).timeAdded), /^\d{4}-.*Z$/);
    const slice = await made(`${devices}/resourceslices`, {
      ...{ driver: "d.example.com", nodeName: "n", devices: [{ name: "d", taints: [taint] }] },
      pool: { name: "p", generation: 1, resourceSliceCount: 1 },
    });
    assert.match(JSON.stringify(slice.spec.devices), /"timeAdded":"\d{4}-/);
  });
});
