/** A worker for tests: attaches to a store and makes traffic until it is terminated. */

import { parentPort, workerData } from "node:worker_threads";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import type { View } from "../../../lib/storage/storage.js";
import { storedConfigMap } from "../storage/storedConfigMap.js";

const { storeIds, number } = workerData as { storeIds: readonly number[]; number: number };
const prefix = "/registry/configmaps/";
const view: View = {
  messageType: "k8s.io.api.core.v1.ConfigMap",
  format: "json",
  part: "object",
};

async function traffic(attach: number): Promise<void> {
  const storage = await openEmbeddedStorage({ attach, clock: nodeClock });
  for (let watches = 0; watches < 5; watches++) {
    const stream = storage.watch({
      prefix,
      afterRevision: storage.currentRevision(),
      view,
      framing: "json",
      onReady: () => stream.take(1 << 16),
    });
  }
  for (let round = 0; ; round++) {
    const name = `w${number}-${round % 3}`;
    await storage.transact({
      compare: [],
      success: [
        { type: "put", key: `${prefix}default/${name}`, value: storedConfigMap(name, `${round}`) },
      ],
    });
    if (round === 2) {
      parentPort?.postMessage("busy");
    }
    if (round % 10 === 0) {
      await storage.list({ prefix, view });
      await new Promise<void>((resolve) => nodeClock.defer(resolve));
    }
  }
}

await Promise.all(storeIds.map(traffic));
