import assert from "node:assert/strict";
import { ContainerState, cri } from "../../../lib/api/gen/wire/cri.js";
import { CompareCompareTarget, etcd } from "../../../lib/api/gen/wire/etcd.js";
import type { RpcCall, RpcChannel, RpcHandlers } from "../../../lib/platform/rpc.js";

/** A channel straight into handlers. */
function channelTo(handlers: RpcHandlers): RpcChannel {
  const call = {} as RpcCall;
  return {
    async unary(method, request) {
      const handler = handlers.get(method);
      assert.ok(handler?.kind === "unary", method);
      return handler.handle(call, request);
    },
    async *serverStream(method, request) {
      const handler = handlers.get(method);
      assert.ok(handler?.kind === "serverStream", method);
      const sent: Uint8Array[] = [];
      await handler.handle(call, request, async (message) => sent.push(message) > 0);
      yield* sent;
    },
    close() {},
  };
}

describe("wire packages", () => {
  it("encode and decode messages with their nested ones", () => {
    const bytes = cri.encode("ListContainersResponse", {
      containers: [
        { id: "c1", state: ContainerState.CONTAINER_RUNNING, createdAt: 12, labels: { a: "b" } },
      ],
    });
    const [container] = cri.decode("ListContainersResponse", bytes).containers;
    assert.equal(container?.id, "c1");
    assert.equal(container?.state, ContainerState.CONTAINER_RUNNING);
    assert.equal(container?.createdAt, 12);
    assert.deepEqual(container?.labels, { a: "b" });
    assert.equal(container?.podSandboxId, "");
    assert.equal(container?.metadata, null);
  });

  it("keep 64 bits of etcd's leases", () => {
    const id = 7587848943239472385n;
    const bytes = etcd.encode("LeaseGrantRequest", { ID: id, TTL: 10n });
    assert.deepEqual(etcd.decode("LeaseGrantRequest", bytes), { TTL: 10n, ID: id });
  });

  it("keep apart what a oneof leaves out", () => {
    const bytes = etcd.encode("Compare", {
      key: Buffer.from("k"),
      target: CompareCompareTarget.MOD,
      modRevision: 0n,
    });
    const compare = etcd.decode("Compare", bytes);
    assert.equal(compare.modRevision, 0n);
    assert.equal(compare.version, undefined);
  });

  it("refuse bytes that are no message", () => {
    assert.throws(() => cri.decode("VersionResponse", Uint8Array.of(0x0a, 0x05, 0x61)));
  });

  it("call a service's methods through a channel", async () => {
    const handlers = cri.handlers("RuntimeService", {
      Version: async (request) => ({ version: request.version, runtimeName: "test" }),
      GetContainerEvents: async (_request, send) => {
        await send({ containerId: "one" });
        await send({ containerId: "two" });
      },
    });
    assert.deepEqual(
      [...handlers.keys()],
      ["/runtime.v1.RuntimeService/Version", "/runtime.v1.RuntimeService/GetContainerEvents"],
    );
    const client = cri.client("RuntimeService", channelTo(handlers));
    const answer = await client.call("Version", { version: "v1" });
    assert.equal(answer.version, "v1");
    assert.equal(answer.runtimeName, "test");
    const events: string[] = [];
    for await (const event of client.stream("GetContainerEvents", {})) {
      events.push(event.containerId);
    }
    assert.deepEqual(events, ["one", "two"]);
  });
});
