#!/usr/bin/env node
import { nodePlatform } from "../../platform/node/nodePlatform.js";

const { host } = nodePlatform;

async function main(): Promise<void> {
  try {
    // Here, so that an addon that cannot be loaded is one line too.
    const { steersmanProgram } = await import("../steersman/program.js");
    await steersmanProgram(nodePlatform, import.meta.url).parseAsync([...host.arguments], {
      from: "user",
    });
    host.exit(0);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    host.writeError(`Error: ${text.split("\n")[0]}\n`);
    host.exit(1);
  }
}

void main();
