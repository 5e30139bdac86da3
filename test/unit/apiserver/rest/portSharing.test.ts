import assert from "node:assert/strict";
import { createAuthority, issue, openAuthority } from "../../../../lib/api/pki/certificates.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

describe("--permit-port-sharing", () => {
  const started: TestApiServer[] = [];
  afterEach(async () => {
    for (const { stop } of started.splice(0)) await stop();
  });

  it("lets servers listen on one port, and without it one has it for itself", async () => {
    const { clock } = nodePlatform;
    const day = 24 * 3600 * 1000;
    const validity = { notBefore: clock.now() - day, notAfter: clock.now() + day };
    const authority = await openAuthority(await createAuthority({ commonName: "test" }, validity));
    const names = { dns: ["localhost"], ips: ["127.0.0.1"] };
    const tls = await issue(authority, { commonName: "server" }, ["server"], names, validity);
    const start = async (port: number, sharesPort: boolean): Promise<number> => {
      const secure = { address: "127.0.0.1", port, tls, sharesPort };
      const one = await startTestApiServer({ secure });
      started.push(one);
      return one.server.addresses.secure?.port ?? assert.fail();
    };
    const port = await start(0, true);
    assert.equal(await start(port, true), port);
    await assert.rejects(start(port, false), { code: "EADDRINUSE" });
  });
});
