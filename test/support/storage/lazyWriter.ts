/** Shows lazy writes to a watch and a list, says at which revisions, and kills itself at once. */

import { writeSync } from "node:fs";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { storedConfigMap } from "./storedConfigMap.js";

const prefix = "/registry/configmaps/";
const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("which directory?");
const storage = await openEmbeddedStorage({ directory, clock: nodeClock });
const put = (name: string) => ({
  type: "put" as const,
  key: `${prefix}default/${name}`,
  value: storedConfigMap(name, "x"),
});
const durable = await storage.transact({ compare: [], success: [put("durable")] });
// In one turn, so that they are shown before their group is on disk.
for (let n = 0; n < 20; n++) {
  void storage.transact({ compare: [], success: [put(`lazy-${n}`)], durability: "lazy" });
}
writeSync(1, JSON.stringify({ durable: durable.revision, shown: storage.currentRevision() }));
process.kill(process.pid, "SIGKILL");
