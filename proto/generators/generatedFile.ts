/**
 * One file that a generator makes. Compressed ones are compared by what they hold, not by their
 * bytes.
 */
export interface GeneratedFile {
  /** Relative to the repository's root. */
  path: string;
  content: string;
}

export const generatedHeader = "// Generated from proto/ by `npm run generate`. Do not edit.\n";
