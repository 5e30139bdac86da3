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
    throw new FlagError(`--${flag}: ${path}: ${whyUnreadable(error)}`);
  }
}

/** In a few words; paths and what is in the file never stand in them. */
export function whyUnreadable(error: unknown): string {
  const { code = "unreadable" } = error as { code?: string };
  if (code === "ENOENT") return "no such file";
  return code === "EACCES" ? "permission denied" : code;
}
