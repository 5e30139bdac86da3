import assert from "node:assert/strict";
import { RenewedChannel } from "../../../lib/client/rpc/renewedChannel.js";
import type { RpcChannel } from "../../../lib/platform/rpc.js";

describe("RenewedChannel", () => {
  it("opens anew when the certificate is another, and closes what it had", async () => {
    const log: string[] = [];
    let certificate = "one";
    let count = 0;
    const channel = new RenewedChannel(
      () => ({ certificate, key: "k" }),
      (): RpcChannel => {
        const number = ++count;
        return {
          unary: async (method) => {
            log.push(`${number} ${method}`);
            return new Uint8Array();
          },
          serverStream: async function* () {
            yield new Uint8Array([number]);
          },
          close: () => log.push(`${number} closed`),
        };
      },
    );
    await channel.unary("/a", new Uint8Array());
    await channel.unary("/b", new Uint8Array());
    certificate = "two";
    for await (const part of channel.serverStream("/c", new Uint8Array())) log.push(`${part} part`);
    channel.close();
    assert.deepEqual(log, ["1 /a", "1 /b", "1 closed", "2 part", "2 closed"]);
  });
});
