import type { Platform } from "../platform/platform.js";
import { FlagError } from "./flags/flagValues.js";

/**
 * A file that a flag names. Throws a FlagError that names flag and file; what is in the file never
 * stands in it.
 */
export function readNamedFile(platform: Platform, flag: string, path: string): string {
  try {
    return platform.files.readTextNow(path);
  } catch (error) {
    const code = (error as { code?: string }).code ?? "unreadable";
    const why =
      code === "ENOENT" ? "no such file" : code === "EACCES" ? "permission denied" : String(code);
    throw new FlagError(`--${flag}: ${path}: ${why}`);
  }
}
