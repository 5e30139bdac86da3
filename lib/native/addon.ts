import { fileURLToPath } from "node:url";
import type * as Addon from "./gen/addon.js";
import { expectedInterface } from "./gen/expectedInterface.js";
import { loadAddon } from "./loadAddon.js";

/**
 * The Rust addon. Loading it starts no thread and opens no file; see crates/binding. Throws an
 * AddonError where it is missing or of another version.
 */
export const addon: typeof Addon = loadAddon(
  fileURLToPath(new URL("../../../lib/native/gen/steersman.node", import.meta.url)),
  expectedInterface,
) as typeof Addon;
