import assert from "node:assert/strict";
import { addon } from "../../../lib/native/addon.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import {
  PendingChanges,
  serviceChange,
  sliceChanges,
} from "../../../lib/proxy/changes/pendingChanges.js";
import { testService, testSlice } from "../../support/proxy/proxyObjects.js";

describe("PendingChanges", () => {
  const newRules = () =>
    new addon.NetRules({
      ...{ family: "IPv4", nodeName: "node", zone: "", masqueradeAll: false, masqueradeBit: 14 },
      ...{ localhostNodePorts: false, randomFully: true, conntrackTcpBeLiberal: false },
    });
  const web = testService("web", "10.96.0.10");
  const slice = testSlice("web", [{ address: "10.20.0.2" }]);

  it("keeps the latest state of each object", () => {
    const pending = new PendingChanges();
    const rules = newRules();
    pending.add(serviceChange(web, false));
    pending.add(serviceChange(web, true));
    for (const change of sliceChanges(undefined, slice)) pending.add(change);
    for (const change of sliceChanges(slice, slice)) pending.add(change);
    assert.deepEqual([pending.serviceCount, pending.sliceCount], [1, 1]);
    assert.equal(pending.drain(rules, silentLogger).changed, false, "a slice of no service");
    assert.deepEqual([pending.serviceCount, pending.sliceCount], [0, 0]);
    pending.add(serviceChange(web, false));
    assert.equal(pending.drain(rules, silentLogger).changed, true);
    assert.equal(rules.begin(false).endpoints, 1, "the slice was there already");
  });

  it("takes a slice from the service that it belonged to before", () => {
    const labels = { "kubernetes.io/service-name": "other" };
    const moved = { ...slice, metadata: { ...slice.metadata, labels } };
    const changes = sliceChanges(slice, moved);
    assert.deepEqual(
      changes.map((change) => change.kind === "slice" && [change.serviceKey, !change.object]),
      [
        ["test/web", true],
        ["test/other", false],
      ],
    );
    const unlabelled = { ...slice, metadata: { namespace: "test", name: "web-slice" } };
    assert.equal(sliceChanges(undefined, unlabelled).length, 0);
  });

  it("tells when what changed the endpoints happened", () => {
    const annotations = {
      "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00.5Z",
    };
    const stamped = { ...slice, metadata: { ...slice.metadata, annotations } };
    const pending = new PendingChanges();
    const rules = newRules();
    pending.add(serviceChange(web, false));
    for (const change of sliceChanges(undefined, stamped)) pending.add(change);
    const times = pending.drain(rules, silentLogger).triggerTimesMilliseconds;
    assert.deepEqual(times, [Date.UTC(2026, 0, 1) + 500]);
  });
});
