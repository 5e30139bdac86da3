/** A process for tests: writes without end and says which writes were acknowledged, one a line. */

import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { storedConfigMap } from "./storedConfigMap.js";

const directory = process.argv[2] ?? "";
const storage = await openEmbeddedStorage({
  directory,
  clock: nodeClock,
  segmentBytes: 64 << 10,
  snapshotLogBytes: 128 << 10,
});

async function writer(number: number): Promise<void> {
  for (let round = 0; ; round++) {
    const name = `w${number}-${round % 50}`;
    const result = await storage.transact({
      compare: [],
      success: [
        {
          type: "put",
          key: `/registry/configmaps/default/${name}`,
          value: storedConfigMap(name, `${round}`),
        },
      ],
    });
    process.stdout.write(`${name} ${round} ${result.revision}\n`);
    if (round % 100 === 99) {
      await storage.compact(Math.max(result.revision - 500, 1)).catch(() => undefined);
    }
  }
}

await Promise.all(Array.from({ length: 8 }, (_, number) => writer(number)));
