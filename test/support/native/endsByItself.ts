/** A process for tests: uses stores, closes none of them, and has to end by itself. */

import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { storedConfigMap } from "../storage/storedConfigMap.js";

const directory = process.argv[2] ?? "";
const memory = await openEmbeddedStorage({ clock: nodeClock });
const disk = await openEmbeddedStorage({ directory, clock: nodeClock });
for (const storage of [memory, disk]) {
  storage.watch({
    prefix: "/",
    afterRevision: storage.currentRevision(),
    view: { messageType: "k8s.io.api.core.v1.ConfigMap", format: "json", part: "object" },
    framing: "json",
    onReady: () => undefined,
  });
  await storage.grantLease(60);
  const key = "/registry/configmaps/default/a";
  const value = storedConfigMap("a", "x");
  // An outstanding answer holds the process; nothing else does.
  const writing = storage.transact({ compare: [], success: [{ type: "put", key, value }] });
  void Promise.resolve(writing).then((result) => process.stdout.write(`${result.revision}\n`));
}
