#!/usr/bin/env node
// After the addon was built: writes down which interface TypeScript is compiled against, so that it can tell an addon of
// another version when it loads one.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const gen = join(dirname(dirname(fileURLToPath(import.meta.url))), "lib/native/gen");
const { addonInterface } = createRequire(import.meta.url)(join(gen, "steersman.node"));
const text = `/** Of the addon that addon.d.ts describes. */\nexport const expectedInterface = "${addonInterface()}";\n`;
writeFileSync(join(gen, "expectedInterface.ts"), text);
