import assert from "node:assert/strict";
import { MetricsRegistry } from "../../../../lib/api/metrics/metricsRegistry.js";
import { countedChannel } from "../../../../lib/kubelet/cri/countedChannel.js";
import { CriRuntime } from "../../../../lib/kubelet/cri/criRuntime.js";
import { RpcCode, RpcError } from "../../../../lib/platform/rpc.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";

describe("what the kubelet asks of its runtime", () => {
  it("is counted by upstream's names, with what failed and how long it took", async () => {
    const registry = new MetricsRegistry();
    const clock = new VirtualClock();
    const channel = countedChannel(
      {
        unary: async (path) => {
          await clock.advance(20);
          if (path.endsWith("StopPodSandbox")) throw new RpcError(RpcCode.unavailable, "away");
          return new Uint8Array();
        },
        serverStream: () => {
          throw new RpcError(RpcCode.unimplemented, "no streams");
        },
        close: () => undefined,
      },
      registry,
      clock,
    );
    const runtime = new CriRuntime(channel);
    await runtime.startContainer("a");
    await runtime.startContainer("b");
    await runtime.listPodSandboxes();
    await runtime.removeImage("i");
    await assert.rejects(runtime.stopPodSandbox("s"));
    const text = registry.expose();
    const value = (name: string, operation: string) =>
      text
        .split("\n")
        .find((line) =>
          line.startsWith(`kubelet_runtime_operations_${name}{operation_type="${operation}"`),
        )
        ?.split(" ")[1];
    assert.equal(value("total", "start_container"), "2");
    assert.equal(value("total", "list_podsandbox"), "1");
    assert.equal(value("total", "remove_image"), "1");
    assert.equal(value("errors_total", "stop_podsandbox"), "1");
    assert.equal(value("errors_total", "start_container"), undefined);
    assert.equal(value("duration_seconds_sum", "start_container"), "0.04");
    assert.match(text, /operation_type="start_container",le="0\.0125"\} 0\n.*le="0\.03125"\} 2\n/);
  });
});
