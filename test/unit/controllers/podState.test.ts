import assert from "node:assert/strict";
import type { Pod } from "../../../lib/api/gen/types/coreV1.js";
import { formatTime } from "../../../lib/api/time.js";
import { compareForDeletion, podAvailability } from "../../../lib/controllers/pod/podState.js";

const now = Date.UTC(2026, 0, 1);

/** A running pod that became ready so many seconds before now. */
function readyPod(name: string, secondsAgo: number | undefined, createdSecondsAgo?: number): Pod {
  const time = (ago: number): string => formatTime(now - ago * 1000);
  return {
    metadata: {
      name,
      uid: name,
      ...(createdSecondsAgo === undefined ? {} : { creationTimestamp: time(createdSecondsAgo) }),
    },
    spec: { containers: [], nodeName: "n" },
    status: {
      phase: "Running",
      conditions: [
        {
          type: "Ready",
          status: "True",
          ...(secondsAgo === undefined ? {} : { lastTransitionTime: time(secondsAgo) }),
        },
      ],
    },
  };
}

describe("availability of pods", () => {
  it("waits for the moment, also when the node's clock is ahead", () => {
    assert.deepEqual(podAvailability(readyPod("a", 4), 4, now), { state: "available" });
    const soon = (waitMilliseconds: number) => ({ state: "soon", waitMilliseconds });
    assert.deepEqual(podAvailability(readyPod("a", 1), 4, now), soon(3_000));
    assert.deepEqual(podAvailability(readyPod("a", -3), 4, now), soon(7_000));
  });

  it("is not known without a time, and asks for none without minReadySeconds", () => {
    assert.deepEqual(podAvailability(readyPod("a", undefined), 4, now), { state: "unknown" });
    for (const secondsAgo of [undefined, -3600]) {
      const pod = readyPod("a", secondsAgo);
      assert.deepEqual(podAvailability(pod, 0, now), { state: "available" });
    }
  });
});

describe("the order of deletion", () => {
  const order = (pods: readonly Pod[]) =>
    [...pods]
      .sort((a, b) => compareForDeletion(a, b, () => 1, now))
      .map((pod) => pod.metadata.name);

  it("takes pods ready at no known time first, then the youngest in readiness", () => {
    const pods = [readyPod("old", 4000), readyPod("never", undefined), readyPod("young", 3)];
    assert.deepEqual(order(pods), ["never", "young", "old"]);
    assert.deepEqual(order([readyPod("young", 3), readyPod("ahead", -60)]), ["ahead", "young"]);
  });

  it("takes pods created at no known time before young ones, and those before old ones", () => {
    const pods = [readyPod("c", 5, 9000), readyPod("b", 5, 10), readyPod("a", 5)];
    assert.deepEqual(order(pods), ["a", "b", "c"]);
  });
});
