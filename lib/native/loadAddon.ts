import { createRequire } from "node:module";
import { AddonError } from "./addonError.js";

const require = createRequire(import.meta.url);

interface Stamped {
  readonly addonInterface?: () => string;
}

function read(path: string): Stamped {
  try {
    return require(path) as Stamped;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const why = code === "MODULE_NOT_FOUND" ? "it is not there" : message.split("\n")[0];
    throw new AddonError(
      `the addon ${path} cannot be loaded (${why}): it runs on Linux on x64 with glibc 2.34 or ` +
        `later, and this is ${process.platform} on ${process.arch}; where that fits, install ` +
        "steersman again, or in a clone: run npm run build:native",
    );
  }
}

/**
 * Loads the addon at a path and makes sure that its functions are those that this TypeScript was
 * written against: calls of others fail in ways that tell nothing, or never end.
 */
export function loadAddon(path: string, expectedInterface: string): unknown {
  const addon = read(path);
  const own = addon.addonInterface?.() ?? "older";
  if (own === expectedInterface) return addon;
  throw new AddonError(
    `the addon ${path} is of another version than what uses it ` +
      `(its interface is ${own}, not ${expectedInterface}): run npm run build:native`,
  );
}
