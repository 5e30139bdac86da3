import assert from "node:assert/strict";
import { MetricsRegistry } from "../../../../lib/api/metrics/metricsRegistry.js";
import { ApiError } from "../../../../lib/api/status.js";
import { MaxInFlight } from "../../../../lib/apiserver/flowControl.js";
import { parseRequestInfo } from "../../../../lib/apiserver/http/parseRequestInfo.js";
import { anonymousUser, unsecuredUser } from "../../../../lib/apiserver/identity.js";

describe("MaxInFlight", () => {
  const read = parseRequestInfo("GET", "/api/v1/pods", undefined);
  const write = parseRequestInfo("POST", "/api/v1/namespaces/n/pods", undefined);

  function limits() {
    const gauge = new MetricsRegistry().gauge("g", "G.", ["kind"]);
    const options = { maxReadOnly: 2, maxMutating: 1 };
    return new MaxInFlight(options, gauge.with("r"), gauge.with("m"));
  }

  it("turns requests away beyond its limits, reads and writes apart", () => {
    const flow = limits();
    flow.enter(write, anonymousUser);
    assert.throws(
      () => flow.enter(write, anonymousUser),
      (error: unknown) =>
        error instanceof ApiError && error.code === 429 && error.retryAfterSeconds === 1,
    );
    flow.enter(read, anonymousUser);
    flow.enter(read, anonymousUser);
    assert.throws(() => flow.enter(read, anonymousUser), ApiError);
  });

  it("lets requests in again when others have been answered", () => {
    const flow = limits();
    flow.enter(write, anonymousUser)();
    flow.enter(write, anonymousUser);
  });

  it("never turns system:masters away", () => {
    const flow = limits();
    flow.enter(write, anonymousUser);
    flow.enter(write, unsecuredUser);
  });
});
