import assert from "node:assert/strict";
import { parseCidr } from "../../../../lib/api/ipAddress.js";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { DecisionCache } from "../../../../lib/apiserver/authorization/decisionCache.js";
import { RbacAuthorizer } from "../../../../lib/apiserver/authorization/rbacAuthorizer.js";
import { Bootstrap } from "../../../../lib/apiserver/bootstrap/bootstrap.js";
import { ServerCaches } from "../../../../lib/apiserver/cache/serverCaches.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import { claimsRepair } from "../../../support/apiserver/claimsRepair.js";

const kubelets = 5_000;

describe("RBAC among many users", () => {
  it("resolves the roles of a group once, however many of it ask in turn", async () => {
    const { clock, random } = nodePlatform;
    const storage = await openEmbeddedStorage({ clock });
    const range = parseCidr("10.0.0.0/24");
    const ranges = range === undefined ? [] : [range];
    const service = { ranges, securePort: 6443, reconciler: "none" as const };
    const deps = { storage, codec: nativeCodec, clock, random };
    const claims = claimsRepair(deps, ranges);
    const bootstrap = new Bootstrap(deps, { service, authentication: {}, claims });
    await bootstrap.start((error) => assert.fail(String(error)));
    const caches = new ServerCaches(storage);
    try {
      const rbac = new RbacAuthorizer(caches);
      const { clusterRoles } = caches;
      let reads = 0;
      const get = clusterRoles.get.bind(clusterRoles);
      clusterRoles.get = (namespace, name) => {
        reads += 1;
        return get(namespace, name);
      };
      const ask = (index: number) =>
        rbac.authorize({
          user: {
            name: `system:node:node-${index}`,
            uid: "",
            groups: ["system:nodes", "system:authenticated"],
            extra: {},
          },
          verb: "create",
          group: "authorization.k8s.io",
          version: "v1",
          resource: "selfsubjectaccessreviews",
          subresource: "",
          namespace: "",
          name: "",
          isResourceRequest: true,
          path: "",
        });
      for (let round = 0; round < 3; round++) {
        for (let index = 0; index < kubelets; index++) {
          assert.equal((await ask(index)).outcome, "allow");
        }
      }
      assert.ok(reads < 20, `${reads} roles were read`);
    } finally {
      await bootstrap.stop();
      caches.close();
      await storage.close();
    }
  });

  it("takes names with the separators of others for other names", async () => {
    const { clock, random } = nodePlatform;
    const storage = await openEmbeddedStorage({ clock });
    const deps = { storage, codec: nativeCodec, clock, random };
    const range = parseCidr("10.0.0.0/24");
    const ranges = range === undefined ? [] : [range];
    const service = { ranges, securePort: 6443, reconciler: "none" as const };
    const claims = claimsRepair(deps, ranges);
    const bootstrap = new Bootstrap(deps, { service, authentication: {}, claims });
    await bootstrap.start((error) => assert.fail(String(error)));
    const caches = new ServerCaches(storage);
    const rbac = new RbacAuthorizer(caches);
    const ask = async (name: string, ...groups: string[]): Promise<string> => {
      const user = { name, uid: "", groups, extra: {} };
      const asked = { verb: "get", version: "", group: "", resource: "", subresource: "" };
      const where = { namespace: "", name: "", isResourceRequest: false, path: "/metrics" };
      return (await rbac.authorize({ user, ...asked, ...where })).outcome;
    };
    try {
      assert.equal(await ask("eve", "system:monitoring"), "allow");
      assert.equal(await ask("eve\nsystem:monitoring"), "noOpinion");
      assert.equal(await ask("eve", "a\nsystem:monitoring"), "noOpinion");
    } finally {
      await bootstrap.stop();
      caches.close();
      await storage.close();
    }
  });

  it("keeps decisions that are asked for in turn, and drops those that are not", () => {
    const cache = new DecisionCache(100);
    const decision = { outcome: "allow", reason: "" } as const;
    const ask = (key: string): boolean => {
      const known = cache.get(key) !== undefined;
      if (!known) cache.set(key, decision);
      return known;
    };
    for (let index = 0; index < 150; index++) ask(`a${index}`);
    let hits = 0;
    for (let index = 0; index < 100; index++) if (ask(`a${index}`)) hits += 1;
    assert.ok(hits >= 50, `${hits} of 100`);
    for (let index = 0; index < 300; index++) ask(`b${index}`);
    assert.equal(cache.get("a0"), undefined);
  });
});
