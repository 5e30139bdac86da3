#!/usr/bin/env node
import { nodePlatform } from "../../platform/node/nodePlatform.js";
import { steersmanProgram } from "../steersman/program.js";

const { host } = nodePlatform;
try {
  await steersmanProgram(nodePlatform, import.meta.url).parseAsync([...host.arguments], {
    from: "user",
  });
  host.exit(0);
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  host.writeError(`Error: ${text.split("\n")[0]}\n`);
  host.exit(1);
}
