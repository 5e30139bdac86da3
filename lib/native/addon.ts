import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type * as Addon from "./gen/addon.js";

const require = createRequire(import.meta.url);

/** The Rust addon. Loading it starts no thread and opens no file; see crates/binding. */
export const addon: typeof Addon = require(
  fileURLToPath(new URL("../../../lib/native/gen/steersman.node", import.meta.url)),
) as typeof Addon;
