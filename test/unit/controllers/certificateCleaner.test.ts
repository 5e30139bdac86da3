import assert from "node:assert/strict";
import { certificatesV1 } from "../../../lib/api/gen/resources.js";
import type { CertificateSigningRequestCondition } from "../../../lib/api/gen/types/certificatesV1.js";
import { apiErrors } from "../../../lib/api/status.js";
import { formatTime } from "../../../lib/api/time.js";
import { CertificateCleaner } from "../../../lib/controllers/certificates/certificateCleaner.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

describe("CertificateCleaner", () => {
  let harness: ControllerHarness;
  const requests = () => harness.client.resource(certificatesV1.certificatesigningrequests);
  const names = async () => (await requests().list()).items.map(({ metadata }) => metadata.name);

  beforeEach(() => {
    harness = new ControllerHarness();
  });
  afterEach(() => harness.stop());

  const add = (name: string, ...conditions: CertificateSigningRequestCondition[]) =>
    requests().create({
      metadata: { name },
      spec: { request: "", signerName: "example.com/s" },
      ...(conditions.length === 0 ? {} : { status: { conditions } }),
    });
  const denied = (times: object) => ({ type: "Denied", status: "True", ...times });

  it("counts from the decision, the request, or not before a time to come", async () => {
    const at = (hours: number) => formatTime(harness.clock.now() + hours * 3_600_000);
    await add("pending");
    await add("denied", denied({ lastUpdateTime: at(0) }));
    await add("denied-no-times", denied({}));
    await add("denied-in-a-day", denied({ lastUpdateTime: at(24) }));
    await harness.start(new CertificateCleaner(harness.context()));
    assert.equal((await names()).length, 4);
    await harness.settle(2.5 * 3_600_000);
    assert.deepEqual(await names(), ["pending", "denied-in-a-day"]);
    await harness.settle(25 * 3_600_000);
    assert.deepEqual(await names(), []);
  });

  it("goes on after one that it may not delete", async () => {
    harness.transport.refuse = ({ name, type, verb }) =>
      verb === "delete" && name === "a" ? apiErrors.forbidden(type, name, "no") : undefined;
    for (const name of ["a", "b"]) await add(name, denied({}));
    await harness.start(new CertificateCleaner(harness.context()));
    await harness.settle(3 * 3_600_000);
    assert.deepEqual(await names(), ["a"]);
  });
});
