import assert from "node:assert/strict";
import { ApiError } from "../../lib/api/status.js";
import { type ContractCase, contractCases } from "./cases.js";
import { type ContractServer, transports } from "./transports.js";

async function check(server: ContractServer, { run, answer, refusal }: ContractCase) {
  if (refusal === undefined) {
    assert.deepEqual(await run(server.client), answer);
    return;
  }
  await assert.rejects(run(server.client), (error: unknown) => {
    assert.ok(error instanceof ApiError, String(error));
    const { message } = refusal;
    assert.deepEqual([error.code, error.reason], [refusal.code, refusal.reason], error.message);
    if (typeof message === "string") {
      assert.equal(error.message, message);
    } else {
      assert.match(error.message, message);
    }
    return true;
  });
}

for (const [name, start] of Object.entries(transports)) {
  describe(`the contract, ${name}`, () => {
    let server: ContractServer;
    before(async () => {
      server = await start();
      const accounts = server.server.server.objects;
      await accounts.create("", "serviceaccounts", "default", { metadata: { name: "default" } });
    });
    after(() => server.stop());
    for (const contractCase of contractCases) {
      it(contractCase.name, () => check(server, contractCase));
    }
  });
}
