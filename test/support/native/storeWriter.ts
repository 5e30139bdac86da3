/** A worker for tests: attaches to a store, writes so many objects, and ends by itself. */

import { workerData } from "node:worker_threads";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { storedConfigMap } from "../storage/storedConfigMap.js";

const { storeId, writes } = workerData as { storeId: number; writes: number };
const storage = await openEmbeddedStorage({ attach: storeId, clock: nodeClock });
for (let round = 0; round < writes; round++) {
  const name = `n${round}`;
  const key = `/registry/configmaps/default/${name}`;
  await storage.transact({
    compare: [],
    success: [{ type: "put", key, value: storedConfigMap(name, "x") }],
  });
}
await storage.close();
