import assert from "node:assert/strict";
import { coreV1 } from "../../lib/api/gen/resources.js";
import { apiErrors } from "../../lib/api/status.js";
import type { FlowControl, FlowControlled } from "../../lib/apiserver/flowControl.js";
import { hastyPlatform } from "../support/apiserver/hastyPlatform.js";
import { transports } from "./transports.js";

/** Turns each kind of request away twice before it lets one in. */
class Reluctant implements FlowControl {
  readonly tries = new Map<string, number>();
  isOpen = true;

  enter({ info }: FlowControlled): () => void {
    const tries = (this.tries.get(info.verb) ?? 0) + 1;
    if (!this.isOpen) {
      this.tries.set(info.verb, tries);
      if (tries < 3) throw apiErrors.tooManyRequests("come again", 1);
    }
    return () => undefined;
  }
}

for (const [name, start] of Object.entries(transports)) {
  describe(`a server that puts requests off, ${name}`, () => {
    it("is asked again until it lets them in", async () => {
      const flow = new Reluctant();
      const server = await start({
        server: { flowControl: () => flow },
        platform: hastyPlatform,
      });
      try {
        const maps = server.client.resource(coreV1.configmaps);
        const place = { namespace: "default" };
        flow.isOpen = false;
        await maps.create({ metadata: { name: "a", ...place }, data: { k: "v" } });
        assert.deepEqual((await maps.get("a", place)).data, { k: "v" });
        assert.equal(
          (await maps.list({ ...place, fieldSelector: "metadata.name=a" })).items.length,
          1,
        );
        await maps.patch("a", { type: "merge", body: { data: { k: "w" } } }, place);
        await maps.delete("a", place);
        await maps.deleteCollection({ ...place, labelSelector: "none" });
        assert.deepEqual(
          [...flow.tries],
          ["create", "get", "list", "patch", "delete", "deletecollection"].map((verb) => [verb, 3]),
        );
      } finally {
        await server.stop();
      }
    });
  });
}
