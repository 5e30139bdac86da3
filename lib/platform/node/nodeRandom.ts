import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { Random } from "../random.js";

export const nodeRandom: Random = {
  bytes: (length) => randomBytes(length),
  uuid: () => randomUUID(),
  float: () => Math.random(),
  below: (bound) => (bound <= 1 ? 0 : randomInt(bound)),
};
