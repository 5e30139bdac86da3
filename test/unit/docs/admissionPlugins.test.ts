import assert from "node:assert/strict";
import { admissionPluginRows } from "../../../lib/api/capabilities/admissionPlugins.js";
import { admissionOrder } from "../../../lib/apiserver/admission/admissionPlugins.js";
import { startTestApiServer } from "../../support/apiserver/testApiServer.js";

describe("the table of admission plugins", () => {
  it("has a row for just those of upstream's plugins that are not made", async () => {
    const named = admissionPluginRows.flatMap(({ plugins }) => plugins);
    const enabled = admissionOrder.filter(
      // With it nothing could be written.
      (name) => !named.includes(name) && name !== "AlwaysDeny",
    );
    const server = await startTestApiServer({}, { admission: { enabled } });
    try {
      const made = server.policy.admission.map(({ name }) => name);
      assert.deepEqual(
        enabled.filter((name) => !made.includes(name)),
        [],
      );
      assert.deepEqual(
        named.filter((name) => made.includes(name) || !admissionOrder.includes(name)),
        [],
      );
    } finally {
      await server.stop();
    }
  });
});
