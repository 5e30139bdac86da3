/** A worker for tests: the first to load the addon in its process. At work until terminated. */

import { parentPort } from "node:worker_threads";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { storedConfigMap } from "../storage/storedConfigMap.js";

const message = "k8s.io.api.core.v1.ConfigMap";
const storage = await openEmbeddedStorage({ clock: nodeClock });
for (let round = 0; ; round += 1) {
  const keys = Array.from({ length: 5_000 }, (_, i) => `  k${i}: v${round}`).join("\n");
  const body = Buffer.from(`data:\n${keys}`);
  nativeCodec.readBody(message, body, "yaml", "Strict");
  // One is being read on another thread when the worker ends.
  const apart = nativeCodec.readBodyApart(message, body, "yaml", "Strict");
  const key = `/registry/configmaps/default/${round}`;
  const value = storedConfigMap("a", "x");
  await storage.transact({ compare: [], success: [{ type: "put", key, value }] });
  if (round === 1) parentPort?.postMessage("busy");
  await apart;
}
