import assert from "node:assert/strict";
import { endPods } from "../../../lib/cluster/nodes/nodeRuntime.js";
import type { Container, PodSandbox } from "../../../lib/kubelet/cri/runtime.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import { VirtualClock } from "../../../lib/platform/virtual/virtualClock.js";

const labelsOf = (uid: string) => ({ "io.kubernetes.pod.uid": uid });
const common = { createdAt: 0, annotations: {} };

/** A runtime with a pod whose container it is starting: it refuses to remove that until it has. */
class StartingRuntime {
  readonly calls: string[] = [];
  sandboxes: readonly PodSandbox[] = ["a", "b"].map((uid) => ({
    ...common,
    id: `sandbox-${uid}`,
    metadata: { name: uid, namespace: "default", uid, attempt: 0 },
    state: "ready",
    labels: labelsOf(uid),
  }));

  constructor(
    readonly clock: VirtualClock,
    readonly startedAt: number,
  ) {}

  async listContainers(): Promise<readonly Container[]> {
    return this.sandboxes.map(({ id, labels }) => ({
      ...common,
      id: `container-of-${id}`,
      podSandboxId: id,
      metadata: { name: "one", attempt: 0 },
      imageRef: "",
      state: this.clock.monotonic() < this.startedAt ? "created" : "running",
      labels,
    }));
  }

  async listPodSandboxes(): Promise<readonly PodSandbox[]> {
    return this.sandboxes;
  }

  async stopContainer(id: string): Promise<void> {
    this.calls.push(`stop ${id}`);
  }

  async stopPodSandbox(id: string): Promise<void> {
    this.calls.push(`stop ${id}`);
  }

  async removePodSandbox(id: string): Promise<void> {
    if (this.clock.monotonic() < this.startedAt) throw new Error("container is in starting state");
    this.calls.push(`remove ${id}`);
    this.sandboxes = this.sandboxes.filter((one) => one.id !== id);
  }
}

describe("ending the pods of a node that a crash left", () => {
  it("goes on until a container that was being started can be removed", async () => {
    const clock = new VirtualClock();
    const runtime = new StartingRuntime(clock, clock.monotonic() + 1_500);
    const ended = endPods({ clock }, runtime, silentLogger, (uid) => uid === "a");
    await clock.advance(3_000);
    await ended;
    assert.deepEqual(
      runtime.sandboxes.map(({ id }) => id),
      ["sandbox-b"],
    );
    assert.ok(runtime.calls.includes("stop container-of-sandbox-a"), "it had started meanwhile");
    assert.ok(!runtime.calls.some((call) => call.endsWith("sandbox-b")), "another's pod stays");
  });

  it("gives up on what a runtime never removes, and says what is left", async () => {
    const clock = new VirtualClock();
    const runtime = new StartingRuntime(clock, Number.POSITIVE_INFINITY);
    const warned: unknown[] = [];
    const logger = {
      ...silentLogger,
      warning: (text: string, fields: unknown) => void warned.push([text, fields]),
    };
    const ended = endPods({ clock }, runtime, logger, (uid) => uid === "a");
    await clock.advance(30_000);
    await ended;
    assert.equal(warned.length, 1);
    assert.match(JSON.stringify(warned), /Left behind.*sandbox-a/);
  });
});
